import numpy as np
import pytest
from scipy.stats import norm, spearmanr
from sklearn.metrics import roc_auc_score, roc_curve

from taojin.core.errors import DataError
from taojin.evaluation.audits.results import detectable_deviations
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.separation import (
    chance_area,
    estimate_area,
    estimate_share_above,
    min_detectable_area,
    share_above,
)

INTERVALS = IntervalConfig(num_resamples=400)


def groups(shift=0.6, sizes=(80, 120), seed=7):
    """With ties."""
    random = np.random.default_rng(seed)
    positives = np.round(random.normal(shift, 1, sizes[0]), 2)
    return positives, np.round(random.normal(0, 1.3, sizes[1]), 2)


def test_the_area_and_its_interval_are_those_of_reference_libraries():
    positives, negatives = groups()
    truth = np.repeat([1, 0], [80, 120])

    found = estimate_area(positives, negatives)

    area = roc_auc_score(truth, np.concatenate([positives, negatives]))
    assert found.value == pytest.approx(area, abs=1e-12)
    # confidenceinterval 1.0.5, roc_auc_score (DeLong), in single precision.
    assert (found.low, found.high) == pytest.approx(
        (0.5767208948659217, 0.7285915002299035), abs=1e-6
    )
    found = estimate_area(positives, negatives, confidence=0.9)
    assert (found.low, found.high) == pytest.approx(
        (0.5889292826579732, 0.716383112437852), abs=1e-6
    )


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2])
def test_the_share_above_is_that_of_the_reference_curve(rate):
    positives, negatives = groups()
    truth = np.repeat([1, 0], [80, 120])
    scores = np.concatenate([positives, negatives])
    false_rates, true_rates, _ = roc_curve(truth, scores, drop_intermediate=False)

    assert share_above(positives, negatives, rate) == pytest.approx(
        true_rates[false_rates <= rate].max()
    )


def test_groups_of_one_kind_are_inside_the_band_of_chance():
    found = estimate_area(*groups(shift=0.0, sizes=(200, 200)))
    chance = chance_area(200, 200)

    assert chance.low <= found.value <= chance.high
    assert found.low <= 0.5 <= found.high


def test_intervals_hold_the_truth_as_often_as_they_say():
    truth = norm.cdf(0.6 / np.hypot(1, 1.3))
    found = [estimate_area(*groups(seed=seed)) for seed in range(400)]

    held = np.mean([one.low <= truth <= one.high for one in found])

    assert held == pytest.approx(0.95, abs=0.03)


def test_a_planted_area_of_the_detectable_size_is_found_four_times_in_five():
    sizes = (150, 150)
    rise = min_detectable_area(*sizes, detectable_deviations(0.95))
    shift = np.sqrt(2) * norm.ppf(0.5 + rise)
    random = np.random.default_rng(1)
    chance = chance_area(*sizes)

    areas = [
        estimate_area(random.normal(shift, 1, 150), random.normal(0, 1, 150)).value
        for _ in range(500)
    ]

    found = np.mean([area > chance.high for area in areas])
    assert found == pytest.approx(0.8, abs=0.06)


def test_a_perfect_separation_keeps_an_interval():
    found = estimate_area(np.arange(10.0) + 20, np.arange(15.0))

    assert found.value == found.high == 1.0
    assert found.low == pytest.approx(0.6915, abs=1e-4)  # Clopper-Pearson, 10 of 10
    equal = estimate_area(np.ones(10), np.ones(10))
    assert equal.low < equal.value == 0.5 < equal.high


def test_the_farther_apart_the_higher():
    levels = (0.0, 0.5, 1.0, 1.5, 2.0)
    areas = [estimate_area(*groups(shift)).value for shift in levels]
    shares = [share_above(*groups(shift), 0.05) for shift in levels]

    assert spearmanr(levels, areas)[0] == pytest.approx(1.0)
    assert spearmanr(levels, shares)[0] == pytest.approx(1.0)


def test_order_makes_no_difference():
    positives, negatives = groups()

    first = estimate_share_above(positives, negatives, 0.05, INTERVALS)
    second = estimate_share_above(positives[::-1], negatives[::-1], 0.05, INTERVALS)

    assert first == second
    assert first.low < first.value < first.high
    assert estimate_area(positives, negatives) == estimate_area(
        positives[::-1], negatives[::-1]
    )


def test_too_few_or_unsound_values_are_refused():
    positives, negatives = groups()
    with pytest.raises(DataError, match="99 non-member items, and at least 100"):
        estimate_share_above(positives, negatives[:99], 0.01, INTERVALS)
    with pytest.raises(DataError, match="1 member items, and at least 2"):
        estimate_area(positives[:1], negatives)
    with pytest.raises(DataError, match="1 of 80 scores of a member are not finite"):
        estimate_area(np.r_[positives[1:], np.nan], negatives)
