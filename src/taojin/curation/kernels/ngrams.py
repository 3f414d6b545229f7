"""Repeated pieces and n-grams of one document, in tables that all documents share.

A piece is a number that stands for a word, a line or a character: equal numbers,
equal pieces. A table is never cleared: what it holds of earlier passes lies below the
number where the current pass starts, and counts as absent.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import ZERO, lean_kernel
from taojin.curation.kernels.hashing import mix

_HALF = np.uint64(32)
_SEED = np.uint64(0x243F6A8885A308D3)


class Workspace(NamedTuple):
    """Room for the pieces of one document at a time.

    Attributes:
        slots: Hash table by open addressing: number of the pass plus index of a piece.
        clock: One element: where the next pass starts.
        keys: What each piece is; filled in by the caller.
        sizes: Code points of each piece; filled in by the caller.
        first: Index of the first piece (or n-gram) that equals the one at each index.
        counts: How often the piece (or n-gram) at each index occurs, kept at the first.
        live: Indices, rising, where an n-gram starts that occurs more than once.
    """

    slots: NDArray[np.int64]
    clock: NDArray[np.int64]
    keys: NDArray[np.uint64]
    sizes: NDArray[np.int64]
    first: NDArray[np.int64]
    counts: NDArray[np.int64]
    live: NDArray[np.int64]


def make_workspace(max_pieces: int) -> Workspace:
    """Make room for documents of at most so many pieces; below 2^31."""
    size = max(max_pieces, 1)
    num_slots = 1 << int(2 * size - 1).bit_length()
    return Workspace(
        np.zeros(num_slots, np.int64),
        np.ones(1, np.int64),
        np.empty(size, np.uint64),
        *(np.empty(size, np.int64) for _ in range(4)),
    )


@lean_kernel
def start_pass(work: Workspace, num_pieces: int, num_stored: int) -> tuple[int, int]:
    """Begin with an empty table.

    Args:
        work: The tables.
        num_pieces: Indices stay below it.
        num_stored: At most so many are put in; the fewer, the more stays in cache.

    Returns:
        Number of the pass, and mask of the slots in use.
    """
    base = work.clock[0]
    work.clock[0] = base + num_pieces
    mask = 1
    while mask < 2 * num_stored:
        mask *= 2
    return base, min(mask, len(work.slots)) - 1


@lean_kernel
def find_first(work: Workspace, base: int, mask: int, index: int) -> int:
    """Find the first piece of this pass with the key of ``index``; put it in if new."""
    key = work.keys[index]
    slot = np.int64(mix(_SEED, key) & np.uint64(mask))
    while True:
        found = work.slots[slot] - base
        if found < 0:
            work.slots[slot] = base + index
            return index
        if work.keys[found] == key:
            return found
        slot = (slot + 1) & mask


@lean_kernel
def count_copies(work: Workspace, num_pieces: int) -> tuple[int, int]:
    """Count the pieces that have occurred before, and their characters."""
    base, mask = start_pass(work, num_pieces, num_pieces)
    copies, chars = 0, 0
    for index in range(num_pieces):
        if find_first(work, base, mask, index) != index:
            copies += 1
            chars += work.sizes[index]
    return copies, chars


@lean_kernel
def number_pieces(work: Workspace, num_pieces: int) -> tuple[int, int]:
    """Set ``first``, ``counts`` and ``live`` for the pieces themselves.

    Returns:
        Entries of ``live``, and how many distinct pieces there are.
    """
    base, mask = start_pass(work, num_pieces, num_pieces)
    num_distinct = 0
    for index in range(num_pieces):
        first = find_first(work, base, mask, index)
        work.first[index] = first
        if first == index:
            work.counts[index] = 1
            num_distinct += 1
        else:
            work.counts[first] += 1
    num_live = 0
    for index in range(num_pieces):
        if work.counts[work.first[index]] > 1:
            work.live[num_live] = index
            num_live += 1
    return num_live, num_distinct


@lean_kernel
def lengthen(
    work: Workspace, num_live: int, size: int, num_pieces: int
) -> tuple[int, int, int]:
    """Go from repeated n-grams to those that are one piece longer.

    An n-gram can only repeat if both (n-1)-grams in it do, so each step looks at what
    the last one left. Needs :func:`number_pieces` for size 2, itself for the others.

    Args:
        work: The tables.
        num_live: Entries of ``live``.
        size: Pieces of the longer n-grams, 2 or more.
        num_pieces: Pieces of the document.

    Returns:
        Entries of ``live`` now; index and count of the most frequent n-gram (of
        equals, the one that occurs first), -1 and 0 if none occurs twice.
    """
    base, mask = start_pass(work, num_pieces, num_live)
    num_candidates = ZERO
    for rank in range(num_live - 1):
        index = work.live[rank]
        if work.live[rank + 1] != index + 1 or index + size > num_pieces:
            continue
        pair = (np.uint64(work.first[index]) << _HALF) | np.uint64(
            work.first[index + 1]
        )
        work.keys[index] = pair
        work.live[num_candidates] = index
        num_candidates += 1
        first = find_first(work, base, mask, index)
        work.first[index] = first
        if first == index:
            work.counts[index] = 1
        else:
            work.counts[first] += 1
    return _keep_repeated(work, num_candidates)


@lean_kernel
def _keep_repeated(work: Workspace, num_candidates: int) -> tuple[int, int, int]:
    num_live, top, top_count = 0, -1, 0
    for rank in range(num_candidates):
        index = work.live[rank]
        count = int(work.counts[work.first[index]])
        if count > 1:
            work.live[num_live] = index
            num_live += 1
            if count > top_count:
                top, top_count = index, count
    return num_live, top, top_count


@lean_kernel
def repeated_chars(work: Workspace, num_live: int, size: int) -> int:
    """Count the characters in n-grams that occur more than once; overlaps once.

    Args:
        work: The tables after :func:`lengthen`.
        num_live: Entries of ``live``.
        size: Pieces of an n-gram.
    """
    chars, done = 0, 0
    for rank in range(num_live):
        index = work.live[rank]
        for piece in range(max(done, index), index + size):
            chars += work.sizes[piece]
        done = index + size
    return chars


@lean_kernel
def copied_chars(work: Workspace, num_live: int, size: int) -> int:
    """Count the characters in n-grams that have occurred before; overlaps once.

    Arguments as of :func:`repeated_chars`.
    """
    chars, done = 0, 0
    for rank in range(num_live):
        index = work.live[rank]
        if work.first[index] == index:
            continue
        for piece in range(max(done, index), index + size):
            chars += work.sizes[piece]
        done = index + size
    return chars
