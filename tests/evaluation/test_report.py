import json

import numpy as np
import pandas as pd
import pytest

from taojin.core.errors import CountMismatchError, DataError
from taojin.curation.personal_data import find
from taojin.evaluation.config import EvaluationConfig
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.report import (
    assemble_report,
    judge_descriptions,
    judge_held_out,
    judge_samples,
    judge_topics,
)

CONFIG = EvaluationConfig(intervals=IntervalConfig(num_resamples=100))


def losses(nats, ids=("a", "b", "c")):
    return pd.DataFrame({"document_id": ids, "nats": nats, "num_bytes": [10, 20, 30]})


def topics():
    rows = [("tensor gradient", "learn"), ("股市 下跌", "finance")] * 6
    splits = ["train"] * 8 + ["validation"] * 2 + ["test"] * 2
    return pd.DataFrame(rows, columns=["text", "label"]).assign(split=splits)


def descriptions():
    return pd.DataFrame(
        {
            "prompt": [f"def f{i}(x):" for i in range(6)],
            "target": [f"Return number {i}." for i in range(6)],
            "split": ["train"] * 3 + ["test"] * 3,
        }
    )


def samples(count=12):
    drawn = np.random.default_rng(0)
    texts = [" ".join(drawn.choice(list("abcdefghijkl"), 30)) for _ in range(count)]
    return pd.DataFrame({"prompt": "p", "text": texts})


def judged_samples(given, reference_tokens=()):
    tokens = [np.arange(60) + 100 * number for number in range(len(given))]
    texts = samples(20)["text"].tolist()
    return judge_samples(
        given, tokens, texts, np.arange(5000), find, CONFIG, reference_tokens
    )


def test_models_and_baselines_are_compared_on_the_same_documents():
    report = judge_held_out(
        {"pretrained": losses([1, 2, 3]), "zlib": losses([9, 9, 9])}, CONFIG
    )

    assert report["num_documents"] == 3
    assert report["num_bytes"] == 60
    assert list(report["bits_per_byte"]) == ["pretrained", "zlib"]
    assert report["bits_per_byte"]["pretrained"]["num_samples"] == 3


def test_other_documents_are_refused_by_name():
    with pytest.raises(CountMismatchError, match="zlib was measured on"):
        judge_held_out(
            {
                "pretrained": losses([1, 2, 3]),
                "zlib": losses([1, 2, 3], ("a", "b", "x")),
            },
            CONFIG,
        )


def test_topic_scores_stand_beside_the_baselines():
    predictions = {
        "finetuned": ["learn", "finance"],
        "from_scratch": ["learn", "learn"],
    }

    section = judge_topics(topics(), predictions, CONFIG)

    assert section is not None
    assert section["labels"] == ["finance", "learn"]
    assert list(section["scores"]) == list(section["macro_f1"])
    values = {name: score["value"] for name, score in section["scores"].items()}
    assert values == {
        "finetuned": 1.0,
        "from_scratch": 0.5,
        "tfidf_logistic_regression": 1.0,
        "majority": 0.5,
    }
    assert [row["label"] for row in section["classes"]] == ["finance", "learn"]


def test_description_scores_and_examples_are_of_the_finetuned_model():
    given = descriptions()
    right = given["target"].tolist()[3:]
    target_losses = pd.DataFrame({"nats": [1.0, 2.0, 3.0], "num_bytes": [9, 9, 9]})

    section = judge_descriptions(
        given, {"finetuned": right}, {"finetuned": target_losses}, CONFIG
    )

    assert section is not None
    assert section["scores"]["finetuned"]["value"] == pytest.approx(1.0)
    assert section["scores"]["most_frequent"]["value"] == pytest.approx(2 / 3)
    assert section["bits_per_byte"]["finetuned"]["num_samples"] == 3
    assert section["examples"][0] == {
        "prompt": "def f3(x):",
        "reference": "Return number 3.",
        "generated": "Return number 3.",
    }


def test_a_corpus_without_labels_has_no_task_section():
    assert judge_topics(topics().head(0), {}, CONFIG) is None
    assert judge_descriptions(descriptions().head(0), {}, {}, CONFIG) is None


def test_samples_are_judged_for_diversity_copies_and_personal_data():
    given = samples()
    given.loc[0, "text"] += " write to jane.doe@gmail.com"

    section = judged_samples(given)

    assert section["num_samples"] == 12
    assert section["legality"]["num_copies"] == 12
    assert section["legality"]["personal_data"] == [{"kind": "email", "num_found": 1}]
    assert set(section["diversity"]["self_bleu_4"]) == {"generated", "reference"}
    assert section["examples"][0]["prompt"] == "p"


def test_the_usual_copy_rate_is_measured_at_the_same_number_and_length():
    real = [np.arange(55), *[np.arange(9000, 9900)] * 40]

    section = judged_samples(samples(), real)

    usual = section["legality"]["verbatim_copy_rate_reference"]
    assert usual["num_samples"] == 12
    assert usual["value"] == pytest.approx(1 / 12)
    assert judged_samples(samples())["legality"]["verbatim_copy_rate_reference"] is None


def test_samples_without_text_are_refused():
    with pytest.raises(DataError, match="hold no text"):
        judged_samples(samples().assign(text=""))


def test_the_whole_report_is_plain_json():
    held_out = judge_held_out({"pretrained": losses([1, 2, 3])}, CONFIG)
    topic = judge_topics(topics(), {"finetuned": ["learn", "finance"]}, CONFIG)

    report = assemble_report(
        held_out, topic, None, judged_samples(samples()), CONFIG.intervals
    )

    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert list(report["tasks"]) == ["topic"]


def test_inputs_are_untouched():
    given, before = topics(), topics()

    judge_topics(given, {}, CONFIG)

    pd.testing.assert_frame_equal(given, before)
