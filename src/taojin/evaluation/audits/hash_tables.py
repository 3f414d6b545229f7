"""Few hashes, sought among many."""

import numpy as np
from numpy.typing import NDArray

_ROOM = 16
"""Marks a hash: one in so many foreign hashes passes the first sieve."""
_MOST_BITS = 24
_FEWEST_BITS = 10


class HashTable:
    """Distinct hashes, sorted, with a sieve that turns most others away at once.

    Attributes:
        hashes: uint64, ascending.
    """

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        self.hashes = np.unique(hashes)
        wanted = max(1, len(self.hashes) * _ROOM).bit_length()
        bits = min(max(wanted, _FEWEST_BITS), _MOST_BITS)
        self._shift = np.uint64(64 - bits)
        self._sieve = np.zeros(1 << bits, dtype=np.bool_)
        self._sieve[self.hashes >> self._shift] = True

    def find(
        self, found: NDArray[np.uint64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find which of other hashes are in the table.

        Returns:
            Their positions, ascending, and the place in ``hashes`` of each.
        """
        positions = np.flatnonzero(self._sieve[found >> self._shift])
        candidates = found[positions]
        places = np.searchsorted(self.hashes, candidates)
        known = places < len(self.hashes)
        known[known] = self.hashes[places[known]] == candidates[known]
        return positions[known], places[known]
