"""64-bit hashes.

Those of bytes tell equal pieces of one document. They are not for storage: nothing
outside the process may depend on the values.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(32)
_FINISH_1, _FINISH_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@lean_kernel
def mix(state: np.uint64, value: np.uint64) -> np.uint64:
    """Take a value into a hash; for one state, different values stay different."""
    mixed = (state ^ value) * _MULTIPLIER
    return mixed ^ (mixed >> _SHIFT)


@lean_kernel
def hash_bytes(data: NDArray[np.uint8], start: int, end: int) -> np.uint64:
    """Hash ``data[start:end]``, eight bytes a step."""
    state = np.uint64(end - start)
    position = start
    while position + 8 <= end:
        value = np.uint64(0)
        for step in range(8):
            value |= np.uint64(data[position + step]) << np.uint64(8 * step)
        state = mix(state, value)
        position += 8
    value = np.uint64(0)
    while position < end:
        value = (value << np.uint64(8)) | np.uint64(data[position])
        position += 1
    return mix(state, value)


@lean_kernel
def finish(value: np.uint64) -> np.uint64:
    """Mix all bits at the end of a hash (splitmix64, Steele et al. 2014)."""
    value = (value ^ (value >> np.uint64(30))) * _FINISH_1
    value = (value ^ (value >> np.uint64(27))) * _FINISH_2
    return value ^ (value >> np.uint64(31))
