from typing import Any

import pytest

from taojin.reporting.sections.scores import view_scores
from taojin.reporting.texts import Texts


def viewed(report: dict[str, Any], say: Texts) -> dict[str, Any]:
    view = view_scores(report, say)
    assert view is not None
    return view


def estimate(value: float) -> dict[str, Any]:
    return {
        "value": value,
        "low": value - 0.01,
        "high": value + 0.01,
        "num_samples": 50,
    }


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.0, "needs 54.8% fewer bits than the best baseline, LZMA"),
        (2.9, "needs 31.2% more bits than the best baseline, LZMA"),
        (2.2, "The intervals of the model and of the best baseline, LZMA, overlap"),
    ],
)
def test_bits_are_judged_by_the_best_baseline(
    evaluation: dict[str, Any], say: Texts, value: float, words: str
) -> None:
    evaluation["held_out"]["bits_per_byte"]["pretrained"] = estimate(value)
    assert words in viewed(evaluation, say)["bits"]["verdict"]


def test_the_model_stands_first_and_its_rivals_by_merit(
    evaluation: dict[str, Any], say: Texts
) -> None:
    view = viewed(evaluation, say)
    bits, accuracy = view["bits"]["chart"], view["tasks"][0]["chart"]
    order = [bits.index(f">{n}<") for n in ("This model", "LZMA", "zlib", "Unigram")]
    assert order == sorted(order)
    names = ("Finetuned", "TF-IDF + logistic", "Trained from scratch", "Most frequent")
    order = [accuracy.index(f">{name}") for name in names]
    assert order == sorted(order)


def test_every_metric_of_a_task_has_its_plot(
    evaluation: dict[str, Any], say: Texts
) -> None:
    titles = [task["title"] for task in viewed(evaluation, say)["tasks"]]
    assert titles == [
        "Task “topic”: accuracy",
        "Task “topic”: macro F1",
        "Task “description”: ROUGE-L",
        "Task “description”: bits per byte",
    ]


def test_missing_scores_leave_the_others_standing(
    evaluation: dict[str, Any], say: Texts
) -> None:
    evaluation["held_out"] = None
    evaluation["tasks"]["topic"] = None
    evaluation["samples"]["diversity"] = {"distinct_1": {"generated": None}}
    evaluation["samples"]["legality"] = None
    view = viewed(evaluation, say)
    assert view["bits"] is None
    assert len(view["tasks"]) == 2
    assert view["diversity"] == []
    assert view["legality"] is None


def test_personal_data_in_samples_is_named(
    evaluation: dict[str, Any], say: Texts
) -> None:
    legality = evaluation["samples"]["legality"]
    legality["personal_data"] = [
        {"kind": "email", "num_found": 3},
        {"kind": "iban", "num_found": 0},
    ]
    assert viewed(evaluation, say)["legality"]["found"] == "Found: email (3)."


def test_copies_stand_with_their_interval(
    evaluation: dict[str, Any], say: Texts
) -> None:
    facts = viewed(evaluation, say)["legality"]["facts"]
    assert facts[0][:2] == ("0.5%", "[<0.1%, 2.7%]")
    assert facts[1][0] == "63 tokens"
