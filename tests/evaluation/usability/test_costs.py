"""What generation costs, by a clock that the tests set.

Of the five tests of a metric one has nothing to test here: seconds and bytes have no
real items to be their null and state no smallest difference, so no power. The null is
the same work measured again. What depends on the order of items (the first calls are
slower) is left out as warm-up.
"""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import quantile_test

from taojin.core.errors import DataError
from taojin.evaluation.usability import CostConfig, measure_cost

NO_WARM_UP = CostConfig(num_warm_up=0)


class Clock:
    """Tells the time that the work says it took."""

    def __init__(self, seconds):
        self.seconds = list(seconds)
        self.calls = []
        self.now = 0.0

    def __call__(self):
        return self.now

    def run(self, batch):
        self.calls.append(list(batch))
        self.now += self.seconds[len(self.calls) - 1]


def measure(seconds, num_items=None, config=NO_WARM_UP):
    clock = Clock(seconds)
    items = list(range(num_items or len(seconds)))
    scores = measure_cost(clock.run, items, config, clock)
    return {score.name: score for score in scores}, clock


def test_median_and_p95_by_hand():
    scores, _ = measure([float(second) for second in range(1, 102)])

    assert scores["seconds_per_item_median"].estimate.value == 51.0
    assert scores["seconds_per_item_p95"].estimate.value == 96.0
    assert scores["seconds_per_item_median"].estimate.num_samples == 101


def test_intervals_cover_the_true_quantiles_as_often_as_they_say():
    random = np.random.default_rng(0)
    covered = np.zeros(2)
    for _ in range(300):
        scores, _ = measure(random.exponential(size=120))
        for place, name, true in (
            (0, "seconds_per_item_median", np.log(2)),
            (1, "seconds_per_item_p95", np.log(20)),
        ):
            estimate = scores[name].estimate
            covered[place] += estimate.low <= true <= estimate.high

    assert np.all(covered / 300 > 0.92)


@pytest.mark.parametrize("confidence", [0.9, 0.95])
@pytest.mark.parametrize(
    ("name", "share"),
    [("seconds_per_item_median", 0.5), ("seconds_per_item_p95", 0.95)],
)
def test_intervals_equal_those_of_scipy(name, share, confidence):
    config = CostConfig(num_warm_up=0, confidence=confidence)
    for count in (77, 120, 300):
        seconds = np.random.default_rng(count).exponential(size=count)
        found = measure(seconds, config=config)[0][name].estimate

        wanted = quantile_test(seconds, q=0, p=share).confidence_interval(confidence)
        assert (found.low, found.high) == pytest.approx(wanted, abs=1e-9)


def test_the_same_work_seldom_looks_slower_or_faster():
    random = np.random.default_rng(2)
    apart = 0
    for _ in range(200):
        one, other = (
            measure(random.exponential(size=60))[0]["seconds_per_item_median"].estimate
            for _ in range(2)
        )
        apart += one.high < other.low or other.high < one.low

    assert apart / 200 < 0.05


def test_slower_work_costs_more_and_the_order_does_not():
    seconds = np.random.default_rng(1).random(40)
    values = []
    for factor in (1, 2, 3, 4, 5):
        forward, _ = measure(seconds * factor)
        backward, _ = measure(seconds[::-1] * factor)
        names = ("seconds_per_item_median", "seconds_per_item_p95")
        assert [forward[n].estimate.value for n in names] == pytest.approx(
            [backward[n].estimate.value for n in names]
        )
        values.append(forward[names[0]].estimate.value)

    assert values == sorted(set(values))


def test_a_batch_shares_its_time():
    scores, clock = measure([4.0, 4.0, 1.0], 9, CostConfig(batch_size=4, num_warm_up=0))

    assert clock.calls == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
    assert scores["seconds_per_item_median"].estimate.value == 1.0


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_an_item_of_even_work_costs_the_same_in_batches_of_any_size(batch_size):
    config = CostConfig(batch_size=batch_size, num_warm_up=0)
    scores, _ = measure([0.25 * batch_size] * 20, 20, config)

    for name in ("seconds_per_item_median", "seconds_per_item_p95"):
        assert scores[name].estimate.value == pytest.approx(0.25, abs=1e-12)


def test_warm_up_is_not_counted():
    scores, clock = measure([100.0, 100.0, 1.0, 1.0, 1.0], 3, CostConfig(num_warm_up=2))

    assert len(clock.calls) == 5
    assert scores["seconds_per_item_p95"].estimate.value == 1.0


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux")
def test_memory_is_the_peak_of_the_work_and_not_of_what_came_before():
    megabyte = 1 << 20
    np.ones(256 * megabyte, np.uint8)  # before, larger, and gone

    def run(_):
        np.ones(96 * megabyte, np.uint8)

    small = {s.name: s for s in measure_cost(lambda _: None, [1, 2], NO_WARM_UP)}
    large = {s.name: s for s in measure_cost(run, [1, 2], NO_WARM_UP)}

    growth = "peak_memory_growth_bytes"
    assert small[growth].estimate.value < 32 * megabyte
    assert 90 * megabyte < large[growth].estimate.value < 160 * megabyte
    assert large["peak_memory_bytes"].estimate.value > large[growth].estimate.value
    assert large[growth].estimate.num_samples == 1


def test_one_call_has_no_spread():
    with pytest.raises(DataError, match="1 measured batches of items, and at least 2"):
        measure([1.0])
