"""Resamples of many columns at once, the same rows in each column."""

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.core.randomness import generator
from taojin.evaluation.intervals import IntervalConfig

_COUNTS_AT_ONCE = 1 << 21
"""Bounds memory to 16 MB whatever the number of units."""
_MIN_UNITS = 2
_POWER = 0.8


def checked_columns(values: ArrayLike, what: str) -> NDArray[np.float64]:
    """Check that there are at least two rows of finite numbers.

    Args:
        values: One row a unit; one or two dimensions.
        what: Names the values in the message.

    Returns:
        float64, two dimensions, rows in an order of their own, so that nothing made
        of them depends on the order in which units were given.

    Raises:
        DataError: If there are too few, or one is not finite.
    """
    rows = np.asarray(values, dtype=np.float64)
    rows = rows[:, None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or len(rows) < _MIN_UNITS:
        message = (
            f"{what}: an interval needs at least {_MIN_UNITS} items, there are "
            f"{len(rows)}; measure more"
        )
        raise DataError(message)
    bad = int((~np.isfinite(rows)).any(axis=1).sum())
    if bad:
        message = (
            f"{what}: the values of {bad} of {len(rows)} items are not finite; the "
            "measure that gave them is at fault, they are not left out"
        )
        raise DataError(message)
    return rows[np.lexsort(rows.T[::-1])]


def resample_counts(
    num_units: int, config: IntervalConfig, *names: str
) -> Iterator[NDArray[np.float64]]:
    """Yield how often each unit stands in each resample: [some resamples, units]."""
    random = generator(config.seed, "resample_counts", *names)
    at_once = max(1, _COUNTS_AT_ONCE // num_units)
    for start in range(0, config.num_resamples, at_once):
        size = min(at_once, config.num_resamples - start)
        # As NumPy's multinomial, at a fifth of its time.
        rows = random.integers(0, num_units, size=(size, num_units))
        rows += np.arange(size)[:, None] * num_units
        counts = np.bincount(rows.reshape(-1), minlength=size * num_units)
        yield counts.reshape(size, num_units).astype(np.float64)


def resampled_sums(
    rows: NDArray[np.float64], config: IntervalConfig, *names: str
) -> NDArray[np.float64]:
    """Sum the rows of each resample: [resamples, columns]."""
    counts = resample_counts(len(rows), config, *names)
    return np.concatenate([some @ rows for some in counts])


def percentile_estimate(
    value: float, resamples: NDArray[np.float64], num_units: int, confidence: float
) -> Estimate:
    """Put the percentile interval of resamples around a value."""
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(resamples, [tail, 1.0 - tail])
    return Estimate(
        value=float(value),
        low=float(low),
        high=float(high),
        num_samples=num_units,
        confidence=confidence,
    )


def centred_p_value(value: float, resamples: NDArray[np.float64]) -> float:
    """Test that a value is 0, two-sided, by its resamples moved to 0.

    Davison and Hinkley 1997, section 4.4; never 0.
    """
    slack = 1e-12 * max(1.0, float(np.abs(resamples).max()))
    beyond = np.abs(resamples - value) >= abs(value) - slack
    return float((1 + beyond.sum()) / (1 + len(resamples)))


def detectable(standard_error: float, confidence: float) -> float:
    """Smallest true difference from 0 that is found four times in five."""
    normal = NormalDist()
    reach = normal.inv_cdf((1.0 + confidence) / 2.0) + normal.inv_cdf(_POWER)
    return float(reach * standard_error)
