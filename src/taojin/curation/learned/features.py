"""Hashed n-grams of characters and of words, straight from UTF-8 bytes.

The features of linear text models (feature hashing: Weinberger et al. 2009; n-grams of
words and of characters in a linear model: Joulin et al. 2017). A text becomes a stream
of symbols: letters in lower case, digits alike, white space as one space, each other
mark as itself. Bytes that are no UTF-8 count as marks.
"""

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import ZERO, lean_kernel

SPACE, LETTER, IDEOGRAPH, MARK = 0, 1, 2, 3
"""Classes of symbols; an ideograph (Han, kana) is a word by itself."""

FEATURES_A_BYTE = 4
"""No kernel here lists more; a byte-long text may have a few on top."""
SPARE_FEATURES = 16

_TABLE_SIZE = 0x10000
_CLASS_SHIFT = 24
_CODE_MASK = (1 << _CLASS_SHIFT) - 1
_IDEOGRAPHS = ((0x3041, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))
_BLANK, _DIGIT = ord(" "), ord("0")
_PICTURE = 1
"""The symbol of emoji and the like, and of bytes that are no UTF-8."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_CHAIN = np.uint64(0xC2B2AE3D27D4EB4F)
_INSIDE = np.uint64(0x165667B19E3779F9)
_NONE = np.uint64(0)
_MIX = np.uint64(29)


@cache
def symbol_table() -> NDArray[np.int32]:
    """Make the symbol and class of each code point below 65,536; int32[65536]."""
    return np.array([_classed(chr(code)) for code in range(_TABLE_SIZE)], np.int32)


def _classed(char: str) -> int:
    code = ord(char)
    if char.isspace() or code < _BLANK:
        return SPACE << _CLASS_SHIFT | _BLANK
    if char.isdigit():
        return LETTER << _CLASS_SHIFT | _DIGIT
    if any(low <= code <= high for low, high in _IDEOGRAPHS):
        return IDEOGRAPH << _CLASS_SHIFT | code
    # Marks above Latin letters and vowels of India and Thailand belong to words.
    if char.isalnum() or unicodedata.category(char) in ("Mn", "Mc"):
        return LETTER << _CLASS_SHIFT | ord(char.lower()[0])
    return MARK << _CLASS_SHIFT | code


@lean_kernel
def char_ngrams(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    table: NDArray[np.int32],
    bits: int,
    found: NDArray[np.int32],
) -> tuple[int, int]:
    """List the n-grams of 1 to 4 characters that cross no space inside.

    A space may begin or end one, so that ends of words are told from middles.

    Args:
        data: UTF-8 bytes.
        start: Where the text starts.
        end: Where it ends.
        table: :func:`symbol_table`.
        bits: Of a bucket, 1 to 31.
        found: Filled with buckets, in [0, 2^bits); room for ``FEATURES_A_BYTE`` a
            byte and ``SPARE_FEATURES``.

    Returns:
        How many there are, and how many letters (ideographs too, no digits) there are.
    """
    shift = np.uint64(64 - bits)
    count, num_letters, at, last = ZERO, 0, start, _BLANK
    # Hashes of the 1, 2, 3 symbols before; a text begins and ends like a word.
    h1, h2, h3 = np.uint64(_BLANK + 1) * _MULTIPLIER, _NONE, _NONE
    while at <= end:
        symbol, width = _BLANK, 1
        if at < end:
            symbol, width = next_symbol(data, at, end, table)
        at += width
        code, kind = symbol & _CODE_MASK, symbol >> _CLASS_SHIFT
        if code == last and code in (_BLANK, _DIGIT):
            continue
        last = code
        num_letters += (kind == LETTER and code != _DIGIT) or kind == IDEOGRAPH
        one = np.uint64(code + 1) * _MULTIPLIER
        if code != _BLANK:
            count = _put(found, count, one, shift)
        two, three = (h1 * _CHAIN) ^ one, _NONE
        count = _put(found, count, two, shift)
        if h2 != _NONE:
            three = (h2 * _CHAIN) ^ one
            count = _put(found, count, three, shift)
        if h3 != _NONE:
            count = _put(found, count, (h3 * _CHAIN) ^ one, shift)
        h1, h2, h3 = one, two, three
        if code == _BLANK:
            h2, h3 = _NONE, _NONE
    return count, num_letters


@lean_kernel
def word_ngrams(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    table: NDArray[np.int32],
    bits: int,
    found: NDArray[np.int32],
) -> tuple[int, int]:
    """List the runs of 1 to 3 words, and the runs of 4 characters inside words.

    An ideograph or a mark is a word by itself; a mark that follows its like is left
    out, so that rules and boxes of marks weigh little.

    Args:
        data: UTF-8 bytes.
        start: Where the text starts.
        end: Where it ends.
        table: :func:`symbol_table`.
        bits: Of a bucket, 1 to 31.
        found: Filled with buckets, in [0, 2^bits); room for ``FEATURES_A_BYTE`` a
            byte and ``SPARE_FEATURES``.

    Returns:
        How many there are, and how many words there are.
    """
    shift = np.uint64(64 - bits)
    count, num_words, at = ZERO, 0, start
    before, two_before, last_mark = _NONE, _NONE, -1
    while at < end:
        symbol, width = next_symbol(data, at, end, table)
        kind = symbol >> _CLASS_SHIFT
        word = np.uint64((symbol & _CODE_MASK) + 1) * _MULTIPLIER
        at += width
        if kind == SPACE or symbol == last_mark:
            continue
        last_mark = symbol if kind == MARK else -1
        if kind == LETTER:
            at, word, count = _finish_word(
                data, at, end, table, word, shift, found, count
            )
        count = _put(found, count, word, shift)
        pair = _NONE
        if before != _NONE:
            pair = (before * _CHAIN) ^ word
            count = _put(found, count, pair, shift)
        if two_before != _NONE:
            count = _put(found, count, (two_before * _CHAIN) ^ word, shift)
        before, two_before = word, pair
        num_words += 1
    return count, num_words


@lean_kernel
def _finish_word(  # noqa: PLR0913, PLR0917 - the state of the loop that it is a part of
    data: NDArray[np.uint8],
    at: int,
    end: int,
    table: NDArray[np.int32],
    word: np.uint64,
    shift: np.uint64,
    found: NDArray[np.int32],
    count: int,
) -> tuple[int, np.uint64, int]:
    """Read on to the end of a word; list its runs of four characters on the way."""
    g1, g2, g3 = word ^ _INSIDE, _NONE, _NONE
    while at < end:
        symbol, width = next_symbol(data, at, end, table)
        if symbol >> _CLASS_SHIFT != LETTER:
            break
        at += width
        one = np.uint64((symbol & _CODE_MASK) + 1) * _MULTIPLIER
        word = (word * _CHAIN) ^ one
        if g3 != _NONE:
            count = _put(found, count, (g3 * _CHAIN) ^ one, shift)
        g3 = (g2 * _CHAIN) ^ one if g2 != _NONE else _NONE
        g2 = (g1 * _CHAIN) ^ one
        g1 = one ^ _INSIDE
    return at, word, count


@lean_kernel
def next_symbol(
    data: NDArray[np.uint8], at: int, end: int, table: NDArray[np.int32]
) -> tuple[int, int]:
    """Read a symbol with its class, and how many bytes it took: 1 to 4."""
    first = int(data[at])
    if first < 0x80:
        return int(table[first]), 1
    if first >= 0xF0 and at + 3 < end:
        code = (first & 7) << 18 | _tail(data, at + 1) << 12
        code |= _tail(data, at + 2) << 6 | _tail(data, at + 3)
        if 0x20000 <= code < 0x40000:
            return IDEOGRAPH << _CLASS_SHIFT | code, 4
        return MARK << _CLASS_SHIFT | _PICTURE, 4
    if first >= 0xE0 and at + 2 < end:
        code = (first & 15) << 12 | _tail(data, at + 1) << 6 | _tail(data, at + 2)
        return int(table[code]), 3
    if first >= 0xC0 and at + 1 < end:
        return int(table[(first & 31) << 6 | _tail(data, at + 1)]), 2
    return MARK << _CLASS_SHIFT | _PICTURE, 1


@lean_kernel
def _tail(data: NDArray[np.uint8], at: int) -> int:
    return int(data[at]) & 63


@lean_kernel
def _put(
    found: NDArray[np.int32], count: int, hashed: np.uint64, shift: np.uint64
) -> int:
    """Add the bucket of a hash to a list."""
    found[count] = np.int32(((hashed ^ (hashed >> _MIX)) * _MULTIPLIER) >> shift)
    return count + 1
