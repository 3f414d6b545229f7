import pandas as pd
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.baselines import (
    BaselineConfig,
    majority_labels,
    most_frequent_target,
    nearest_targets,
    tfidf_labels,
)

CONFIG = BaselineConfig(max_features=500)
TOPICS = pd.DataFrame(
    {
        "text": [
            "tensors and gradients",
            "股市 下跌",
            "gradients of a tensor",
            "股市 上涨",
        ]
        * 5,
        "label": ["learning", "finance", "learning", "finance"] * 5,
    }
)
DESCRIPTIONS = pd.DataFrame(
    {
        "prompt": [
            "def close(self):",
            "def open_file(path):",
            "def mean(values, axis):",
        ],
        "target": ["Close it.", "Open a file.", "Return the mean."],
    }
)


def test_the_majority_label_is_the_most_frequent_and_ties_go_by_name():
    assert majority_labels(["b", "a", "b"], 2) == ["b", "b"]
    assert majority_labels(["b", "a"], 1) == ["a"]
    assert most_frequent_target(["x", "y", "y"], 3) == ["y"] * 3


def test_tfidf_tells_topics_apart_in_two_languages():
    found = tfidf_labels(TOPICS, ["a gradient tensor", "今天 股市", "😀"], CONFIG)

    assert found[:2] == ["learning", "finance"]
    assert found[2] in {"learning", "finance"}


def test_tfidf_answers_are_the_same_each_time_and_in_any_company():
    texts = ["a gradient tensor", "今天 股市"]

    assert tfidf_labels(TOPICS, texts, CONFIG) == tfidf_labels(TOPICS, texts, CONFIG)
    assert tfidf_labels(TOPICS, texts[1:], CONFIG) == ["finance"]


def test_the_nearest_prompt_lends_its_target():
    prompts = ["def open_folder(path):", "def mean(x, axis):", "def close():"]

    assert nearest_targets(DESCRIPTIONS, prompts, CONFIG) == [
        "Open a file.",
        "Return the mean.",
        "Close it.",
    ]


def test_many_prompts_are_answered_in_order():
    prompts = ["def close():", "def mean(x, axis):"] * 300

    found = nearest_targets(DESCRIPTIONS, prompts, CONFIG)

    assert found == ["Close it.", "Return the mean."] * 300


def test_nothing_to_answer_gives_no_answer():
    assert tfidf_labels(TOPICS, [], CONFIG) == []
    assert nearest_targets(DESCRIPTIONS, [], CONFIG) == []
    assert majority_labels(["a"], 0) == []


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(DataError, match="two labels, found"):
        tfidf_labels(TOPICS.head(1), ["x"], CONFIG)
    with pytest.raises(DataError, match="there are none"):
        nearest_targets(DESCRIPTIONS.head(0), ["x"], CONFIG)
    with pytest.raises(DataError, match="there are none"):
        majority_labels([], 1)
