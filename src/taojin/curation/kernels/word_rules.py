"""The English word rule over the code points of one run without white space.

First prefixes and suffixes are cut off until a special case or nothing is left to cut,
then the rest is split at infixes unless it is a special case or a web address. What
comes out still needs :mod:`taojin.curation.kernels.special_cases`.

Words partition their run, so each is given by where it ends.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.curation.kernels.english import (
    BEFORE_DOT,
    HYPHEN,
    INFIX,
    LETTER,
    LOWER,
    NUMBER_SUFFIX,
    PREFIX,
    PREFIX_STRING,
    QUOTE,
    SPECIAL_CASE,
    SUFFIX,
    SUFFIX_STRING,
    UPPER,
    EnglishTables,
    find_kinds,
    find_string,
    num_pieces,
    piece_end,
)
from taojin.curation.kernels.web_addresses import is_web_address

_LONGEST_AFFIX = 7
_LONGEST_HYPHEN = 3
_DOT, _PLUS, _COMMA, _HYPHEN, _ASTERISK, _CARET = (ord(mark) for mark in ".+,-*^")
_COLON, _LESS, _GREATER, _EQUALS, _SLASH = (ord(mark) for mark in ":<>=/")
_DEGREE, _F, _C, _K = (ord(mark) for mark in "°FCK")
_0, _9 = ord("0"), ord("9")


@lean_kernel
def split_run(
    codes: NDArray[np.int64],
    first: int,
    end: int,
    tables: EnglishTables,
    ends: NDArray[np.int64],
    num_ends: int,
) -> int:
    """Split ``codes[first:end]`` into words.

    Args:
        codes: Code points.
        first: Where the run starts.
        end: Where it ends; ``first`` for an empty one.
        tables: See :func:`~taojin.curation.kernels.english.english_tables`.
        ends: Where the words end, in positions of ``codes``; changed. Has room for a
            number for each code point of the run.
        num_ends: Numbers in ``ends`` so far; the words are appended.

    Returns:
        Numbers in ``ends``.
    """
    top = num_ends + end - first - 1  # ends of suffixes wait there, outermost first
    num_suffixes = 0
    size = 0
    while end - first not in (0, size) and not _is_special(codes, first, end, tables):
        size = end - first
        prefix = _prefix(codes, first, end, tables)
        if prefix == 0 or not _is_special(codes, first + prefix, end, tables):
            suffix = _suffix(codes, first + prefix, end, tables)
            if suffix and _is_special(codes, first, end - suffix, tables):
                prefix = 0
            if suffix:
                ends[top - num_suffixes] = end
                num_suffixes += 1
                end -= suffix
        if prefix:
            first += prefix
            ends[num_ends] = first
            num_ends += 1
    if first < end:
        num_ends = _split_rest(codes, first, end, tables, ends, num_ends)
    for waiting in range(top - num_suffixes + 1, top + 1):
        ends[num_ends] = ends[waiting]
        num_ends += 1
    return num_ends


@lean_kernel
def _split_rest(
    codes: NDArray[np.int64],
    first: int,
    end: int,
    tables: EnglishTables,
    ends: NDArray[np.int64],
    num_ends: int,
) -> int:
    """Split what has no affixes left; arguments as of :func:`split_run`."""
    if _is_special(codes, first, end, tables):
        row = find_string(codes, first, end, tables)
        for piece in range(num_pieces(row, tables)):
            ends[num_ends] = first + piece_end(row, piece, tables)
            num_ends += 1
        return num_ends
    if not is_web_address(codes, first, end, tables.classes):
        start = first
        position = first
        while position < end:
            infix = _infix(codes, first, position, end, tables)
            if infix and position > first:
                if position > start:
                    ends[num_ends] = position
                    num_ends += 1
                ends[num_ends] = position + infix
                num_ends += 1
                start = position + infix
            position += max(infix, 1)
        if start == end:
            return num_ends
    ends[num_ends] = end
    return num_ends + 1


@lean_kernel
def _is_special(
    codes: NDArray[np.int64], first: int, end: int, tables: EnglishTables
) -> bool:
    return find_kinds(codes, first, end, tables) & SPECIAL_CASE != 0


@lean_kernel
def _prefix(
    codes: NDArray[np.int64], first: int, end: int, tables: EnglishTables
) -> int:
    """Length of the prefix, 0 where there is none."""
    code = codes[first]
    if tables.classes[code] & PREFIX:
        return 1
    if code == _PLUS:
        return 0 if first + 1 < end and _is_digit(codes[first + 1]) else 1
    dots = first
    while dots < end and codes[dots] == _DOT:
        dots += 1
    if dots - first > 1:
        return dots - first
    for length in (2, 3):
        if first + length <= end:
            kinds = find_kinds(codes, first, first + length, tables)
            if kinds & PREFIX_STRING:
                return length
    return 0


@lean_kernel
def _suffix(
    codes: NDArray[np.int64], first: int, end: int, tables: EnglishTables
) -> int:
    """Length of the longest suffix, 0 where there is none."""
    if first >= end:
        return 0
    code = codes[end - 1]
    if code == _DOT:
        return _suffix_of_dots(codes, first, end, tables)
    for length in range(min(_LONGEST_AFFIX, end - first), 0, -1):
        start = end - length
        kinds = SUFFIX_STRING if length == 2 else 0  # the others are units
        if start > first and _is_digit(codes[start - 1]):
            kinds |= NUMBER_SUFFIX
        if kinds and find_kinds(codes, start, end, tables) & kinds:
            return length
    if tables.classes[code] & SUFFIX:
        return 1
    return 1 if code == _PLUS and end - first > 1 and _is_digit(codes[end - 2]) else 0


@lean_kernel
def _suffix_of_dots(
    codes: NDArray[np.int64], first: int, end: int, tables: EnglishTables
) -> int:
    start = end - 1
    while start > first and codes[start - 1] == _DOT:
        start -= 1
    if end - start > 1:
        return end - start
    if start == first:
        return 0
    before = tables.classes[codes[start - 1]]
    if before & BEFORE_DOT:
        return 1
    if start - first < 2:
        return 0
    if before & UPPER and tables.classes[codes[start - 2]] & UPPER:
        return 1
    is_unit = codes[start - 1] in (_F, _C, _K)
    return 1 if is_unit and codes[start - 2] == _DEGREE else 0


@lean_kernel
def _infix(
    codes: NDArray[np.int64],
    first: int,
    position: int,
    end: int,
    tables: EnglishTables,
) -> int:
    """Length of the infix at a position, 0 where there is none."""
    code = codes[position]
    if tables.classes[code] & INFIX:  # some are letters of the rule too
        return 1
    if tables.classes[code] & LETTER or _is_digit(code):
        return 0
    if code == _DOT:
        dots = position
        while dots < end and codes[dots] == _DOT:
            dots += 1
        if dots - position > 1:
            return dots - position
    if position == first or position + 1 == end:
        return 0
    return _infix_between(codes, position, end, tables)


@lean_kernel
def _infix_between(
    codes: NDArray[np.int64], position: int, end: int, tables: EnglishTables
) -> int:
    """Length of an infix that depends on the characters around it, 0 for none."""
    code, before, after = codes[position], codes[position - 1], codes[position + 1]
    class_before, class_after = tables.classes[before], tables.classes[after]
    is_after_digit = _is_digit(before)
    length = 0
    if (
        is_after_digit
        and code in (_PLUS, _HYPHEN, _ASTERISK, _CARET)
        and (_is_digit(after) or after == _HYPHEN)
    ):
        length = 1
    elif code == _DOT:
        if class_before & (LOWER | QUOTE) and class_after & (UPPER | QUOTE):
            length = 1
    elif code == _COMMA:
        if class_before & LETTER and class_after & LETTER:
            length = 1
    elif is_after_digit or class_before & LETTER:
        if code in (_COLON, _LESS, _GREATER, _EQUALS, _SLASH):
            length = 1 if class_after & LETTER else 0
        else:
            length = _hyphen(codes, position, end, tables)
    return length


@lean_kernel
def _hyphen(
    codes: NDArray[np.int64], position: int, end: int, tables: EnglishTables
) -> int:
    """Length of a hyphen that a letter follows, 0 where there is none."""
    for length in range(1, _LONGEST_HYPHEN + 1):
        after = position + length
        if (
            after < end
            and tables.classes[codes[after]] & LETTER
            and find_kinds(codes, position, after, tables) & HYPHEN
        ):
            return length
    return 0


@lean_kernel
def _is_digit(code: int) -> bool:
    return _0 <= code <= _9
