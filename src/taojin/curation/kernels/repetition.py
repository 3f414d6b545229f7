"""Gopher's repetition signals (Rae et al. 2021, table A1) as datatrove measures them.

Shares are of all code points of the text. Where the reference has habits, so have
these:

* a paragraph ends at two line feeds or more, a line at one or more; feeds at the start
  or end of a text make an empty line;
* the most frequent n-gram counts with single spaces between its words; if none occurs
  twice it is the first one;
* duplicate n-grams are looked for from left to right on words joined without spaces,
  and after one that has occurred before the search goes on behind it.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import ZERO, lean_kernel
from taojin.core.text_buffers import TextBuffers
from taojin.curation.kernels.hashing import hash_bytes
from taojin.curation.kernels.line_index import LineIndex, count_chars
from taojin.curation.kernels.ngrams import (
    Workspace,
    count_copies,
    find_first,
    lengthen,
    number_pieces,
    start_pass,
)
from taojin.curation.kernels.words import Words

TOP_SIZES = (2, 3, 4)
DUPLICATE_SIZES = (5, 6, 7, 8, 9, 10)

COUNT_SIGNALS: tuple[str, ...] = ()
RATIO_SIGNALS = (
    "gopher_share_duplicate_paragraphs",
    "gopher_share_duplicate_paragraph_chars",
    "gopher_share_duplicate_lines",
    "gopher_share_duplicate_line_chars",
    *(f"gopher_share_top_{size}_gram_chars" for size in TOP_SIZES),
    *(f"gopher_share_duplicate_{size}_gram_chars" for size in DUPLICATE_SIZES),
)
SIGNALS: tuple[str, ...] = COUNT_SIGNALS + RATIO_SIGNALS

_FIRST_TOP, _FIRST_DUPLICATE = 4, 7  # columns
# Any odd number has an inverse modulo 2^64.
_BASE = np.uint64(0xD1342543DE82EF95)
_INVERSE = np.uint64(pow(0xD1342543DE82EF95, -1, 1 << 64))


def measure_repetition(
    text: TextBuffers, words: Words, lines: LineIndex, work: Workspace
) -> NDArray[np.float64]:
    """Measure a batch; one row a text, one column a signal of ``SIGNALS``."""
    measured = np.zeros((text.num_texts, len(SIGNALS)))
    most = int(np.diff(words.offsets).max(initial=0)) + 1
    joined = np.zeros((2, most), np.uint64), np.zeros((2, most), np.int64)
    _measure(text, words, lines, work, joined, measured)
    return measured


@lean_kernel
def _measure(
    text: TextBuffers,
    words: Words,
    lines: LineIndex,
    work: Workspace,
    joined: tuple[NDArray[np.uint64], NDArray[np.int64]],
    measured: NDArray[np.float64],
) -> None:
    for index in range(len(text.offsets) - 1):
        start, end = text.offsets[index], text.offsets[index + 1]
        if start == end:
            continue
        row = measured[index]
        first, last = lines.offsets[index], lines.offsets[index + 1]
        num_chars = _measure_lines(lines, first, last, work, row)
        num_chars += last - first - 1
        _measure_paragraphs(text.data, lines, first, last, work, row)
        first, last = words.offsets[index], words.offsets[index + 1]
        _measure_top(words, first, last, work, row)
        _join(text.data, words, first, last, joined)
        for size in range(5, 11):
            row[_FIRST_DUPLICATE + size - 5] = _duplicate_chars(
                last - first, size, joined, work
            )
        num_chars = max(num_chars, 1)
        row[1] /= num_chars
        for column in range(3, len(row)):
            row[column] /= num_chars


@lean_kernel
def _measure_lines(
    lines: LineIndex, first: int, last: int, work: Workspace, row: NDArray[np.float64]
) -> int:
    """Measure duplicate lines; returns the code points of all lines."""
    num_pieces, chars = ZERO, ZERO
    for line in range(first, last):
        is_empty = lines.starts[line] == lines.ends[line]
        if is_empty and first < line < last - 1:
            continue
        work.keys[num_pieces] = lines.hashes[line]
        work.sizes[num_pieces] = lines.chars[line]
        chars += lines.chars[line]
        num_pieces += 1
    copies, copied_chars = count_copies(work, num_pieces)
    row[2] = copies / num_pieces
    row[3] = copied_chars
    return chars


@lean_kernel
def _measure_paragraphs(
    data: NDArray[np.uint8],
    lines: LineIndex,
    first: int,
    last: int,
    work: Workspace,
    row: NDArray[np.float64],
) -> None:
    while first < last and lines.core_starts[first] == lines.core_ends[first]:
        first += 1
    while first < last and lines.core_starts[last - 1] == lines.core_ends[last - 1]:
        last -= 1
    num_pieces, line = ZERO, first
    while line < last:
        start = lines.core_starts[line] if line == first else lines.starts[line]
        while line + 1 < last and lines.starts[line + 1] != lines.ends[line + 1]:
            line += 1
        end = lines.core_ends[line] if line == last - 1 else lines.ends[line]
        work.keys[num_pieces] = hash_bytes(data, start, end)
        work.sizes[num_pieces] = count_chars(data, start, end)
        num_pieces += 1
        line += 1
        while line < last and lines.starts[line] == lines.ends[line]:
            line += 1
    if num_pieces:
        copies, chars = count_copies(work, num_pieces)
        row[0] = copies / num_pieces
        row[1] = chars


@lean_kernel
def _measure_top(
    words: Words, first: int, last: int, work: Workspace, row: NDArray[np.float64]
) -> None:
    num_words = last - first
    for index in range(num_words):
        work.keys[index] = words.hashes[first + index]
    num_live, _ = number_pieces(work, num_words)
    for size in range(2, 5):
        if size > num_words:
            break
        num_live, top, count = lengthen(work, num_live, size, num_words)
        if count == 0:
            top, count = 0, 1
        chars = size - 1
        for word in range(first + top, first + top + size):
            chars += words.chars[word]
        row[_FIRST_TOP + size - 2] = chars * count


@lean_kernel
def _join(
    data: NDArray[np.uint8],
    words: Words,
    first: int,
    last: int,
    joined: tuple[NDArray[np.uint64], NDArray[np.int64]],
) -> None:
    """Prepare hashes of joined words, blind to where one word ends.

    With the bytes b of the joined words, ``sums[i]`` is the sum of b[k] * base^k over
    the words before word i, and ``scales[i]`` is base^-k of the byte where it starts:
    the hash of words i to j is (sums[j] - sums[i]) * scales[i], modulo 2^64.
    """
    sums, scales = joined[0]
    num_bytes, num_chars = joined[1]
    total, power, scale = np.uint64(0), np.uint64(1), np.uint64(1)
    sums[0], scales[0] = total, scale
    num_bytes[0], num_chars[0] = 0, 0
    for word in range(first, last):
        for position in range(words.starts[word], words.ends[word]):
            total += (np.uint64(data[position]) + np.uint64(1)) * power
            power *= _BASE
            scale *= _INVERSE
        index = word - first + 1
        sums[index], scales[index] = total, scale
        num_bytes[index] = num_bytes[index - 1] + words.ends[word] - words.starts[word]
        num_chars[index] = num_chars[index - 1] + words.chars[word]


@lean_kernel
def _duplicate_chars(
    num_words: int,
    size: int,
    joined: tuple[NDArray[np.uint64], NDArray[np.int64]],
    work: Workspace,
) -> int:
    sums, scales = joined[0]
    num_bytes, num_chars = joined[1]
    base, mask = start_pass(work, max(num_words, 1), max(num_words, 1))
    chars, index = 0, ZERO
    while index + size <= num_words:
        end = index + size
        work.keys[index] = (sums[end] - sums[index]) * scales[index] ^ np.uint64(
            num_bytes[end] - num_bytes[index]
        )
        if find_first(work, base, mask, index) != index:
            chars += num_chars[end] - num_chars[index]
            index = end
        else:
            index += 1
    return chars
