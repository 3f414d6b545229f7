"""Lines that may need repair, found by one scan of the bytes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import ZERO, kernel
from taojin.curation.kernels.characters import INVALID, decode_at
from taojin.curation.kernels.copying import doubled
from taojin.curation.repair.signs import (
    CLASS_SHIFT,
    DAMAGE,
    KIND_BITS,
    MOJIBAKE,
    UNICODE,
    pair_table,
    sign_table,
)

_LINE_FEED = 0x0A
_KIND_MASK = (1 << KIND_BITS) - 1
_SIGN_MASK = 15
_LATIN_RUN = 6
"""So many characters of U+00A1 to U+00FE in a row are hardly of one word."""


class SignedLines(NamedTuple):
    """Lines with signs, in the order of the text; each with its line feed, if any.

    Attributes:
        documents: Which text the line is of.
        starts: Byte position in ``data``.
        ends: One past the last byte.
        signs: Bits of what was seen there.
    """

    documents: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    signs: NDArray[np.int64]


def find_signed_lines(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], wanted: int
) -> SignedLines:
    """Find the lines that show any of the wanted signs.

    Args:
        data: Bytes of all texts; need not be valid UTF-8.
        offsets: Where texts start, and where the last one ends.
        wanted: Bits of signs; others are not told.
    """
    return SignedLines(*_scan(data, offsets, sign_table(), pair_table(), wanted).T)


@kernel
def _scan(data, offsets, table, pairs, wanted):  # noqa: ANN001, ANN202
    size = 0
    found = np.empty((256, 4), dtype=np.int64)
    for document in range(len(offsets) - 1):
        end = offsets[document + 1]
        start = offsets[document]
        while start < end:
            stop, signs = _read_line(data, start, end, table, pairs)
            if signs & wanted:
                if size == len(found):
                    found = doubled(found)
                found[size, 0], found[size, 1] = document, start
                found[size, 2], found[size, 3] = stop, signs & wanted
                size += 1
            start = stop
    return found[:size]


@kernel
def _read_line(data, position, end, table, pairs):  # noqa: ANN001, ANN202
    """Where the next line starts, and the signs of this one."""
    signs = kind = combining = run = ZERO
    while position < end:
        byte = data[position]
        if byte < 0x80:
            position += 1
            if byte == _LINE_FEED:
                break
            if kind | combining:
                if pairs[kind] >> (np.int64(table[byte]) & _KIND_MASK) & 1:
                    signs |= MOJIBAKE
                kind = combining = run = 0
            if byte < 0x20 or byte == 0x7F:
                signs |= np.int64(table[byte]) >> KIND_BITS & _SIGN_MASK
            continue
        code, length = decode_at(data, position, end)
        position += length
        if code == INVALID and length == 1:
            signs |= DAMAGE
        entry = np.int64(table[code])
        signs |= entry >> KIND_BITS & _SIGN_MASK
        signs |= _pair_signs(entry, kind, combining, pairs)
        kind, combining = entry & _KIND_MASK, entry >> CLASS_SHIFT
        run = run + 1 if 0xA1 <= code <= 0xFE else 0
        if run == _LATIN_RUN:
            signs |= MOJIBAKE
    return position, signs


@kernel
def _pair_signs(entry, kind, combining, pairs):  # noqa: ANN001, ANN202
    """What a character says about the one before it."""
    signs = 0
    if kind and pairs[kind] >> (entry & _KIND_MASK) & 1:
        signs |= MOJIBAKE
    own = entry >> CLASS_SHIFT
    if own and own < combining:
        signs |= UNICODE  # marks are not in canonical order
    return signs
