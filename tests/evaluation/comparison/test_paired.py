import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.comparison import paired_difference
from taojin.evaluation.intervals import IntervalConfig

CONFIG = IntervalConfig(num_resamples=400)


def pair(seed, gap=0.0, num_items=60, noise=1.0):
    random = np.random.default_rng(seed)
    hard = random.normal(size=num_items) * 3
    first = hard + gap + random.normal(size=num_items) * noise
    return first, hard + random.normal(size=num_items) * noise


def test_the_same_values_do_not_differ():
    first, _ = pair(0)

    found = paired_difference(first, first, CONFIG)

    assert (found.estimate.low, found.estimate.value, found.estimate.high) == (0, 0, 0)
    assert found.p_value == 1.0
    assert found.min_detectable == 0.0


def test_no_difference_is_found_about_as_often_as_allowed():
    num_found = sum(
        paired_difference(*pair(i), CONFIG).p_value <= 0.05 for i in range(300)
    )

    assert 0.02 < num_found / 300 < 0.09


def test_a_difference_of_the_size_called_detectable_is_found_four_times_in_five():
    size = paired_difference(*pair(1), CONFIG).min_detectable
    num_found = sum(
        paired_difference(*pair(100 + i, gap=size), CONFIG).p_value <= 0.05
        for i in range(200)
    )

    assert 0.65 < num_found / 200 < 0.93


def test_pairing_sees_what_separate_intervals_hide():
    first, second = pair(2, gap=0.8)

    found = paired_difference(first, second, CONFIG)

    assert found.estimate.low > 0
    assert found.p_value < 0.05
    assert found.min_detectable < 1.0 < (first.std() + second.std()) / 60**0.5 * 2.8


def test_the_interval_grows_with_the_gap_and_covers_it():
    values = [paired_difference(*pair(3, gap), CONFIG) for gap in (0, 1, 2, 3, 4)]

    assert np.all(np.diff([found.estimate.value for found in values]) > 0)
    assert all(
        found.estimate.low < gap < found.estimate.high
        for gap, found in zip((0, 1, 2, 3, 4), values, strict=True)
    )


def test_the_order_of_items_makes_no_difference():
    first, second = pair(4, gap=0.3)
    order = np.random.default_rng(0).permutation(len(first))

    assert paired_difference(first, second, CONFIG) == paired_difference(
        first[order], second[order], CONFIG
    )


def test_right_and_wrong_are_compared_as_by_mcnemar():
    # 12 items only the first gets right, 3 only the second: binomial, two-sided.
    first = np.array([1] * 12 + [0] * 3 + [1] * 20 + [0] * 20)
    second = np.array([0] * 12 + [1] * 3 + [1] * 20 + [0] * 20)

    found = paired_difference(first, second, IntervalConfig(num_resamples=20_000))

    assert found.p_value == pytest.approx(0.03515625, abs=0.005)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0], "each item needs one value"),
        ([1.0], [2.0], "at least 2 items, there are 1"),
        ([1.0, float("nan")], [1.0, 2.0], "1 of 2 items are not finite"),
    ],
)
def test_what_does_not_pair_is_refused(first, second, message):
    with pytest.raises(DataError, match=message):
        paired_difference(first, second, CONFIG)
