"""Which numbers go with which: pairs, once each, and all members of a key."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.int64, np.uint64)


class Incidence:
    """The members of each of some keys, as a compressed sparse table."""

    def __init__(
        self, keys: NDArray[np.int64], members: NDArray[np.int64], num_keys: int
    ) -> None:
        """Sort pairs of a key, below ``num_keys``, and a member; each pair once."""
        self._members = members[np.argsort(keys, kind="stable")]
        self._sizes = np.bincount(keys, minlength=num_keys)
        self._starts = np.cumsum(self._sizes) - self._sizes

    def expand(
        self, others: NDArray[np.int64], keys: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Turn pairs of something and a key into pairs of it and each of its members."""
        sizes = self._sizes[keys]
        starts = np.repeat(self._starts[keys] - np.cumsum(sizes) + sizes, sizes)
        return np.repeat(others, sizes), self._members[starts + np.arange(len(starts))]


def distinct_pairs(
    firsts: NDArray[np.int64], seconds: NDArray[Number]
) -> tuple[NDArray[np.int64], NDArray[Number]]:
    """Each pair once, by the first and then the second number."""
    order = np.lexsort((seconds, firsts))
    firsts, seconds = firsts[order], seconds[order]
    is_new = np.ones(len(firsts), dtype=np.bool_)
    is_new[1:] = (firsts[1:] != firsts[:-1]) | (seconds[1:] != seconds[:-1])
    return firsts[is_new], seconds[is_new]
