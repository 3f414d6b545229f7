"""What the English word rule takes for a web address, and so for one word.

The language is that of spaCy's URL pattern: an optional scheme, an optional user, a
host (numbers or names), an optional port, an optional path. Matching looks at each
code point a bounded number of times.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.curation.kernels.english import (
    DECIMAL_DIGIT,
    HOST,
    LOWER,
    WORD_CHARACTER,
)

_MAX_LABEL = 64
_MAX_TOP_LEVEL = 63
_MIN_TOP_LEVEL = 2
_MAX_OCTET_DIGITS = 3
_MIN_PORT_DIGITS, _MAX_PORT_DIGITS = 2, 5

_DOT, _COLON, _SLASH, _AT = ord("."), ord(":"), ord("/"), ord("@")
_HYPHEN, _UNDERSCORE, _PLUS = ord("-"), ord("_"), ord("+")
_QUESTION, _NUMBER_SIGN = ord("?"), ord("#")
_0, _1, _2, _3, _4, _5, _9 = (ord(digit) for digit in "0123459")


@lean_kernel
def is_web_address(
    codes: NDArray[np.int64], first: int, end: int, classes: NDArray[np.uint16]
) -> bool:
    """Tell whether ``codes[first:end]``, without white space, is a web address."""
    if _is_host_onwards(codes, first, end, classes):
        return True
    start = _end_of_scheme(codes, first, end, classes)
    if start > first and _is_host_onwards(codes, start, end, classes):
        return True
    # A user is any text that ends in "@"; hosts have no "@", so no text is read twice.
    for position in range(first + 1, end):
        if codes[position] == _AT and _is_host_onwards(
            codes, position + 1, end, classes
        ):
            return True
    return False


@lean_kernel
def _end_of_scheme(
    codes: NDArray[np.int64], first: int, end: int, classes: NDArray[np.uint16]
) -> int:
    """Position after ``scheme://``; ``first`` where there is none."""
    position = first
    while position < end and (
        classes[codes[position]] & WORD_CHARACTER
        or codes[position] == _PLUS
        or codes[position] == _HYPHEN
        or codes[position] == _DOT
    ):
        position += 1
    if (
        position - first >= 2
        and position + 3 <= end
        and codes[position] == _COLON
        and codes[position + 1] == _SLASH
        and codes[position + 2] == _SLASH
    ):
        return position + 3
    return first


@lean_kernel
def _is_host_onwards(
    codes: NDArray[np.int64], first: int, end: int, classes: NDArray[np.uint16]
) -> bool:
    after = _end_of_numbers(codes, first, end, classes)
    if after > first and _is_port_and_path(codes, after, end, classes):
        return True
    start = first
    while True:
        after = _end_of_label(codes, start, end, classes)
        if after == start:
            return False
        start = after
        position = start
        while position < end and classes[codes[position]] & LOWER:
            position += 1
        if _MIN_TOP_LEVEL <= position - start <= _MAX_TOP_LEVEL and _is_port_and_path(
            codes, position, end, classes
        ):
            return True


@lean_kernel
def _end_of_label(
    codes: NDArray[np.int64], start: int, end: int, classes: NDArray[np.uint16]
) -> int:
    """Position after a label and its dot; ``start`` where there is none."""
    position = start
    while position < end and (
        classes[codes[position]] & HOST
        or codes[position] == _HYPHEN
        or codes[position] == _UNDERSCORE
    ):
        position += 1
    length = position - start
    if (
        1 <= length <= _MAX_LABEL
        and position < end
        and codes[position] == _DOT
        and classes[codes[start]] & HOST
        and classes[codes[position - 1]] & HOST
    ):
        return position + 1
    return start


@lean_kernel
def _is_port_and_path(
    codes: NDArray[np.int64], first: int, end: int, classes: NDArray[np.uint16]
) -> bool:
    position = first
    if position < end and codes[position] == _COLON:
        position += 1
        while position < end and classes[codes[position]] & DECIMAL_DIGIT:
            position += 1
        if not _MIN_PORT_DIGITS <= position - first - 1 <= _MAX_PORT_DIGITS:
            return False
    return position == end or (
        codes[position] == _SLASH
        or codes[position] == _QUESTION
        or codes[position] == _NUMBER_SIGN
    )


@lean_kernel
def _end_of_numbers(
    codes: NDArray[np.int64], first: int, end: int, classes: NDArray[np.uint16]
) -> int:
    """Position after four numbers of a public address; ``first`` if there are none."""
    position = first
    is_private = False
    start_of_first = first
    for octet in range(4):
        start = position
        while position < end and classes[codes[position]] & DECIMAL_DIGIT:
            position += 1
        length = position - start
        if not 1 <= length <= _MAX_OCTET_DIGITS:
            return first
        if octet in (0, 3):
            highest = 223 if octet == 0 else 254
            if not _is_outer_octet(codes, start, length, highest):
                return first
        elif not _is_inner_octet(codes, start, length):
            return first
        if octet == 1:
            is_private = _is_private(codes, start_of_first, start, position)
        if octet < 3:
            if position == end or codes[position] != _DOT:
                return first
            position += 1
    return first if is_private else position


@lean_kernel
def _is_outer_octet(
    codes: NDArray[np.int64], start: int, length: int, highest: int
) -> bool:
    """First or last number: no zero in front, at most 223 or 254.

    Digits beyond ASCII are allowed where the pattern asks for any digit.
    """
    first = codes[start]
    if length < 3:
        return _1 <= first <= _9
    second, third = codes[start + 1], codes[start + 2]
    if first == _1:
        return True
    if first != _2:
        return False
    if highest == 223:
        return second in (_0, _1) or (second == _2 and _0 <= third <= _3)
    return _0 <= second <= _4 or (second == _5 and _0 <= third <= _4)


@lean_kernel
def _is_inner_octet(codes: NDArray[np.int64], start: int, length: int) -> bool:
    first = codes[start]
    if length < 3 or first == _1:
        return True
    if first != _2:
        return False
    second, third = codes[start + 1], codes[start + 2]
    return _0 <= second <= _4 or (second == _5 and _0 <= third <= _5)


@lean_kernel
def _is_private(codes: NDArray[np.int64], first: int, second: int, end: int) -> bool:
    """Tell by its first two numbers whether an address is private or local."""
    network = _number(codes, first, second - 1)
    subnet = _number(codes, second, end)
    if network in (10, 127):
        return True
    if network == 169:
        return subnet == 254
    if network == 192:
        return subnet == 168
    if network != 172:
        return False
    return 16 <= subnet <= 31 or (end - second == 2 and codes[second] == _2)


@lean_kernel
def _number(codes: NDArray[np.int64], first: int, end: int) -> int:
    """Value of ASCII digits; -1 where there are others."""
    value = 0
    for position in range(first, end):
        if not _0 <= codes[position] <= _9:
            return -1
        value = 10 * value + codes[position] - _0
    return value
