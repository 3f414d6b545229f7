"""Images that look alike: pairs by perceptual hash, confirmed by their pixels.

Two hashes of 64 bits that differ in at most ``r`` bits agree in at least one of
``r + 1`` bands, so only hashes that share a band are compared, and none is missed
(G. Manku, A. Jain, A. Das Sarma 2007, "Detecting near-duplicates for web crawling").

Many different pictures may have one hash, such as all of one colour. Pictures whose
root mean square difference is ``d`` have means that differ by at most ``d``, so of a
band only those of nearly one mean are compared.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.core.fingerprints import hash_bytes
from taojin.curation.duplicates.components import connect

_BITS = 64


def connect_near(
    hashes: NDArray[np.uint64],
    thumbnails: NDArray[np.uint8],
    radius: int,
    max_distance: float,
) -> NDArray[np.int64]:
    """Connect images that look alike, through any number of others.

    Args:
        hashes: ``[images]``.
        thumbnails: ``[images, values]``.
        radius: Bits in which the hashes of a pair may differ, 0 to 63.
        max_distance: Root mean square difference of their thumbnails, at most.

    Returns:
        The lowest row that each row is connected to.
    """
    parents, chosen = _without_twins(hashes, thumbnails)
    means = thumbnails.mean(axis=1)
    jumps = np.zeros(len(chosen), dtype=np.int64)
    masks = _bands(radius)
    for band, mask in enumerate(masks):
        keys = hashes & mask
        order = chosen[np.lexsort((means[chosen], keys[chosen]))]
        seen = masks[: band + 1]
        _join_band(
            *(parents, order, hashes, seen, thumbnails, means, jumps),
            radius,
            max_distance,
        )
    return connect(parents, ())


def _without_twins(
    hashes: NDArray[np.uint64], thumbnails: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Join rows that are equal in all, and name the first of each."""
    keys = [hash_bytes(row.tobytes()) for row in thumbnails]
    table = pd.DataFrame({"hash": hashes, "thumbnail": keys})
    groups = table.groupby(["hash", "thumbnail"], sort=False).ngroup().to_numpy()
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    return first[place].astype(np.int64), np.sort(first).astype(np.int64)


def _bands(radius: int) -> NDArray[np.uint64]:
    """Masks of ``radius + 1`` bands of bits that together are all 64."""
    edges = np.linspace(0, _BITS, radius + 2).astype(int)
    masks = [(1 << int(last)) - (1 << int(first)) for first, last in pairwise(edges)]
    return np.array(masks, dtype=np.uint64)


@lean_kernel
def _join_band(  # noqa: PLR0913, PLR0917
    parents: NDArray[np.int64],
    order: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    masks: NDArray[np.uint64],
    thumbnails: NDArray[np.uint8],
    means: NDArray[np.float64],
    jumps: NDArray[np.int64],
    radius: int,
    max_distance: float,
) -> None:
    """Connect what looks alike of the images that agree in the last of the masks.

    Args:
        parents: Of each row; changed.
        order: Rows by band, of one band by mean.
        hashes: Of each row.
        masks: Of this band, after those of the bands that are done.
        thumbnails: Of each row.
        means: Of the thumbnails.
        jumps: Room to work in, as long as ``order``.
        radius: See :func:`connect_near`.
        max_distance: See :func:`connect_near`.
    """
    mask = masks[len(masks) - 1]
    start = 0
    while start < len(order):
        end = start + 1
        is_one = True  # whether all of the bucket are connected already
        while end < len(order) and (
            (hashes[order[start]] ^ hashes[order[end]]) & mask == 0
        ):
            # Neighbours first: that alone connects a pile of all but equal pictures.
            last, next_ = order[end - 1], order[end]
            _join(parents, last, next_, hashes, thumbnails, radius, max_distance)
            is_one = is_one and _find(parents, last) == _find(parents, next_)
            end += 1
        if not is_one:
            _mark_runs(parents, order, jumps, start, end)
            for left in range(start, end):
                first = order[left]
                right = left + 1
                while right < end:
                    second = order[right]
                    if means[second] - means[first] > max_distance:
                        break
                    if _find(parents, first) == _find(parents, second):
                        right = jumps[right]
                        continue
                    if not _was_compared(hashes[first] ^ hashes[second], masks):
                        _join(
                            parents,
                            first,
                            second,
                            hashes,
                            thumbnails,
                            radius,
                            max_distance,
                        )
                    right += 1
        start = end


@lean_kernel
def _mark_runs(
    parents: NDArray[np.int64],
    order: NDArray[np.int64],
    jumps: NDArray[np.int64],
    start: int,
    end: int,
) -> None:
    """Note for each place of a bucket the next one that is not connected to it."""
    jumps[end - 1] = end
    for back in range(end - 1 - start):
        place = end - 2 - back
        same = _find(parents, order[place]) == _find(parents, order[place + 1])
        jumps[place] = jumps[place + 1] if same else place + 1


@lean_kernel
def _join(
    parents: NDArray[np.int64],
    first: int,
    second: int,
    hashes: NDArray[np.uint64],
    thumbnails: NDArray[np.uint8],
    radius: int,
    max_distance: float,
) -> None:
    """Connect two images if they look alike."""
    if not _is_close(hashes[first] ^ hashes[second], radius):
        return
    above, below = _find(parents, first), _find(parents, second)
    if above != below and _is_within(thumbnails, first, second, max_distance):
        parents[max(above, below)] = min(above, below)


@lean_kernel
def _was_compared(difference: Any, masks: NDArray[np.uint64]) -> bool:
    """Whether the two agree in an earlier band, too."""
    band = 0
    while band < len(masks) - 1 and difference & masks[band] != 0:
        band += 1
    return band < len(masks) - 1


@lean_kernel
def _is_close(difference: Any, radius: int) -> bool:
    number = 0
    while difference != 0:
        difference &= difference - np.uint64(1)
        number += 1
        if number > radius:
            return False
    return True


@lean_kernel
def _is_within(
    thumbnails: NDArray[np.uint8], first: int, second: int, max_distance: float
) -> bool:
    size = thumbnails.shape[1]
    limit = max_distance * max_distance * size
    total = 0
    for place in range(size):
        step = np.int64(thumbnails[first, place]) - np.int64(thumbnails[second, place])
        total += step * step
        if total > limit:
            return False
    return True


@lean_kernel
def _find(parents: NDArray[np.int64], row: int) -> int:
    """Walk to the root, halving the path for those who come later."""
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row
