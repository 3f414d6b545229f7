import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.training.semi_supervised.crossed_intervals import crossed_mean


def test_intervals_cover_the_truth_as_often_as_they_say():
    random = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        draws = random.normal(0.0, 0.05, (5, 1))
        examples = random.normal(0.0, 0.2, (1, 80))
        values = random.random((5, 80)) < np.clip(0.6 + draws + examples, 0, 1)
        estimate = crossed_mean(values, 0.95)
        covered += estimate.low <= 0.6 <= estimate.high
    assert 0.93 <= covered / 400 <= 1.0


def test_one_draw_has_the_interval_of_its_examples():
    values = np.array([[1.0] * 30 + [0.0] * 10])

    estimate = crossed_mean(values, 0.95)

    margin = 2.0227 * np.sqrt(0.75 * 0.25 / 39)  # t with 39 degrees of freedom
    assert estimate.value == 0.75
    assert estimate.high - estimate.value == pytest.approx(margin, rel=1e-3)
    assert estimate.num_samples == 40


def test_draws_that_differ_widen_the_interval():
    alike = np.tile([[1.0] * 30 + [0.0] * 10], (4, 1))
    apart = alike.copy()
    apart[0], apart[1] = 1.0, 0.5 * apart[1]

    def width(values: np.ndarray) -> float:
        return crossed_mean(values, 0.95).high - crossed_mean(values, 0.95).low

    assert width(apart) > width(alike)


def test_accuracies_stay_between_0_and_1_and_differences_above_minus_1():
    low = np.array([[1.0, 0.0, 0.0]])

    assert crossed_mean(low, 0.95).low == 0.0
    assert crossed_mean(1 - low, 0.95).high == 1.0
    assert -1.0 <= crossed_mean(-low, 0.95, lowest=-1.0).low < 0.0


def test_a_single_example_has_no_interval():
    with pytest.raises(DataError, match="1 and 1"):
        crossed_mean(np.ones((1, 1)), 0.95)
