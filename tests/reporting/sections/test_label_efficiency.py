from typing import Any

from taojin.reporting.sections.label_efficiency import view_label_efficiency
from taojin.reporting.texts import ENGLISH, Texts
from taojin.reporting.texts_labels import LABEL_EFFICIENCY

SAY = Texts({**ENGLISH, **LABEL_EFFICIENCY})


def estimate(value: float, margin: float = 0.03) -> dict[str, Any]:
    return {
        "value": value,
        "low": value - margin,
        "high": value + margin,
        "num_samples": 267,
        "confidence": 0.95,
    }


def row(labels: int, accuracy: float, equal: float | None = None) -> dict[str, Any]:
    return {
        "num_labels": labels,
        "num_draws": 3,
        "accuracy": estimate(accuracy),
        "equal_to_labels": equal,
    }


def difference(system: str, labels: int, value: float) -> dict[str, Any]:
    return {
        "system": system,
        "against": "supervised",
        "num_labels": labels,
        "num_draws": 3,
        "difference": estimate(value),
    }


def report() -> dict[str, Any]:
    return {
        "task": "topic",
        "num_classes": 12,
        "num_train": 4800,
        "num_test": 267,
        "num_calibration_labels": 50,
        "confidence": 0.95,
        "systems": {
            "supervised": [row(60, 0.55), row(120, 0.59), row(4800, 0.865)],
            "self_trained": [row(60, 0.64, 159.2), row(120, 0.71, 257.0)],
            "margin": [row(120, 0.62, 133.0)],
        },
        "differences": [
            difference("self_trained", 60, 0.09),
            difference("self_trained", 120, 0.12),
            difference("margin", 120, 0.02),
        ],
        "self_training": [
            {
                "num_labels": 60,
                "num_pseudo_labels": 2288.8,
                "pseudo_label_confidence": 0.849,
                "pseudo_label_accuracy": 0.856,
                "temperature": 0.462,
                "calibration_error_raw": 0.28,
                "calibration_error": 0.086,
            }
        ],
    }


def test_the_lead_says_what_few_and_all_labels_reach():
    view = view_label_efficiency(report(), SAY)

    assert view is not None
    assert "60 labels at random" in view["lead"]
    assert (
        "to 55% of the test examples right; all 4,800 take it to 86.5%" in view["lead"]
    )
    assert "up to 50 labels more" in view["note"]


def test_only_a_gain_beyond_its_interval_is_called_one():
    view = view_label_efficiency(report(), SAY)

    assert view is not None
    saved, unproven = view["findings"]
    assert "With 60 labels it does as well as the student with about 159" in saved
    assert "is not shown" in unproven


def test_a_loss_is_said():
    made = report()
    made["differences"] = [difference("self_trained", 60, -0.1)]
    view = view_label_efficiency(made, SAY)

    assert view is not None
    assert "does worse" in view["findings"][0]


def test_every_number_stands_in_the_table_beside_what_it_is_compared_with():
    view = view_label_efficiency(report(), SAY)

    assert view is not None
    assert len(view["rows"]) == 6
    trained = next(r for r in view["rows"] if r["system"] == "Student, self-trained")
    assert trained["accuracy"] == "0.640 [0.610, 0.670]"
    assert trained["difference"] == "0.090 [0.060, 0.120]"
    assert trained["against"] == "Student, random labels"
    assert view["self_training"][0]["pseudo_labels"] == "2,289"


def test_the_chart_has_a_curve_a_system():
    view = view_label_efficiency(report(), SAY)

    assert view is not None
    assert view["chart"].count("<circle") == 6
    assert view["chart"].count("<path") == 3


def test_nothing_measured_is_nothing_to_view():
    assert view_label_efficiency(None, SAY) is None
    assert view_label_efficiency({}, SAY) is None
    assert view_label_efficiency({"systems": {}}, SAY) is None


def test_a_number_that_is_missing_is_left_out():
    made = report()
    made["systems"]["margin"][0]["accuracy"] = None
    made["differences"][2]["difference"] = None
    made["self_training"][0]["pseudo_label_accuracy"] = None
    view = view_label_efficiency(made, SAY)

    assert view is not None
    assert "None" not in str(view)
    assert view["chart"].count("<circle") == 5
