"""Products of eight-bit integers, compiled: a row of states with a weight matrix.

For a few rows this reads the weights at the speed of memory. Sums are exact, so they do
not depend on their order, and a row's result not on the rows beside it.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel

LARGEST = 127
"""Of the integers; -128 is not used, so that signs are alike."""

_SMALLEST = np.float32(1e-30)
_LARGEST = np.float32(LARGEST)
_HALF = np.float32(0.5)


@lean_kernel
def round_rows(
    states: NDArray[np.float32], whole: NDArray[np.int8], scales: NDArray[np.float32]
) -> None:
    """Round each row to integers, the largest of which is 127.

    Args:
        states: ``[rows, width]``.
        whole: Receives the integers, the same shape.
        scales: Receives what the integers of each row are multiples of, ``[rows]``.
    """
    for row in range(states.shape[0]):
        largest = _SMALLEST
        for column in range(states.shape[1]):
            largest = max(largest, abs(states[row, column]))
        factor = _LARGEST / largest
        for column in range(states.shape[1]):
            whole[row, column] = np.int8(np.floor(states[row, column] * factor + _HALF))
        scales[row] = largest / _LARGEST


@lean_kernel
def multiply(
    states: NDArray[np.float32],
    weight: NDArray[np.int8],
    weight_scales: NDArray[np.float32],
    whole: NDArray[np.int8],
    scales: NDArray[np.float32],
    product: NDArray[np.float32],
) -> None:
    """Round rows of states and multiply them by a matrix of integers.

    Args:
        states: ``[rows, inputs]``.
        weight: ``[outputs, inputs]``.
        weight_scales: What those of each output are multiples of, ``[outputs]``.
        whole: Receives the rounded states, ``[rows, inputs]``.
        scales: Receives what they are multiples of, ``[rows]``.
        product: Receives the result, ``[rows, outputs]``.
    """
    num_rows = states.shape[0]
    round_rows(states, whole, scales)
    for output in range(weight.shape[0]):
        for row in range(num_rows):
            total = np.int32(0)
            for column in range(weight.shape[1]):
                # All in 32 bits, or the loop is not turned into vectors.
                one = np.int32(weight[output, column]) * np.int32(whole[row, column])
                total = np.int32(total + one)
            product[row, output] = np.float32(total) * weight_scales[output]
    for row in range(num_rows):
        for output in range(weight.shape[0]):
            product[row, output] *= scales[row]
