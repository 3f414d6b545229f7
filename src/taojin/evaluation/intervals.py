"""Intervals: no number is reported without one.

Bootstrap over independent units (documents, examples), never over tokens, which
depend on each other. Proportions have exact or closed forms and need no resampling.
"""

from collections.abc import Callable, Iterator
from statistics import NormalDist
from typing import Literal

import numpy as np
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.core.randomness import generator

_MIN_UNITS = 2
_DRAWS_AT_ONCE = 1 << 22
"""Bounds the memory of a bootstrap (about 100 MB) whatever the number of units."""
_BISECTIONS = 60


class IntervalConfig(StageConfig):
    """How intervals are made."""

    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)
    """Nominal coverage."""
    num_resamples: int = Field(default=2000, ge=100)
    """Bootstrap resamples."""
    seed: int = Field(default=0, ge=0)


def bootstrap_mean(values: np.ndarray, config: IntervalConfig) -> Estimate:
    """Estimate a mean; BCa bootstrap over the values.

    Args:
        values: One number a unit; finite; one dimension.
        config: Coverage, resamples, seed.

    Raises:
        DataError: If there are fewer than two values, or one is not finite.
    """
    return bootstrap_ratio(values, np.ones(len(values)), config)


def bootstrap_ratio(
    numerators: np.ndarray, denominators: np.ndarray, config: IntervalConfig
) -> Estimate:
    """Estimate a ratio of two sums, such as bits per byte; BCa bootstrap.

    Whole units are resampled, each with its numerator and denominator. BCa (bias
    corrected and accelerated) after Efron 1987; the acceleration comes from the
    jackknife.

    Args:
        numerators: One number a unit; finite; one dimension.
        denominators: As many; each positive.
        config: Coverage, resamples, seed.

    Raises:
        DataError: If there are fewer than two units, a number is not finite, or a
            denominator is not positive.
    """
    above = np.asarray(numerators, dtype=np.float64)
    below = np.asarray(denominators, dtype=np.float64)
    _require_units(above, below)
    value = above.sum() / below.sum()
    resampled = np.concatenate(
        [
            above[rows].sum(axis=1) / below[rows].sum(axis=1)
            for rows in _resampled_rows(len(above), config)
        ]
    )
    without_one = (above.sum() - above) / (below.sum() - below)
    low, high = _bca_interval(value, resampled, without_one, config.confidence)
    return Estimate(
        value=float(value),
        low=low,
        high=high,
        num_samples=len(above),
        confidence=config.confidence,
    )


def bootstrap_statistic(
    statistic: Callable[[np.ndarray], float], num_units: int, config: IntervalConfig
) -> Estimate:
    """Estimate any statistic of a sample; percentile bootstrap.

    Args:
        statistic: Gets the indices of the units in a (re)sample, with repetitions.
        num_units: How many units there are.
        config: Coverage, resamples, seed.

    Raises:
        DataError: If there are fewer than two units.
    """
    _require_enough(num_units)
    resampled = [
        statistic(row) for rows in _resampled_rows(num_units, config) for row in rows
    ]
    tail = (1.0 - config.confidence) / 2.0
    low, high = np.quantile(resampled, [tail, 1.0 - tail])
    return Estimate(
        value=float(statistic(np.arange(num_units))),
        low=float(low),
        high=float(high),
        num_samples=num_units,
        confidence=config.confidence,
    )


def proportion(
    num_successes: int,
    num_trials: int,
    confidence: float = 0.95,
    method: Literal["wilson", "clopper_pearson"] = "wilson",
) -> Estimate:
    """Estimate a proportion.

    Args:
        num_successes: At least 0.
        num_trials: At least ``num_successes``. None at all says nothing: the
            interval is then [0, 1].
        confidence: Nominal coverage.
        method: ``wilson`` (Wilson 1927) has about the nominal coverage on average;
            ``clopper_pearson`` (1934) never has less, as a safety gate wants it.

    Raises:
        DataError: If the counts are impossible.
    """
    if not 0 <= num_successes <= num_trials:
        message = f"{num_successes} of {num_trials} is no proportion"
        raise DataError(message)
    if num_trials == 0:
        low, high, value = 0.0, 1.0, 0.0
    else:
        value = num_successes / num_trials
        interval = wilson if method == "wilson" else _clopper_pearson
        low, high = interval(num_successes, num_trials, confidence)
    return Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        num_samples=num_trials,
        confidence=confidence,
    )


def _require_enough(num_units: int) -> None:
    if num_units < _MIN_UNITS:
        message = (
            f"an interval needs at least {_MIN_UNITS} independent units (documents, "
            f"examples), there are {num_units}; evaluate on more"
        )
        raise DataError(message)


def _require_units(above: np.ndarray, below: np.ndarray) -> None:
    _require_enough(len(above))
    if not (np.isfinite(above).all() and np.isfinite(below).all()):
        bad = int((~np.isfinite(above) | ~np.isfinite(below)).sum())
        message = (
            f"{bad} of {len(above)} measured values are not finite numbers; the model "
            "or the metric that produced them is at fault, they are not left out"
        )
        raise DataError(message)
    if (below <= 0).any():
        message = (
            f"{int((below <= 0).sum())} of {len(below)} units have no size (an empty "
            "document?); a ratio needs every denominator to be positive"
        )
        raise DataError(message)


def _resampled_rows(num_units: int, config: IntervalConfig) -> Iterator[np.ndarray]:
    """Yield indices of resamples: int64, shape (some resamples, num_units)."""
    random = generator(config.seed, "bootstrap")
    at_once = max(1, _DRAWS_AT_ONCE // num_units)
    for start in range(0, config.num_resamples, at_once):
        size = (min(at_once, config.num_resamples - start), num_units)
        yield random.integers(0, num_units, size=size)


def _bca_interval(
    value: float, resampled: np.ndarray, without_one: np.ndarray, confidence: float
) -> tuple[float, float]:
    normal = NormalDist()
    # Ties count half, so that a discrete statistic is not taken for a biased one.
    below = (resampled < value).mean() + (resampled == value).mean() / 2.0
    count = len(resampled)
    bias = normal.inv_cdf(float(np.clip(below, 0.5 / count, 1.0 - 0.5 / count)))
    spread = without_one.mean() - without_one
    scale = (spread**2).sum() ** 1.5
    acceleration = (spread**3).sum() / (6.0 * scale) if scale > 0.0 else 0.0
    levels = []
    for tail in ((1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0):
        shifted = bias + normal.inv_cdf(tail)
        levels.append(normal.cdf(bias + shifted / (1.0 - acceleration * shifted)))
    low, high = np.quantile(resampled, levels)
    return float(min(low, value)), float(max(high, value))


def wilson(successes: float, trials: int, confidence: float) -> tuple[float, float]:
    """Ends of Wilson's interval (1927) for a share; a tie may count as half a success."""
    z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * np.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    scale = 1 + z * z / trials
    low = 0.0 if successes == 0 else (centre - spread) / scale
    high = 1.0 if successes == trials else (centre + spread) / scale
    return float(low), float(high)


def _clopper_pearson(
    successes: int, trials: int, confidence: float
) -> tuple[float, float]:
    tail = (1.0 - confidence) / 2.0
    low, high = 0.0, 1.0
    if successes > 0:
        low = _bisect(lambda p: 1.0 - _binomial_cdf(successes - 1, trials, p) < tail)
    if successes < trials:
        high = _bisect(lambda p: _binomial_cdf(successes, trials, p) > tail)
    return low, high


def _bisect(is_below: Callable[[float], bool]) -> float:
    """Find where a condition that holds at 0 and fails at 1 turns."""
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return (low + high) / 2.0


def _binomial_cdf(successes: int, trials: int, probability: float) -> float:
    counts = np.arange(successes + 1)
    log_factorials = np.concatenate(
        [[0.0], np.cumsum(np.log(np.arange(1, trials + 1)))]
    )
    log_choices = (
        log_factorials[trials]
        - log_factorials[counts]
        - log_factorials[trials - counts]
    )
    log_terms = counts * np.log(probability) + (trials - counts) * np.log1p(
        -probability
    )
    return float(np.exp(log_choices + log_terms).sum())
