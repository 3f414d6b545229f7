"""The 64-bit xxHash of a run of bytes (Collet 2012, XXH64)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from taojin.core.compilation import kernel, lean_kernel


def _reader(width: Any) -> Callable[..., Any]:
    """Make a function that reads bytes as one number, the lowest byte first.

    One load, wherever it starts; the compiler finds none in a loop over bytes.
    """

    @intrinsic
    def read(_context: Any, data: Any, position: Any) -> Any:
        return types.uint64(data, position), generate

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = builder.gep(array.data, [arguments[1]])
        pointer = context.get_value_type(width).as_pointer()
        loaded = builder.load(builder.bitcast(address, pointer), align=1)
        return builder.zext(loaded, context.get_value_type(types.uint64))

    return read


_read_64 = _reader(types.uint64)
_read_32 = _reader(types.uint32)
_PRIME_1 = np.uint64(0x9E3779B185EBCA87)
_PRIME_2 = np.uint64(0xC2B2AE3D27D4EB4F)
_PRIME_3 = np.uint64(0x165667B19E3779F9)
_PRIME_4 = np.uint64(0x85EBCA77C2B2AE63)
_PRIME_5 = np.uint64(0x27D4EB2F165667C5)
_BYTE = np.uint64(8)
_WORD = np.uint64(64)


@lean_kernel
def xxh64(data: NDArray[np.uint8], first: int, end: int, seed: np.uint64) -> np.uint64:
    """Hash the bytes ``data[first:end]``; ``first`` may equal ``end``."""
    size = end - first
    position = first
    if size >= 32:
        one = seed + _PRIME_1 + _PRIME_2
        two = seed + _PRIME_2
        three = seed
        four = seed - _PRIME_1
        while position + 32 <= end:
            one = _round(one, _read_64(data, position))
            two = _round(two, _read_64(data, position + 8))
            three = _round(three, _read_64(data, position + 16))
            four = _round(four, _read_64(data, position + 24))
            position += 32
        value = _rotate(one, np.uint64(1)) + _rotate(two, np.uint64(7))
        value += _rotate(three, np.uint64(12)) + _rotate(four, np.uint64(18))
        value = _merge(value, one)
        value = _merge(value, two)
        value = _merge(value, three)
        value = _merge(value, four)
    else:
        value = seed + _PRIME_5
    return _finish(data, position, end, value + np.uint64(size))


@kernel
def hash_slices(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], seed: np.uint64
) -> NDArray[np.uint64]:
    """Hash each text of a batch, ``data[offsets[i]:offsets[i + 1]]``."""
    hashes = np.empty(len(offsets) - 1, dtype=np.uint64)
    for index in range(len(hashes)):
        hashes[index] = xxh64(data, offsets[index], offsets[index + 1], seed)
    return hashes


@lean_kernel
def _finish(
    data: NDArray[np.uint8], position: int, end: int, value: np.uint64
) -> np.uint64:
    """Mix in the up to 31 bytes that fill no stripe, then let every bit avalanche."""
    while position + 8 <= end:
        value ^= _round(np.uint64(0), _read_64(data, position))
        value = _rotate(value, np.uint64(27)) * _PRIME_1 + _PRIME_4
        position += 8
    if position + 4 <= end:
        value ^= _read_32(data, position) * _PRIME_1
        value = _rotate(value, np.uint64(23)) * _PRIME_2 + _PRIME_3
        position += 4
    while position < end:
        value ^= np.uint64(data[position]) * _PRIME_5
        value = _rotate(value, np.uint64(11)) * _PRIME_1
        position += 1
    value = (value ^ (value >> np.uint64(33))) * _PRIME_2
    value = (value ^ (value >> np.uint64(29))) * _PRIME_3
    return value ^ (value >> np.uint64(32))


@lean_kernel
def _round(accumulator: np.uint64, lane: np.uint64) -> np.uint64:
    return _rotate(accumulator + lane * _PRIME_2, np.uint64(31)) * _PRIME_1


@lean_kernel
def _merge(value: np.uint64, accumulator: np.uint64) -> np.uint64:
    return (value ^ _round(np.uint64(0), accumulator)) * _PRIME_1 + _PRIME_4


@lean_kernel
def _rotate(value: np.uint64, bits: np.uint64) -> np.uint64:
    return (value << bits) | (value >> (_WORD - bits))
