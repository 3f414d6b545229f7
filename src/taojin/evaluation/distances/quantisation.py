"""Features as numbers of buckets: k-means whose result depends on its input alone."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from taojin.evaluation.distances.draws import Rows

_MAX_STEPS = 100


def quantise(
    rows: Rows, num_buckets: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Put rows into buckets by Lloyd's algorithm; k-means++ starts it.

    One thread computes it in a fixed order, unlike those of libraries, so that the
    same rows always give the same buckets.

    Args:
        rows: ``[n, dims]``.
        num_buckets: At most so many are used.
        random: Chooses the first centres.

    Returns:
        Bucket of each row, ``[n]``.
    """
    centres = _first_centres(rows, num_buckets, random)
    squares = (rows**2).sum(axis=1)
    buckets = np.full(len(rows), -1)
    row_ends = np.arange(len(rows) + 1)
    members = sparse.csr_array(
        (np.ones(len(rows)), np.zeros(len(rows), np.int64), row_ends),
        shape=(len(rows), len(centres)),
    )
    for _ in range(_MAX_STEPS):
        distances = (centres**2).sum(axis=1) - 2.0 * (rows @ centres.T)
        nearest = distances.argmin(axis=1)
        if np.array_equal(nearest, buckets):
            break
        buckets = nearest
        counts = np.bincount(buckets, minlength=len(centres))
        members.indices = buckets
        centres = (members.T @ rows) / np.maximum(counts, 1)[:, None]
        empty = np.flatnonzero(counts == 0)
        if len(empty):  # they restart at the rows that are worst off
            loss = squares + distances[np.arange(len(rows)), buckets]
            centres[empty] = rows[np.argsort(-loss, kind="stable")[: len(empty)]]
    return buckets


def _first_centres(rows: Rows, num_buckets: int, random: np.random.Generator) -> Rows:
    """Draw centres that lie apart (Arthur and Vassilvitskii 2007)."""
    chosen = [int(random.integers(len(rows)))]
    squares = (rows**2).sum(axis=1)
    nearest = np.full(len(rows), np.inf)
    while len(chosen) < num_buckets:
        last = chosen[-1]
        distances = squares - 2.0 * (rows @ rows[last]) + squares[last]
        nearest = np.minimum(nearest, distances.clip(min=0.0))
        nearest[last] = 0.0
        total = nearest.cumsum()
        if total[-1] <= 0.0:
            break
        chosen.append(int(np.searchsorted(total, random.random() * total[-1], "right")))
    return rows[chosen]
