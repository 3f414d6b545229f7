"""How well a number tells two groups apart: ROC curves, with intervals."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.core.randomness import generator
from taojin.evaluation.intervals import IntervalConfig, proportion
from taojin.evaluation.scores import require_items

_FEWEST = 2
_DRAWS_AT_ONCE = 1 << 22
_ROUNDING = 1e-9

Values = NDArray[np.float64]


def area_under_curve(positive: Values, negative: Values) -> tuple[float, float]:
    """Area under the curve and its variance, after DeLong et al. 1988.

    By ranks (Sun and Xu 2014); ties count half.

    Args:
        positive: Scores of items that should get high ones, at least two.
        negative: Scores of the others, at least two.
    """
    both = np.concatenate([positive, negative])
    ranks = rankdata(both)
    num_positive, num_negative = len(positive), len(negative)
    # Share of the other side that each item is above; ties count half.
    above = (ranks[:num_positive] - rankdata(positive)) / num_negative
    below = 1.0 - (ranks[num_positive:] - rankdata(negative)) / num_positive
    variance = (
        np.var(above, ddof=1) / num_positive + np.var(below, ddof=1) / num_negative
    )
    return float(above.mean()), float(variance)


def estimate_area(
    positives: Values, negatives: Values, confidence: float = 0.95
) -> Estimate:
    """Estimate the area under the ROC curve: how often a positive is above a negative.

    Ties count half. The variance is that of U-statistics (DeLong et al. 1988) by ranks
    (Sun and Xu 2014); a bootstrap would repeat items, and so make ties. Where it is
    nothing, because the groups are told apart without an error, the interval is Clopper
    and Pearson's for as many pairs as can be made without using an item twice.

    Args:
        positives: Of the group that should be higher; finite, two or more.
        negatives: Of the other one.
        confidence: Coverage.

    Raises:
        DataError: If there are fewer than two of either, or one is not finite.
    """
    _require_groups(positives, negatives)
    # Sums of floats depend on the order.
    positives, negatives = np.sort(positives), np.sort(negatives)
    num_positives, num_negatives = len(positives), len(negatives)
    value, variance = area_under_curve(positives, negatives)
    deviation = math.sqrt(variance)
    num_pairs = min(num_positives, num_negatives)
    if deviation > 0:
        spread = float(norm.isf((1 - confidence) / 2)) * deviation
        low, high = max(0.0, value - spread), min(1.0, value + spread)
    else:
        # All are equal, or none of one group is between those of the other.
        pairs = proportion(
            round(value * num_pairs), num_pairs, confidence, "clopper_pearson"
        )
        low, high = pairs.low, pairs.high
    return Estimate(
        value=value,
        low=low,
        high=high,
        num_samples=num_positives + num_negatives,
        confidence=confidence,
    )


def chance_area(
    num_positives: int, num_negatives: int, confidence: float = 0.95
) -> Estimate:
    """Area under the ROC curve of a number that tells nothing: 1/2, and its spread.

    Its variance is that of the Mann-Whitney statistic.
    """
    spread = float(norm.isf((1 - confidence) / 2)) * _chance_deviation(
        num_positives, num_negatives
    )
    return Estimate(
        value=0.5,
        low=max(0.0, 0.5 - spread),
        high=min(1.0, 0.5 + spread),
        num_samples=num_positives + num_negatives,
        confidence=confidence,
    )


def min_detectable_area(
    num_positives: int, num_negatives: int, num_deviations: float
) -> float:
    """How far above 1/2 an area must be to be found, given in standard deviations."""
    return min(0.5, num_deviations * _chance_deviation(num_positives, num_negatives))


def share_above(
    positives: Values, negatives: Values, false_positive_rate: float
) -> float:
    """Share of positives found when at most such a share of negatives is.

    Found is what lies above the lowest possible threshold among the negatives.
    """
    place = _threshold_place(len(negatives), false_positive_rate)
    return float((positives > np.sort(negatives)[place]).mean())


def estimate_share_above(
    positives: Values,
    negatives: Values,
    false_positive_rate: float,
    config: IntervalConfig,
) -> Estimate:
    """Estimate the true positive rate at a false positive rate.

    Both groups are resampled, each by itself: the threshold is an estimate, too.
    Percentile bootstrap.

    Raises:
        DataError: If there are too few negatives for one of them to lie above a
            threshold, or a value is not finite.
    """
    _require_groups(positives, negatives)
    require_items(
        f"true positive rate at a false positive rate of {false_positive_rate:g}",
        len(negatives),
        math.ceil(1 / false_positive_rate),
        "non-member",
    )
    place = _threshold_place(len(negatives), false_positive_rate)
    random = generator(config.seed, "share above")
    # Order must not matter, and resampling goes by position.
    positives, negatives = np.sort(positives), np.sort(negatives)
    at_once = max(1, _DRAWS_AT_ONCE // (len(positives) + len(negatives)))
    shares = []
    for first in range(0, config.num_resamples, at_once):
        size = min(at_once, config.num_resamples - first)
        rows = random.integers(0, len(negatives), (size, len(negatives)))
        thresholds = negatives[np.partition(rows, place, axis=1)[:, place]]
        chosen = positives[random.integers(0, len(positives), (size, len(positives)))]
        shares.append((chosen > thresholds[:, None]).mean(axis=1))
    tail = (1 - config.confidence) / 2
    low, high = np.quantile(np.concatenate(shares), [tail, 1 - tail])
    value = share_above(positives, negatives, false_positive_rate)
    return Estimate(
        value=value,
        low=min(float(low), value),
        high=max(float(high), value),
        num_samples=len(positives) + len(negatives),
        confidence=config.confidence,
    )


def num_above(num_negatives: int, false_positive_rate: float) -> int:
    """Most negatives that may lie above a threshold."""
    return math.floor(false_positive_rate * num_negatives + _ROUNDING)


def _threshold_place(num_negatives: int, false_positive_rate: float) -> int:
    """Place of the threshold among ascending negatives."""
    return num_negatives - 1 - num_above(num_negatives, false_positive_rate)


def _chance_deviation(num_positives: int, num_negatives: int) -> float:
    total = num_positives + num_negatives + 1
    return math.sqrt(total / (12 * num_positives * num_negatives))


def _require_groups(positives: Values, negatives: Values) -> None:
    for side, values in (("member", positives), ("non-member", negatives)):
        require_items("area under the ROC curve", len(values), _FEWEST, side)
        num_bad = int((~np.isfinite(values)).sum())
        if num_bad:
            message = (
                f"{num_bad} of {len(values)} scores of a {side} are not finite numbers; "
                "the model that gave them is at fault, they are not left out"
            )
            raise DataError(message)
