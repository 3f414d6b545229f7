"""Plain words: what two texts have in common whatever their case and punctuation.

A plain word is a run of letters, digits and combining marks in folded case; full-width
forms count as the usual ones, and an apostrophe within a word does not count
("don't" is "dont"). In a script that has no spaces between words (Chinese,
Japanese, Thai, ...) each character is a word. White space, punctuation and symbols
only part words.
"""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.core.text_buffers import TextBuffers
from taojin.curation.kernels.characters import (
    ALPHA,
    ALPHANUMERIC,
    MARK,
    NUM_CODE_POINTS,
    UNSPACED,
    UPPER,
    character_classes,
    decode_at,
)
from taojin.curation.kernels.hashing import finish

FOLDED = (1 << 21) - 1
"""Bits of a word code that hold the folded code point."""
ALONE = 1 << 21
"""Bit of a word code: the character is a word of its own."""
LETTER = 1 << 22
"""Bit of a word code: the character is a letter."""

_FULL_WIDTH = ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
_FULL_WIDTH_SHIFT = 0xFEE0
_VARIATION_SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))  # marks without meaning

_APOSTROPHE = 0x27
_CURLY_APOSTROPHE = 0x2019

_SEED = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)


class PlainWords(NamedTuple):
    """Words of a batch of texts.

    Attributes:
        offsets: Words of text t are ``offsets[t]`` to ``offsets[t + 1]``.
        starts: Byte at which a word starts, counted in the batch.
        ends: Byte after a word.
        hashes: Hash of the folded word; equal words have equal hashes.
        alone: Words of each text that are single characters of unspaced scripts.
    """

    offsets: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    alone: NDArray[np.int64]


@cache
def word_codes() -> NDArray[np.int32]:
    """Make the table of word codes: 0 for a code point that is no part of a word.

    Others have the folded code point in the bits of :data:`FOLDED`, and the bits
    :data:`ALONE` and :data:`LETTER`. Made once a process; read-only.
    """
    classes = character_classes()
    codes = np.arange(NUM_CODE_POINTS, dtype=np.int32)
    for code in np.flatnonzero(classes & (UPPER | ALPHA)):
        character = chr(code)
        if len(folded := character.casefold()) > 1:  # "ß" stays, as in "straße"
            folded = character.lower()[0]
        codes[code] = ord(folded)
    codes[(classes & UNSPACED) > 0] |= ALONE
    codes[(classes & ALPHA) > 0] |= LETTER
    codes[(classes & (ALPHANUMERIC | MARK)) == 0] = 0
    for first, last in _FULL_WIDTH:
        usual = slice(first - _FULL_WIDTH_SHIFT, last - _FULL_WIDTH_SHIFT + 1)
        codes[first : last + 1] = codes[usual]
    for first, last in _VARIATION_SELECTORS:
        codes[first : last + 1] = 0
    codes.flags.writeable = False
    return codes


UNICODE_VERSION = unicodedata.unidata_version
"""Which characters are letters depends on it; part of every fingerprint of words."""


def plain_words(texts: TextBuffers) -> PlainWords:
    """Find the plain words of texts; any bytes will do."""
    data, offsets = texts
    # A word takes a byte and one that parts it from the next, or it is a character
    # of an unspaced script, which has three bytes at least.
    most = (len(data) + texts.num_texts) // 2 + 1
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    hashes = np.empty(most, np.uint64)
    word_offsets = np.zeros(texts.num_texts + 1, np.int64)
    alone = np.zeros(texts.num_texts, np.int64)
    count = _find_words(
        data, offsets, word_codes(), word_offsets, starts, ends, hashes, alone
    )
    return PlainWords(word_offsets, starts[:count], ends[:count], hashes[:count], alone)


def folded_words(
    texts: TextBuffers, words: PlainWords
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Write words in one way, so that equal words look the same and unequal ones differ.

    Returns:
        Folded code points, a zero after each word; and where each word starts in
        them, one more than words.
    """
    # No word has more code points than bytes.
    folded = np.empty(len(texts.data) + len(words.starts), np.int32)
    offsets = np.zeros(len(words.starts) + 1, np.int64)
    size = _fold_words(
        texts.data, words.starts, words.ends, word_codes(), folded, offsets
    )
    return folded[:size], offsets


@lean_kernel
def _length_within(
    data: NDArray[np.uint8],
    position: int,
    end: int,
    codes: NDArray[np.int32],
) -> np.int64:
    """Bytes of the apostrophe at a byte, if a word goes on after it; else 0."""
    code, length = decode_at(data, position, end)
    if code not in (_APOSTROPHE, _CURLY_APOSTROPHE) or position + length >= end:
        return np.int64(0)
    following, _ = decode_at(data, position + length, end)
    if codes[following] == 0 or codes[following] & ALONE:
        return np.int64(0)
    return np.int64(length)


@lean_kernel
def _find_words(  # noqa: PLR0913, PLR0917
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    codes: NDArray[np.int32],
    word_offsets: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    alone: NDArray[np.int64],
) -> int:
    count = 0
    for text in range(len(offsets) - 1):
        position, end = offsets[text], offsets[text + 1]
        while position < end:
            code, length = decode_at(data, position, end)
            value = codes[code]
            if value == 0:
                position += length
                continue
            starts[count] = position
            folded = _SEED
            is_alone = value & ALONE != 0
            while value != 0:
                folded = (folded ^ np.uint64(value & FOLDED)) * _STEP
                position += length
                if is_alone or position >= end:
                    break
                code, length = decode_at(data, position, end)
                if code in (_APOSTROPHE, _CURLY_APOSTROPHE):
                    position += _length_within(data, position, end, codes)
                    code, length = decode_at(data, position, end)
                value = codes[code]
                if value & ALONE:
                    break
            ends[count] = position
            hashes[count] = finish(folded)
            alone[text] += is_alone
            count += 1
        word_offsets[text + 1] = count
    return count


@lean_kernel
def _fold_words(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    codes: NDArray[np.int32],
    folded: NDArray[np.int32],
    offsets: NDArray[np.int64],
) -> int:
    size = 0
    for word in range(len(starts)):
        position = starts[word]
        while position < ends[word]:
            code, length = decode_at(data, position, ends[word])
            if codes[code] != 0:  # no apostrophe
                folded[size] = codes[code] & FOLDED
                size += 1
            position += length
        folded[size] = 0
        size += 1
        offsets[word + 1] = size
    return size
