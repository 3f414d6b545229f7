"""Cut a text into the pieces in which bytes are merged.

Pieces are what the expression of :mod:`taojin.features.tokenizer` matches; each of its
alternatives begins with another class of character, so one look decides which it is.
An invalid sequence of bytes is pieced as one-byte signs.
"""

from typing import Any

import numpy as np

from taojin.core.compilation import lean_kernel
from taojin.features.byte_pairs.compilation import (
    Bytes,
    inlined,
    load_word,
    trailing_zeros,
)

OTHER, LETTER, NUMBER, BLANK, LINE_END, SPACE = range(6)
"""Classes of characters: signs, letters, digits, the space, ``\\r`` and ``\\n``, and
all other white space."""

_HIGHS = np.uint64(0x8080_8080_8080_8080)
_CASES = np.uint64(0x2020_2020_2020_2020)
_FROM_A = np.uint64(0x1F1F_1F1F_1F1F_1F1F)
_PAST_Z = np.uint64(0x0505_0505_0505_0505)


@inlined
def _decode(data: Bytes, at: int, end: int) -> tuple[Any, int]:
    """Return the character at a place, and where the next one starts."""
    first = data[at]
    if first < 0x80:
        return np.int64(first), at + 1
    size = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    if first < 0xC2 or first > 0xF4 or at + size > end:
        return np.int64(0), at + 1
    point = np.int64(first) & (0x7F >> size)
    for index in range(at + 1, at + size):
        if data[index] & 0xC0 != 0x80:
            return np.int64(0), at + 1
        point = point << 6 | np.int64(data[index] & 0x3F)
    return (point if point < 0x110000 else np.int64(0)), at + size


@inlined
def _run_end(data: Bytes, at: int, end: int, classes: Bytes, wanted: int) -> int:
    """Return where a run of one class of character ends."""
    while at < end:
        if data[at] < 0x80:  # most are, and decoding them takes longer than this
            if classes[data[at]] != wanted:
                break
            at += 1
        else:
            point, following = _decode(data, at, end)
            if classes[point] != wanted:
                break
            at = following
    return at


@inlined
def _letters_end(data: Bytes, at: int, end: int, classes: Bytes) -> int:
    """Return where a run of letters ends; eight ASCII letters take one step."""
    while at + 8 <= end:
        word = load_word(data, at)
        small = (word | _CASES) & ~_HIGHS
        # The high bit of a byte tells: at least "a", and not past "z", and ASCII.
        is_letter = (small + _FROM_A) & ~(small + _PAST_Z) & ~word & _HIGHS
        others = is_letter ^ _HIGHS
        if others != 0:
            at += trailing_zeros(others) >> 3
            break
        at += 8
    return _run_end(data, at, end, classes, LETTER)


@lean_kernel
def _digits_end(data: Bytes, at: int, end: int, classes: Bytes, limit: int) -> int:
    """Return where a run of digits ends, after at most ``limit`` of them."""
    while at < end and limit > 0:
        point, following = _decode(data, at, end)
        if classes[point] != NUMBER:
            break
        at = following
        limit -= 1
    return at


@inlined
def _class_at(data: Bytes, at: int, end: int, classes: Bytes) -> Any:
    if at >= end:
        return -1
    return np.int64(classes[_decode(data, at, end)[0]])


@lean_kernel
def _signs_end(data: Bytes, at: int, end: int, classes: Bytes) -> int:
    at = _run_end(data, at, end, classes, OTHER)
    return _run_end(data, at, end, classes, LINE_END)


@lean_kernel
def _space_end(data: Bytes, at: int, end: int, classes: Bytes) -> int:
    """Return where white space ends, whose last character goes with what follows."""
    before, stop = at, at
    while stop < end:
        point, following = _decode(data, stop, end)
        if classes[point] < BLANK:
            # A sign follows: keep one character back, unless there is only one.
            return before if before > at else stop
        before, stop = stop, following
    return stop


@inlined
def piece_end(data: Bytes, at: int, end: int, classes: Bytes) -> int:
    """Return where the piece that starts at a place ends; it is not empty."""
    point, following = _decode(data, at, end)
    kind = classes[point]
    if kind <= LETTER or kind == BLANK:
        begin = at if kind == LETTER else following
        stop = _letters_end(data, begin, end, classes)
        if stop > begin:
            return stop
    if kind == NUMBER:
        return _digits_end(data, following, end, classes, 2)
    if kind == OTHER:
        return _signs_end(data, at, end, classes)
    if kind == BLANK:
        ahead = _class_at(data, following, end, classes)
        if ahead == NUMBER:
            return _digits_end(data, following, end, classes, 3)
        if ahead == OTHER:
            return _signs_end(data, following, end, classes)
    return _space_end(data, at, end, classes)
