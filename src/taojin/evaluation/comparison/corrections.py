"""Many questions asked of one table: p-values that allow for how many."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from taojin.core.errors import DataError

Correction = Literal["holm", "benjamini_hochberg", "none"]
"""``holm`` bounds the chance of any false finding, ``benjamini_hochberg`` the expected
share of false ones among the findings; ``none`` bounds neither."""


def adjust(p_values: ArrayLike, correction: Correction) -> NDArray[np.float64]:
    """Correct p-values for their number; see :data:`Correction`.

    Raises:
        DataError: If one is not in [0, 1].
    """
    if correction == "holm":
        return holm(p_values)
    if correction == "benjamini_hochberg":
        return benjamini_hochberg(p_values)
    return _checked(p_values)


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Step down (Holm 1979): right whatever depends on what.

    Returns:
        An adjusted p-value each, in the order given, at most 1. What is at most the
        level is found, with a chance of at most the level of any false finding.

    Raises:
        DataError: If a p-value is not in [0, 1].
    """
    raw = _checked(p_values)
    order = np.argsort(raw, kind="stable")
    scaled = raw[order] * np.arange(len(raw), 0, -1)
    return _restore(np.maximum.accumulate(scaled), order)


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """Step up (Benjamini and Hochberg 1995): for independent or positively bound tests.

    Returns:
        An adjusted p-value each, in the order given, at most 1. Of those at most the
        level, a share of at most the level is false on average.

    Raises:
        DataError: If a p-value is not in [0, 1].
    """
    raw = _checked(p_values)
    order = np.argsort(raw, kind="stable")
    scaled = raw[order] * len(raw) / np.arange(1, len(raw) + 1)
    return _restore(np.minimum.accumulate(scaled[::-1])[::-1], order)


def _restore(
    ranked: NDArray[np.float64], order: NDArray[np.int64]
) -> NDArray[np.float64]:
    restored = np.empty_like(ranked)
    restored[order] = np.minimum(ranked, 1.0)
    return restored


def _checked(p_values: ArrayLike) -> NDArray[np.float64]:
    raw = np.asarray(p_values, dtype=np.float64).reshape(-1)
    bad = ~((raw >= 0.0) & (raw <= 1.0))
    if bad.any():
        message = f"{raw[bad][0]} is no p-value; one lies between 0 and 1"
        raise DataError(message)
    return raw
