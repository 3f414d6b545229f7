"""Connected components: who is a copy of whom, through any number of others."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel

Edges = NDArray[np.int64]
"""Pairs of rows that are copies, shape (number, 2)."""


def connect(labels: NDArray[np.int64], chunks: Iterable[Edges]) -> NDArray[np.int64]:
    """Join components by edges; the order of the edges does not matter.

    Args:
        labels: The lowest row of the component of each row; all different to start
            from single rows. Not changed.
        chunks: Edges, read one chunk after another.

    Returns:
        The lowest row that each row is connected to.
    """
    parents = labels.copy()
    for edges in chunks:
        _unite(parents, edges)
    _flatten(parents)
    return parents


def in_company(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the rows whose component has other rows too."""
    moved = labels != np.arange(len(labels))
    marked = moved.copy()
    marked[labels[moved]] = True
    return marked


@lean_kernel
def _unite(parents: NDArray[np.int64], edges: Edges) -> None:
    for index in range(len(edges)):
        left = _find(parents, edges[index, 0])
        right = _find(parents, edges[index, 1])
        parents[max(left, right)] = min(left, right)


@lean_kernel
def _find(parents: NDArray[np.int64], row: int) -> int:
    """Walk to the root, halving the path for those who come later."""
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row


@lean_kernel
def _flatten(parents: NDArray[np.int64]) -> None:
    """Point each row at its root; a parent is never a later row than its child."""
    for row in range(len(parents)):
        parents[row] = parents[parents[row]]
