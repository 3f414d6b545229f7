import json
import logging
from collections import Counter

import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.errors import CountMismatchError
from taojin.core.shards import write_shards
from taojin.features.labels import (
    DESCRIPTION_COLUMNS,
    TOPIC_COLUMNS,
    LabelConfig,
    label_descriptions,
    label_topics,
)

SMALL = LabelConfig(num_topics=3, min_examples_per_topic=2, max_examples_per_topic=5)


def corpus(folder, rows):
    """Rows of (text, metadata); every fourth is held out."""
    ids = [f"d{number:03d}" for number in range(len(rows))]
    table = pa.table(
        {
            "document_id": ids,
            "text": pa.array([text for text, _ in rows], pa.large_string()),
            "metadata": [
                value if isinstance(value, str) else json.dumps(value)
                for _, value in rows
            ],
        }
    )
    held_out = {3: "validation", 7: "test"}
    splits = [held_out.get(number % 8, "train") for number in range(len(rows))]
    return write_shards([table], folder), pd.DataFrame(
        {"document_id": ids, "split": splits}
    )


def of_library(name, count, package=None):
    return [
        (
            f"Text {number} of {name}, see {package or name}.core.run for more.",
            {
                "distribution": name,
                "qualified_name": f"{package or name}.core.f{number}",
            },
        )
        for number in range(count)
    ]


def function(signature, text, **more):
    return text, {"kind": "function", "signature": signature, **more}


class TestTopics:
    def test_the_largest_topics_are_taken_balanced_and_complete(self, tmp_path):
        rows = [
            *of_library("apple", 40),
            *of_library("pear", 16),
            *of_library("plum", 12),
            *of_library("fig", 8),
            *of_library("rare", 1),
        ]

        examples = label_topics(*corpus(tmp_path, rows), SMALL)

        assert tuple(examples.columns) == TOPIC_COLUMNS
        assert set(examples["label"]) == {"apple", "pear", "plum"}
        counts = Counter(zip(examples["split"], examples["label"], strict=True))
        assert [counts["train", name] for name in ("apple", "pear", "plum")] == [5] * 3
        assert counts["test", "apple"] == 5

    def test_splits_are_those_of_the_documents(self, tmp_path):
        shards, splits = corpus(tmp_path, of_library("a1", 20) + of_library("b1", 20))

        examples = label_topics(shards, splits, SMALL)

        merged = examples.merge(splits, on="document_id")
        assert merged["split_x"].tolist() == merged["split_y"].tolist()

    def test_no_text_names_any_topic(self, tmp_path):
        rows = [
            (
                "Use Scikit-Learn or sklearn.linear_model.Ridge, not numpy's.",
                "scikit-learn",
                "sklearn",
            ),
            ("scikit_learn beside np and NumPy 2; unlike pynumpyx.", "numpy", "numpy"),
        ] * 8
        given = [
            (text, {"distribution": label, "qualified_name": f"{package}.x.y"})
            for text, label, package in rows
        ]

        examples = label_topics(*corpus(tmp_path, given), SMALL)

        texts = set(examples["text"])
        assert texts == {
            "Use <NAME> or <NAME>, not <NAME>'s.",
            "<NAME> beside np and <NAME> 2; unlike pynumpyx.",
        }

    def test_chinese_topics_of_another_field_are_masked_too(self, tmp_path):
        rows = [
            ("今天的体育新闻", {"category": "体育"}),
            ("财经频道股市", {"category": "财经"}),
        ]
        config = SMALL.model_copy(update={"topic_field": "category"})

        examples = label_topics(*corpus(tmp_path, rows * 8), config)

        assert set(examples["label"]) == {"体育", "财经"}
        assert set(examples["text"]) == {"今天的<NAME>新闻", "<NAME>频道股市"}

    def test_distributions_of_one_package_are_one_topic(self, tmp_path):
        rows = [
            *of_library("mlflow", 16),
            *of_library("mlflow-skinny", 12, package="mlflow"),
            *of_library("torch", 12),
        ]

        examples = label_topics(*corpus(tmp_path, rows), SMALL)

        assert set(examples["label"]) == {"mlflow", "torch"}

    def test_numbers_as_labels_are_not_masked(self, tmp_path):
        rows = [("Five of 5 stars", {"stars": 5}), ("One of 5 stars", {"stars": 1})] * 8
        config = SMALL.model_copy(update={"topic_field": "stars"})

        examples = label_topics(*corpus(tmp_path, rows), config)

        assert set(examples["label"]) == {"5", "1"}
        assert set(examples["text"]) == {"Five of 5 stars", "One of 5 stars"}

    def test_texts_are_cut_to_the_same_length_for_all(self, tmp_path):
        rows = [("word " * 99, {"distribution": name}) for name in ("aa", "bb")] * 8
        config = SMALL.model_copy(update={"max_text_chars": 40})

        examples = label_topics(*corpus(tmp_path, rows), config)

        assert set(examples["text"].str.len()) == {40}

    @pytest.mark.parametrize(
        "metadata",
        [
            "{}",
            "",
            "not json",
            "[1]",
            '{"distribution": null}',
            '{"distribution": " "}',
        ],
    )
    def test_without_the_field_there_are_no_examples_and_the_log_says_why(
        self, tmp_path, caplog, metadata
    ):
        rows = [("text", metadata)] * 20

        with caplog.at_level(logging.WARNING):
            examples = label_topics(*corpus(tmp_path, rows), SMALL)

        assert tuple(examples.columns) == TOPIC_COLUMNS
        assert examples.empty
        assert "0 of 20 documents have a metadata field 'distribution'" in caplog.text

    def test_one_topic_is_no_task(self, tmp_path):
        examples = label_topics(*corpus(tmp_path, of_library("only", 20)), SMALL)

        assert examples.empty

    def test_the_choice_does_not_depend_on_the_order_of_documents(self, tmp_path):
        shards, splits = corpus(
            tmp_path / "a", of_library("aa", 60) + of_library("bb", 60)
        )
        table = shards.read().take(list(range(119, -1, -1)))
        turned = write_shards([table], tmp_path / "b")

        first, second = (label_topics(s, splits, SMALL) for s in (shards, turned))

        assert sorted(first["document_id"]) == sorted(second["document_id"])


class TestDescriptions:
    def test_prompt_and_target_of_a_function(self, tmp_path):
        rows = [
            function("norm(x, ord=None)", "Return the norm of x.\n\nMore about it."),
            ("A class.", {"kind": "class", "signature": "Norm()"}),
        ]

        examples = label_descriptions(*corpus(tmp_path, rows), LabelConfig())

        assert tuple(examples.columns) == DESCRIPTION_COLUMNS
        assert examples.to_dict("records") == [
            {
                "document_id": "d000",
                "prompt": 'def norm(x, ord=None):\n    """',
                "target": "Return the norm of x.",
                "split": "train",
            }
        ]

    def test_a_pair_occurs_once(self, tmp_path):
        rows = [function("close(self)", "Close the file at once.")] * 9
        rows += [function("close(self)", "Close the socket at once.")]

        examples = label_descriptions(*corpus(tmp_path, rows), LabelConfig())

        assert examples["target"].tolist() == [
            "Close the file at once.",
            "Close the socket at once.",
        ]

    @pytest.mark.parametrize(
        ("signature", "text"),
        [
            ("f(x)", "Short."),
            ("f(x)", "Long " * 99),
            ("f(x)", ":param x: a field list, not a sentence"),
            (f"f({'x, ' * 99})", "Return something that is useful."),
            (None, "Return something that is useful."),
        ],
    )
    def test_what_makes_no_example_is_passed_over(self, tmp_path, signature, text):
        rows = [function("g(y)", "Return the good one."), function(signature, text)]

        examples = label_descriptions(*corpus(tmp_path, rows), LabelConfig())

        assert examples["target"].tolist() == ["Return the good one."]

    def test_the_number_is_bounded_and_the_order_kept(self, tmp_path):
        rows = [function(f"f{i}(x)", f"Return item number {i}.") for i in range(50)]
        config = LabelConfig(max_descriptions=10)

        examples = label_descriptions(*corpus(tmp_path, rows), config)

        assert len(examples) == 10
        assert examples["document_id"].is_monotonic_increasing

    def test_a_corpus_without_functions_gives_an_empty_table_and_a_reason(
        self, tmp_path, caplog
    ):
        with caplog.at_level(logging.WARNING):
            examples = label_descriptions(
                *corpus(tmp_path, [("你好", {"kind": "news"})]), LabelConfig()
            )

        assert tuple(examples.columns) == DESCRIPTION_COLUMNS
        assert examples.empty
        assert "none of 1 documents has kind 'function'" in caplog.text


@pytest.mark.parametrize("label", [label_topics, label_descriptions])
def test_splits_of_other_documents_are_refused(tmp_path, label):
    shards, splits = corpus(tmp_path, of_library("a1", 10))

    with pytest.raises(CountMismatchError, match="lack 5 of the 10"):
        label(shards, splits.head(5), LabelConfig())
