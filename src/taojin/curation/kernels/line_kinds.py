"""Kinds of lines that tell lists, cut-off text and interpreter sessions from prose."""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.curation.kernels.characters import decode_at
from taojin.curation.kernels.line_index import ends_with_ellipsis

BULLET = 1
"""A list item: • ‣ ▪ ◦ ●, or one of ``· * + – -`` and a space."""
ELLIPSIS = 2
"""Ends in three dots or the one character for them."""
DOCTEST = 4
"""A prompt of Python, IPython or a shell."""

_IN = np.frombuffer(b"In [", np.uint8)
_OUT = np.frombuffer(b"Out[", np.uint8)


@lean_kernel
def line_kinds(data: NDArray[np.uint8], start: int, end: int) -> int:
    """Give the kinds of a line without white space around it, bit by bit."""
    if start >= end:
        return 0
    kinds = ELLIPSIS if ends_with_ellipsis(data, start, end) else 0
    code, length = decode_at(data, start, end)
    after = start + length
    has_space = after < end and _is_plain_space(data[after])
    if _is_bullet(code, has_space):
        kinds |= BULLET
    elif code == 0x24 and has_space:
        kinds |= DOCTEST
    elif code in (0x3E, 0x2E) and _run_of_three(data, start, end):
        is_alone = start + 3 == end or _is_plain_space(data[start + 3])
        if code == 0x3E or is_alone:
            kinds |= DOCTEST
    elif _is_cell(data, start, end, _IN) or _is_cell(data, start, end, _OUT):
        kinds |= DOCTEST
    return kinds


@lean_kernel
def _is_bullet(code: int, has_space: bool) -> bool:  # noqa: FBT001  # numba knows no other
    if has_space and code in (0xB7, 0x2A, 0x2B, 0x2013, 0x2D):
        return True
    return code in (0x2022, 0x2023, 0x25AA, 0x25E6, 0x25CF)


@lean_kernel
def _is_plain_space(byte: int) -> bool:
    return byte == 0x20 or (0x09 <= byte <= 0x0D and byte != 0x0B)


@lean_kernel
def _run_of_three(data: NDArray[np.uint8], start: int, end: int) -> bool:
    if end - start < 3:
        return False
    return data[start] == data[start + 1] and data[start] == data[start + 2]


@lean_kernel
def _is_cell(
    data: NDArray[np.uint8], start: int, end: int, opening: NDArray[np.uint8]
) -> bool:
    """Tell whether a line starts with an opening, digits and a closing bracket."""
    for index in range(len(opening)):
        if start + index >= end or data[start + index] != opening[index]:
            return False
    position = start + len(opening)
    while position < end and 0x30 <= data[position] <= 0x39:
        position += 1
    has_digits = position > start + len(opening)
    return has_digits and position < end and data[position] == 0x5D
