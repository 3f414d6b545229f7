"""Compiled loops over blocks of squared distances, each read once."""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import kernel


@kernel
def keep_nearest(
    squares: NDArray[np.float64], first: int, nearest: NDArray[np.float64]
) -> None:
    """Find the smallest distances of each row from other rows of the same set.

    Args:
        squares: ``[rows, items]``, squared distances.
        first: Which item the first row is; a row and itself are no neighbours.
        nearest: ``[rows, k]``, ascending; filled in place, infinite at the start.
    """
    last = nearest.shape[1] - 1
    for row in range(squares.shape[0]):
        for column in range(squares.shape[1]):
            square = squares[row, column]
            if square < nearest[row, last] and column != first + row:
                place = last
                while place > 0 and nearest[row, place - 1] > square:
                    nearest[row, place] = nearest[row, place - 1]
                    place -= 1
                nearest[row, place] = square


@kernel
def count_inside(
    squares: NDArray[np.float64],
    real_radii: NDArray[np.float64],
    own_radii: NDArray[np.float64],
    inside_real: NDArray[np.int64],
    is_recalled: NDArray[np.bool_],
    is_covered: NDArray[np.bool_],
) -> None:
    """Count which items lie in which neighbourhoods.

    Args:
        squares: ``[rows, items]``, squared distances of real rows from items.
        real_radii: ``[rows]``, squared.
        own_radii: ``[items]``, squared.
        inside_real: ``[items]``, grows by the real neighbourhoods an item is in.
        is_recalled: ``[rows]``, set where a real item is in one of an item.
        is_covered: ``[rows]``, set where an item is in that of the real item.
    """
    for row in range(squares.shape[0]):
        radius = real_radii[row]
        for column in range(squares.shape[1]):
            square = squares[row, column]
            if square < radius:
                inside_real[column] += 1
                is_covered[row] = True
            if square < own_radii[column]:
                is_recalled[row] = True
