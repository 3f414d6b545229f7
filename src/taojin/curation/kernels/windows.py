"""Rolling hashes of windows: of every run of so many words within a text."""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.curation.kernels.hashing import finish

BASE = np.uint64(0xD1342543DE82EF95)
"""Of the polynomial."""


def hash_windows(
    hashes: NDArray[np.uint64], offsets: NDArray[np.int64], size: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash every window of ``size`` words that lies within one text.

    The hash is a polynomial over the words' hashes (Karp and Rabin 1987) modulo 2^64,
    mixed: a constant time a window, whatever its size. Equal windows have equal
    hashes; that unequal ones differ has to be verified where it matters.

    Args:
        hashes: Of the words of all texts, in order.
        offsets: Words of text t are ``offsets[t]`` to ``offsets[t + 1]``.
        size: Words a window, at least 1.

    Returns:
        Hash of each window, and the word at which it starts, ascending.
    """
    keys = np.empty(len(hashes), np.uint64)
    firsts = np.empty(len(hashes), np.int64)
    count = _hash_windows(hashes, offsets, size, keys, firsts)
    return keys[:count], firsts[:count]


def link_windows(
    keys: NDArray[np.uint64], positions: NDArray[np.int64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find for each window the first equal one, and a near one where there is one.

    Args:
        keys: Hash of each window, ascending.
        positions: Where it starts, ascending among equal hashes.
        size: Words a window.

    Returns:
        Position of the first window with the same hash; and of the last one that ends
        before this one starts, if it is near, else of the first. In "la la la ..."
        the second moves on with the window, so that neighbours can be joined.
    """
    firsts, links = np.empty((2, len(keys)), np.int64)
    _link_windows(keys, positions, size, firsts, links)
    return firsts, links


@lean_kernel
def _link_windows(
    keys: NDArray[np.uint64],
    positions: NDArray[np.int64],
    size: int,
    firsts: NDArray[np.int64],
    links: NDArray[np.int64],
) -> None:
    first = near = 0
    for window in range(len(keys)):
        if keys[window] != keys[first]:
            first = near = window
        position = positions[window]
        while near + 1 < window and positions[near + 1] <= position - size:
            near += 1
        firsts[window] = positions[first]
        is_near = position - positions[near] < 2 * size
        links[window] = positions[near] if is_near else positions[first]


@lean_kernel
def _hash_windows(
    hashes: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    size: int,
    keys: NDArray[np.uint64],
    firsts: NDArray[np.int64],
) -> int:
    oldest = np.uint64(1)
    for _ in range(size):
        oldest *= BASE
    count = 0
    for text in range(len(offsets) - 1):
        first, last = offsets[text], offsets[text + 1]
        if last - first < size:
            continue
        rolling = np.uint64(0)
        for word in range(first, first + size):
            rolling = rolling * BASE + hashes[word]
        keys[count] = finish(rolling)
        firsts[count] = first
        count += 1
        for word in range(first + size, last):
            rolling = rolling * BASE + hashes[word] - oldest * hashes[word - size]
            keys[count] = finish(rolling)
            firsts[count] = word - size + 1
            count += 1
    return count
