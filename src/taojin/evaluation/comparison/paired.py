"""The difference of two measurements of the same items."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.core.randomness import generator
from taojin.evaluation.comparison.resampling import checked_columns, detectable
from taojin.evaluation.intervals import IntervalConfig, bootstrap_mean

_SIGNS_AT_ONCE = 1 << 21


class Difference(StageConfig):
    """How much larger one mean is than another on the same items."""

    estimate: Estimate
    """First less second, with its interval."""
    p_value: float = Field(ge=0.0, le=1.0)
    """Of no difference, two-sided, not corrected for other tests."""
    min_detectable: float = Field(ge=0.0)
    """Smallest difference that so many items show four times in five."""


def paired_difference(
    first: ArrayLike, second: ArrayLike, config: IntervalConfig
) -> Difference:
    """Compare two measurements of the same items, item by item.

    The interval is a BCa bootstrap over the items' differences. The p-value flips the
    signs of the differences at random (Fisher 1935), which is exact where they are
    symmetric about nothing, and for right/wrong values is McNemar's exact test. The
    order of the items makes no difference.

    Args:
        first: A number an item; one dimension.
        second: As many, in the same order of items.
        config: Coverage, resamples and random flips, seed.

    Raises:
        DataError: If the numbers of items differ, there are fewer than two, or a value
            is not finite.
    """
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if one.shape != other.shape or one.ndim != 1:
        message = (
            f"paired values have shapes {one.shape} and {other.shape}; each item needs "
            "one value on either side"
        )
        raise DataError(message)
    differences = checked_columns(one - other, "paired difference")[:, 0]
    error = float(differences.std(ddof=1) / np.sqrt(len(differences)))
    return Difference(
        estimate=bootstrap_mean(differences, config),
        p_value=_sign_flip_p_value(differences, config),
        min_detectable=detectable(error, config.confidence),
    )


def _sign_flip_p_value(
    differences: NDArray[np.float64], config: IntervalConfig
) -> float:
    random = generator(config.seed, "sign_flips")
    total = abs(differences.sum()) - 1e-12 * np.abs(differences).sum()
    at_once = max(1, _SIGNS_AT_ONCE // len(differences))
    num_beyond = 0
    for start in range(0, config.num_resamples, at_once):
        size = (min(at_once, config.num_resamples - start), len(differences))
        signs = random.integers(0, 2, size=size, dtype=np.int8) * 2.0 - 1.0
        num_beyond += int((np.abs(signs @ differences) >= total).sum())
    # The observed signs are one of the possible flips: never a p-value of 0
    # (Phipson and Smyth 2010).
    return (1 + num_beyond) / (1 + config.num_resamples)
