import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.shifts import (
    Quantity,
    RobustnessConfig,
    group_drops,
    held_out_groups,
)

CONFIG = RobustnessConfig(intervals=IntervalConfig(num_resamples=400))
QUANTITY = Quantity(name="accuracy", axis="usability", better="higher")


def values(seed, gap=0.0, num_items=150):
    random = np.random.default_rng(seed)
    groups = random.choice(["news", "law", "poems"], num_items).tolist()
    means = np.array([-gap if group == "poems" else 0.0 for group in groups])
    return means + random.normal(size=num_items), groups


def drops(measured, groups):
    return {
        drop.shift: drop for drop in group_drops(measured, groups, QUANTITY, CONFIG)
    }


def test_each_group_stands_against_the_rest():
    splits = held_out_groups(["b", "a", "b", "c", "a", "c"])

    assert list(splits) == ["a", "b", "c"]
    assert splits["a"][0].tolist() == [0, 2, 3, 5]
    assert splits["a"][1].tolist() == [1, 4]


def test_groups_that_are_alike_are_rarely_told_apart():
    num_found = sum(
        any(drop.is_found for drop in drops(*values(seed)).values())
        for seed in range(150)
    )

    assert num_found / 150 < 0.1


def test_the_worse_the_group_the_larger_its_drop():
    found = [drops(*values(0, gap))["poems"] for gap in (0, 1, 2, 3, 4)]
    values_found = [drop.score.estimate.value for drop in found]

    assert values_found == sorted(values_found)
    assert found[-1].is_found
    assert found[-1].score.estimate.low < 4.0 < found[-1].score.estimate.high
    assert found[-1].after.value < found[-1].before.value


def test_the_order_of_items_makes_no_difference():
    measured, groups = values(1, 0.5)
    order = np.random.default_rng(0).permutation(len(groups))

    assert drops(measured, groups) == drops(
        measured[order], [groups[number] for number in order]
    )


def test_the_p_value_is_welchs():
    from scipy.stats import ttest_ind

    measured, groups = values(2, 0.3)
    own = np.array(groups) == "poems"
    expected = ttest_ind(measured[~own], measured[own], equal_var=False)[1]

    assert drops(measured, groups)["poems"].p_value == pytest.approx(expected)


def test_a_drop_of_the_size_called_detectable_is_found_four_times_in_five():
    size = drops(*values(3))["poems"].score.min_detectable or 0.0
    num_found = sum(
        drops(*values(seed, size))["poems"].p_value <= 0.05 for seed in range(150)
    )

    assert 0.65 < num_found / 150 < 0.93


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["a"] * 4, "needs two of them"),
        (["a", "a", "a", "b"], "group 'a' has 3 of 4 items, and at least 2"),
        (["a"] * 3, "shape .4,. and there are 3 groups"),
    ],
)
def test_groups_that_do_not_split_are_refused(groups, message):
    with pytest.raises(DataError, match=message):
        group_drops(np.zeros(4), groups, QUANTITY, CONFIG)
