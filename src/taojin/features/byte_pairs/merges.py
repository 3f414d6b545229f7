"""Merge the bytes of a piece into tokens.

As Hugging Face ``tokenizers`` does it: of all neighbours the pair with the lowest
rank, of equal ones the leftmost, until no two have a merge.
"""

from typing import Any

import numpy as np

from taojin.core.compilation import ZERO, lean_kernel
from taojin.features.byte_pairs.compilation import (
    FACTOR,
    HALF,
    LOW,
    Bytes,
    Numbers,
    Places,
)

PAIR_COLUMNS = 2
"""A row of the table of merges: left and right id, rank and merged id."""
SCRATCH_ROWS = 5
"""Ids, their pairs, and three for a heap of these."""

_EMPTY = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_MAX_SCANNED = 96
"""Bytes of a piece up to which it is faster to look at all pairs for each merge."""


@lean_kernel
def find_pair(pairs: Numbers, left: Any, right: Any) -> np.uint64:
    """Return rank (upper half) and merged id of a pair; all bits if it has none."""
    key = left << HALF | right
    mask = np.uint64(len(pairs) - 1)
    slot = (key * FACTOR >> HALF) & mask
    while pairs[slot, 0] != _EMPTY:
        if pairs[slot, 0] == key:
            return pairs[slot, 1]
        slot = (slot + np.uint64(1)) & mask
    return _EMPTY


@lean_kernel
def fill_pairs(pairs: Numbers, merges: Numbers) -> None:
    """Enter merges into an empty table.

    Args:
        pairs: uint64, shape ``(slots, PAIR_COLUMNS)``, a power of two of slots, more
            than merges.
        merges: uint64, shape ``(number, 3)``: left, right and merged id, by rank.
    """
    pairs[:] = _EMPTY
    mask = np.uint64(len(pairs) - 1)
    for rank in range(len(merges)):
        key = merges[rank, 0] << HALF | merges[rank, 1]
        slot = (key * FACTOR >> HALF) & mask
        while pairs[slot, 0] != _EMPTY and pairs[slot, 0] != key:
            slot = (slot + np.uint64(1)) & mask
        pairs[slot, 0] = key
        pairs[slot, 1] = np.uint64(rank) << HALF | merges[rank, 2]


@lean_kernel
def _merge_short(ids: Numbers, found: Numbers, size: int, pairs: Numbers) -> int:
    """Merge in place, looking at all pairs for each merge; return the number left."""
    for index in range(size - 1):
        found[index] = find_pair(pairs, ids[index], ids[index + 1])
    while size > 1:
        best = 0
        for index in range(1, size - 1):
            if found[index] < found[best]:
                best = index
        if found[best] == _EMPTY:
            break
        ids[best] = found[best] & LOW
        size -= 1
        for index in range(best + 1, size):
            ids[index] = ids[index + 1]
            found[index - 1] = found[index]
        if best > 0:
            found[best - 1] = find_pair(pairs, ids[best - 1], ids[best])
        if best + 1 < size:
            found[best] = find_pair(pairs, ids[best], ids[best + 1])
    return size


@lean_kernel
def _sift_up(heap: Numbers, index: int) -> None:
    value = heap[index]
    while index > 0 and heap[(index - 1) >> 1] > value:
        heap[index] = heap[(index - 1) >> 1]
        index = (index - 1) >> 1
    heap[index] = value


@lean_kernel
def _pop(heap: Numbers, size: int) -> np.uint64:
    """Take the least of ``size`` values, leaving one fewer in order."""
    least, value = heap[0], heap[size - 1]
    index, child, size = 0, 1, size - 1
    while child < size:
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[index] = heap[child]
        index, child = child, 2 * child + 1
    heap[index] = value
    return least


@lean_kernel
def _push_pair(
    heap: Numbers,
    size: int,
    found: Numbers,
    pairs: Numbers,
    ids: Numbers,
    left: Any,
    right: Any,
) -> int:
    """Note the pair of two places, if it has a merge; return the size of the heap."""
    found[left] = find_pair(pairs, ids[left], ids[right])
    if found[left] == _EMPTY:
        return size
    heap[size] = found[left] & ~LOW | np.uint64(left)
    _sift_up(heap, size)
    return size + 1


@lean_kernel
def _merge_long(
    ids: Numbers,
    found: Numbers,
    size: int,
    pairs: Numbers,
    places: Places,
    heap: Numbers,
) -> int:
    """Merge in place with a heap of pairs; return the number left."""
    before, after = places[0], places[1]
    for index in range(size):
        before[index], after[index] = index - 1, index + 1
    waiting = ZERO
    found[size - 1] = _EMPTY
    for index in range(size - 1):
        waiting = _push_pair(heap, waiting, found, pairs, ids, index, index + 1)
    while waiting > 0:
        least = _pop(heap, waiting)
        waiting -= 1
        at = np.int64(least & LOW)
        if found[at] == _EMPTY or found[at] >> HALF != least >> HALF:
            continue  # one of the two was merged with another neighbour
        ids[at] = found[at] & LOW
        gone = after[at]
        found[gone] = found[at] = _EMPTY
        after[at] = after[gone]
        if after[at] < size:
            before[after[at]] = at
            waiting = _push_pair(heap, waiting, found, pairs, ids, at, after[at])
        if before[at] >= 0:
            waiting = _push_pair(heap, waiting, found, pairs, ids, before[at], at)
    left, at = 0, 0
    while at < size:
        ids[left] = ids[at]
        left, at = left + 1, after[at]
    return left


@lean_kernel
def merge_piece(
    data: Bytes,
    at: int,
    stop: int,
    byte_ids: Numbers,
    pairs: Numbers,
    scratch: Numbers,
    places: Places,
) -> int:
    """Encode a piece into the start of the first row of ``scratch``."""
    ids, found = scratch[0], scratch[1]
    size = stop - at
    for index in range(size):
        ids[index] = byte_ids[data[at + index]]
    if size <= _MAX_SCANNED:
        return _merge_short(ids, found, size, pairs)
    return _merge_long(ids, found, size, pairs, places, scratch[2:].reshape(-1))
