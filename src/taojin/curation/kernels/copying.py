"""Bytes and rows, copied to where there is room for them."""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import kernel, lean_kernel


@lean_kernel
def copy_bytes(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    output: NDArray[np.uint8],
    written: int,
) -> int:
    """Copy ``data[start:end]`` to ``output[written:]``.

    Within one array, only to a place before them.

    Returns:
        Where the copy ends.
    """
    for position in range(start, end):
        output[written] = data[position]
        written += 1
    return written


@kernel
def doubled(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Copy a full table of numbers to one that has room for twice as many rows."""
    wider = np.empty((2 * len(rows), rows.shape[1]), np.int64)
    for row in range(len(rows)):
        for column in range(rows.shape[1]):
            wider[row, column] = rows[row, column]
    return wider
