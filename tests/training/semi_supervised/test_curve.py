import numpy as np
import pytest

from taojin.training.semi_supervised.curve import Curve, summarise


def curve(**systems: dict[int, float]) -> Curve:
    """Two draws of a hundred examples; so many of them are right."""
    made = Curve(num_classes=2, num_train=100, num_validation=10, num_test=100)
    for name, points in systems.items():
        for number, accuracy in points.items():
            for _ in range(2):
                made.add(name, number, np.arange(100) < 100 * accuracy)
    return made


def equal_to(accuracy: float, **reference: float) -> float | None:
    points = {int(name[1:]): value for name, value in reference.items()}
    report = summarise(curve(supervised=points, other={10: accuracy}), 0.95)
    return report["systems"]["other"][0]["equal_to_labels"]


def test_a_system_is_worth_as_many_labels_as_the_reference_needs():
    assert equal_to(0.7, n10=0.6, n40=0.8) == pytest.approx(20.0)  # half way in log n
    assert equal_to(0.6, n10=0.6, n40=0.8) == pytest.approx(10.0)
    assert equal_to(0.8, n10=0.6, n40=0.8) == pytest.approx(40.0)


def test_what_the_reference_never_reaches_has_no_equal():
    assert equal_to(0.9, n10=0.6, n40=0.8) is None
    assert equal_to(0.5, n10=0.6, n40=0.8) is None
    assert equal_to(0.6, n10=0.6) is None


def test_a_reference_that_falls_by_chance_keeps_what_it_reached():
    assert equal_to(0.7, n10=0.7, n20=0.65, n40=0.8) == pytest.approx(10.0)


def test_differences_are_of_the_same_draws_and_examples():
    report = summarise(curve(supervised={10: 0.6}, other={10: 0.7, 20: 0.8}), 0.95)

    (row,) = report["differences"]
    assert (row["system"], row["against"], row["num_labels"]) == (
        "other", "supervised", 10,
    )  # fmt: skip
    assert row["difference"]["value"] == pytest.approx(0.1)
    assert row["difference"]["low"] > 0.0


def test_finetuned_models_are_compared_with_each_other():
    report = summarise(
        curve(finetuned={10: 0.6}, from_scratch={10: 0.5}, supervised={10: 0.7}), 0.95
    )

    against = {row["system"]: row["against"] for row in report["differences"]}
    assert against == {"finetuned": "from_scratch", "from_scratch": "supervised"}


def test_facts_of_self_training_are_means_over_the_draws():
    made = curve(supervised={10: 0.6})
    made.note(10, {"temperature": 1.0, "pseudo_label_accuracy": None})
    made.note(10, {"temperature": 3.0, "pseudo_label_accuracy": None})

    (row,) = summarise(made, 0.95)["self_training"]

    assert row == {"num_labels": 10, "temperature": 2.0, "pseudo_label_accuracy": None}
