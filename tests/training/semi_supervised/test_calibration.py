import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.training.semi_supervised.calibration import (
    expected_calibration_error,
    fit_temperature,
    probabilities,
)


def drawn(num_examples: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and classes drawn from exactly what the logits say."""
    random = np.random.default_rng(seed)
    logits = random.normal(0.0, 2.0, (num_examples, 4))
    chances = probabilities(logits)
    classes = np.array([random.choice(4, p=row) for row in chances])
    return logits, classes


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_the_temperature_undoes_what_logits_were_multiplied_by(factor):
    logits, classes = drawn(4000)

    found = fit_temperature(factor * logits, classes)

    assert found == pytest.approx(factor, rel=0.1)


def test_the_temperature_makes_confidence_accuracy():
    logits, classes = drawn(4000)
    too_sure = 5.0 * logits
    temperature = fit_temperature(too_sure[:2000], classes[:2000])

    raw = expected_calibration_error(probabilities(too_sure[2000:]), classes[2000:])
    fitted = expected_calibration_error(
        probabilities(too_sure[2000:], temperature), classes[2000:]
    )

    assert raw > 0.15
    assert fitted < 0.05


def test_examples_of_a_class_that_was_never_seen_are_left_out():
    logits, classes = drawn(400)
    unseen = np.concatenate([logits, np.full((400, 1), -np.inf)], axis=1)
    with_strays = np.concatenate([classes, np.full(5, 4)])
    rows = np.concatenate([unseen, unseen[:5]])

    assert fit_temperature(rows, with_strays) == fit_temperature(logits, classes)


def test_a_class_never_seen_has_no_probability():
    predicted = probabilities(np.array([[1.0, 0.0, -np.inf]]), temperature=2.0)

    assert predicted[0, 2] == 0.0
    assert predicted.sum() == pytest.approx(1.0)


def test_calibration_without_an_example_of_a_known_class_is_refused():
    with pytest.raises(DataError, match="validation"):
        fit_temperature(np.zeros((0, 2)), np.zeros(0, int))
    with pytest.raises(DataError, match="none of 1 is one"):
        fit_temperature(np.array([[0.0, -np.inf]]), np.array([1]))


def test_the_calibration_error_is_the_gap_of_confidence_and_accuracy():
    predicted = np.tile([0.8, 0.2], (10, 1))
    classes = np.array([0] * 5 + [1] * 5)

    assert expected_calibration_error(predicted, classes) == pytest.approx(0.3)
    assert expected_calibration_error(np.eye(2)[[0, 1]], np.array([0, 1])) == 0.0
