"""Characters as kernels see them: UTF-8 decoded in place, and a table of classes.

The classes of a code point are bits of one number, looked up in the table that
:func:`character_classes` makes of the interpreter's Unicode data; scripts come from
Unicode's Scripts property (version 15.1).
"""

import sys
import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel

ALPHA = 1 << 0
"""A letter: ``str.isalpha``."""
DECIMAL = 1 << 1
"""A digit of a decimal number: ``str.isdecimal``."""
DIGIT = 1 << 2
"""A digit, superscripts and the like included: ``str.isdigit``."""
NUMERIC = 1 << 3
"""Anything that has a numeric value: ``str.isnumeric``."""
UPPER = 1 << 4
"""An upper-case letter: ``str.isupper``."""
LOWER = 1 << 5
"""A lower-case letter: ``str.islower``."""
SPACE = 1 << 6
"""White space: ``str.isspace``."""
PUNCTUATION = 1 << 7
"""General category P."""
SYMBOL = 1 << 8
"""General category S."""
MARK = 1 << 9
"""A combining mark: general category M."""
CONTROL = 1 << 10
"""General category Cc."""
HAN = 1 << 11
"""Script Han."""
KANA = 1 << 12
"""Scripts Hiragana and Katakana."""
HANGUL = 1 << 13
"""Script Hangul."""
UNSPACED = 1 << 14
"""A script without spaces between words: Han, kana, Thai, Lao, Khmer, Myanmar."""

ALPHANUMERIC = ALPHA | DECIMAL | DIGIT | NUMERIC
"""Any of these: ``str.isalnum``; with the underscore, what regular expressions call
a word character."""

INVALID = 0xFFFD
"""Code point that stands for a byte that is no part of a UTF-8 sequence."""

NUM_CODE_POINTS = sys.maxunicode + 1

_HAN = (
    (0x2E80, 0x2E99), (0x2E9B, 0x2EF3), (0x2F00, 0x2FD5), (0x3005, 0x3005),
    (0x3007, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFA6D), (0xFA70, 0xFAD9), (0x16FE2, 0x16FE3),
    (0x16FF0, 0x16FF1), (0x20000, 0x2A6DF), (0x2A700, 0x2B739), (0x2B740, 0x2B81D),
    (0x2B820, 0x2CEA1), (0x2CEB0, 0x2EBE0), (0x2EBF0, 0x2EE5D), (0x2F800, 0x2FA1D),
    (0x30000, 0x3134A), (0x31350, 0x323AF),
)  # fmt: skip
_KANA = (
    (0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FD, 0x30FF),
    (0x31F0, 0x31FF), (0x32D0, 0x32FE), (0x3300, 0x3357), (0xFF66, 0xFF6F),
    (0xFF71, 0xFF9D), (0x1AFF0, 0x1AFF3), (0x1AFF5, 0x1AFFB), (0x1AFFD, 0x1AFFE),
    (0x1B000, 0x1B122), (0x1B132, 0x1B132), (0x1B150, 0x1B152), (0x1B155, 0x1B155),
    (0x1B164, 0x1B167), (0x1F200, 0x1F200),
)  # fmt: skip
_HANGUL = (
    (0x1100, 0x11FF), (0x302E, 0x302F), (0x3131, 0x318E), (0x3200, 0x321E),
    (0x3260, 0x327E), (0xA960, 0xA97C), (0xAC00, 0xD7A3), (0xD7B0, 0xD7C6),
    (0xD7CB, 0xD7FB), (0xFFA0, 0xFFBE), (0xFFC2, 0xFFC7), (0xFFCA, 0xFFCF),
    (0xFFD2, 0xFFD7), (0xFFDA, 0xFFDC),
)  # fmt: skip
_SOUTH_EAST_ASIAN = (
    (0x0E01, 0x0E3A), (0x0E40, 0x0E5B), (0x0E81, 0x0E82), (0x0E84, 0x0E84),
    (0x0E86, 0x0E8A), (0x0E8C, 0x0EA3), (0x0EA5, 0x0EA5), (0x0EA7, 0x0EBD),
    (0x0EC0, 0x0EC4), (0x0EC6, 0x0EC6), (0x0EC8, 0x0ECE), (0x0ED0, 0x0ED9),
    (0x0EDC, 0x0EDF), (0x1000, 0x109F), (0x1780, 0x17DD), (0x17E0, 0x17E9),
    (0x17F0, 0x17F9), (0x19E0, 0x19FF), (0xA9E0, 0xA9FE), (0xAA60, 0xAA7F),
)  # fmt: skip

# Beyond these there are letters and unassigned code points only.
_CATEGORIES_WITHIN = ((0, 0x20000), (0xE0000, 0xE0200))
_CATEGORY_BITS = {"P": PUNCTUATION, "S": SYMBOL, "M": MARK}


@cache
def character_classes() -> NDArray[np.uint16]:
    """Make the table of classes: the bits of every code point, ``ALPHA`` and so on.

    Made once a process in about 0.1 seconds; read-only. Kernels get it as an argument.
    """
    characters = np.arange(NUM_CODE_POINTS, dtype=np.uint32).view("U1")
    classes = np.zeros(NUM_CODE_POINTS, dtype=np.uint16)
    for bit, has in (
        (ALPHA, np.strings.isalpha),
        (DECIMAL, np.strings.isdecimal),
        (DIGIT, np.strings.isdigit),
        (NUMERIC, np.strings.isnumeric),
        (UPPER, np.strings.isupper),
        (LOWER, np.strings.islower),
        (SPACE, np.strings.isspace),
    ):
        classes[has(characters)] |= bit
    for first, end in _CATEGORIES_WITHIN:
        for code in range(first, end):
            category = unicodedata.category(chr(code))
            bits = _CATEGORY_BITS.get(category[0], 0)
            if bits or category == "Cc":
                classes[code] |= bits or CONTROL
    for bits, ranges in (
        (HAN | UNSPACED, _HAN),
        (KANA | UNSPACED, _KANA),
        (HANGUL, _HANGUL),
        (UNSPACED, _SOUTH_EAST_ASIAN),
    ):
        for first, last in ranges:
            classes[first : last + 1] |= bits
    classes.flags.writeable = False
    return classes


@lean_kernel
def decode_at(data: NDArray[np.uint8], position: int, end: int) -> tuple[int, int]:
    """Read the code point that starts at a byte.

    Args:
        data: UTF-8 bytes, valid or not.
        position: Byte to start at; below ``end``.
        end: Where the text ends; nothing from there on is read.

    Returns:
        Code point and its length in bytes; :data:`INVALID` and 1 where the bytes
        there are not UTF-8.
    """
    first = data[position]
    if first < 0x80:
        return first, 1
    length, code = 0, 0
    if 0xC2 <= first < 0xE0:
        length, code = 2, first & 0x1F
    elif 0xE0 <= first < 0xF0:
        length, code = 3, first & 0x0F
    elif 0xF0 <= first < 0xF5:
        length, code = 4, first & 0x07
    if length == 0 or position + length > end:
        return INVALID, 1
    for step in range(1, length):
        following = data[position + step]
        if following & 0xC0 != 0x80:
            return INVALID, 1
        code = (code << 6) | (following & 0x3F)
    is_overlong = (length == 3 and code < 0x800) or (length == 4 and code < 0x10000)
    if is_overlong or code >= NUM_CODE_POINTS or 0xD800 <= code < 0xE000:
        return INVALID, 1
    return code, length


@lean_kernel
def is_space(code: int) -> bool:
    """Tell whether a code point is white space, as ``str.isspace`` does."""
    if code < 0x80:
        return code == 0x20 or 0x09 <= code <= 0x0D or 0x1C <= code <= 0x1F
    if code < 0x1680:
        return code in (0x85, 0xA0)
    if code < 0x2000:
        return code == 0x1680
    return code <= 0x200A or code in (0x2028, 0x2029, 0x202F, 0x205F, 0x3000)


@lean_kernel
def space_at(data: NDArray[np.uint8], position: int, end: int) -> int:
    """Length in bytes of the white-space character at a byte, 0 for any other one."""
    byte = data[position]
    if byte <= 0x20:
        return 1 if is_space(byte) else 0
    if byte < 0xC2 or byte > 0xE3:  # what white space beyond ASCII starts with
        return 0
    code, length = decode_at(data, position, end)
    return length if is_space(code) else 0
