import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.intervals import (
    IntervalConfig,
    bootstrap_mean,
    bootstrap_ratio,
    bootstrap_statistic,
    proportion,
)

CONFIG = IntervalConfig(num_resamples=1000)


def normal(count, seed=0):
    return np.random.default_rng(seed).normal(10.0, 2.0, count)


def test_the_interval_of_a_mean_agrees_with_the_normal_one():
    values = normal(400)

    estimate = bootstrap_mean(values, CONFIG)

    half = 1.96 * values.std(ddof=1) / 20.0
    assert estimate.value == pytest.approx(values.mean())
    assert estimate.low == pytest.approx(values.mean() - half, abs=0.05)
    assert estimate.high == pytest.approx(values.mean() + half, abs=0.05)
    assert estimate.num_samples == 400


def test_a_ratio_is_of_sums_not_a_mean_of_ratios():
    estimate = bootstrap_ratio(np.array([1.0, 9.0]), np.array([1.0, 3.0]), CONFIG)

    assert estimate.value == pytest.approx(10.0 / 4.0)
    assert 1.0 <= estimate.low <= 2.5 <= estimate.high <= 3.0


def test_a_large_unit_weighs_by_its_size():
    bits = np.array([100.0, *[1.0] * 50])
    sizes = np.array([400.0, *[1.0] * 50])

    estimate = bootstrap_ratio(bits, sizes, CONFIG)

    assert estimate.low < 0.3 < estimate.high


def test_bca_leans_with_skewed_data_where_a_plain_percentile_would_not():
    values = np.random.default_rng(1).lognormal(0.0, 1.0, 100)

    estimate = bootstrap_mean(values, IntervalConfig(num_resamples=4000))
    plain = bootstrap_statistic(
        lambda rows: float(values[rows].mean()), 100, IntervalConfig(num_resamples=4000)
    )

    assert estimate.low > plain.low
    assert estimate.high > plain.high


@pytest.mark.long
def test_intervals_cover_as_often_as_they_say():
    config = IntervalConfig(num_resamples=400)
    hits = 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        sizes = random.uniform(1.0, 5.0, 60)
        estimate = bootstrap_ratio(sizes * random.normal(2.0, 0.5, 60), sizes, config)
        hits += estimate.low <= 2.0 <= estimate.high

    assert 0.90 <= hits / 300 <= 0.98


def test_the_same_seed_gives_the_same_interval_another_one_nearly():
    values = normal(50)

    first = bootstrap_mean(values, CONFIG)
    other = bootstrap_mean(values, CONFIG.model_copy(update={"seed": 7}))

    assert bootstrap_mean(values, CONFIG) == first
    assert other != first
    assert other.low == pytest.approx(first.low, abs=0.2)


def test_equal_values_have_no_width():
    estimate = bootstrap_mean(np.full(9, 3.5), CONFIG)

    assert (estimate.low, estimate.value, estimate.high) == (3.5, 3.5, 3.5)


def test_more_confidence_is_wider():
    values = normal(50)

    narrow = bootstrap_mean(values, IntervalConfig(confidence=0.8))
    wide = bootstrap_mean(values, IntervalConfig(confidence=0.99))

    assert wide.low < narrow.low
    assert narrow.high < wide.high


def test_any_statistic_can_be_bootstrapped():
    values = normal(101)

    estimate = bootstrap_statistic(
        lambda rows: float(np.median(values[rows])), 101, CONFIG
    )

    assert estimate.value == np.median(values)
    assert estimate.low < estimate.value < estimate.high


def test_the_input_is_untouched():
    values = normal(20)
    before = values.copy()

    bootstrap_mean(values, CONFIG)

    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_units_are_an_error_that_says_how_many_are_needed(count):
    with pytest.raises(DataError, match=f"at least 2 .* there are {count}"):
        bootstrap_mean(np.ones(count), CONFIG)
    with pytest.raises(DataError, match="at least 2"):
        bootstrap_statistic(len, count, CONFIG)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_counted_not_left_out(bad):
    with pytest.raises(DataError, match="1 of 3 measured values are not finite"):
        bootstrap_mean(np.array([1.0, bad, 2.0]), CONFIG)


def test_an_empty_unit_has_no_ratio():
    with pytest.raises(DataError, match="1 of 2 units have no size"):
        bootstrap_ratio(np.ones(2), np.array([1.0, 0.0]), CONFIG)


@pytest.mark.parametrize(
    ("method", "successes", "trials", "low", "high"),
    [
        # Reference values: R, prop.test(correct = FALSE) and binom.test.
        ("wilson", 8, 10, 0.4902, 0.9433),
        ("wilson", 0, 20, 0.0, 0.1611),
        ("clopper_pearson", 8, 10, 0.4439, 0.9748),
        ("clopper_pearson", 0, 100, 0.0, 0.0362),
        ("clopper_pearson", 5, 5, 0.4782, 1.0),
    ],
)
def test_proportions_agree_with_the_reference(method, successes, trials, low, high):
    estimate = proportion(successes, trials, method=method)

    assert estimate.low == pytest.approx(low, abs=1e-4)
    assert estimate.high == pytest.approx(high, abs=1e-4)


@pytest.mark.parametrize("method", ["wilson", "clopper_pearson"])
def test_no_trial_says_nothing(method):
    estimate = proportion(0, 0, method=method)

    assert (estimate.low, estimate.high, estimate.num_samples) == (0.0, 1.0, 0)


def test_large_counts_do_not_overflow():
    estimate = proportion(30_000, 100_000, method="clopper_pearson")

    assert estimate.low == pytest.approx(0.29716, abs=1e-4)


@pytest.mark.parametrize(("successes", "trials"), [(3, 2), (-1, 2)])
def test_impossible_counts_are_refused(successes, trials):
    with pytest.raises(DataError, match="no proportion"):
        proportion(successes, trials)
