"""Gopher's quality signals (Rae et al. 2021, appendix A1.1) as datatrove measures them.

Words are those of the reference English word rule, lines those of ``str.splitlines``.
A ratio is 0 where there is nothing to divide by.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.core.text_buffers import TextBuffers
from taojin.curation.kernels.line_index import (
    break_length,
    core_end,
    core_start,
    ends_with_ellipsis,
)
from taojin.curation.kernels.words import CONTENT, LETTER, STOP, Words

COUNT_SIGNALS = ("gopher_num_words", "gopher_num_stop_words")
RATIO_SIGNALS = (
    "gopher_mean_word_length",
    "gopher_hash_ratio",
    "gopher_ellipsis_ratio",
    "gopher_share_bullet_lines",
    "gopher_share_ellipsis_lines",
    "gopher_share_alphabetic_words",
)
SIGNALS: tuple[str, ...] = COUNT_SIGNALS + RATIO_SIGNALS

_HASH, _DOT, _HYPHEN = 0x23, 0x2E, 0x2D


def measure_quality(text: TextBuffers, words: Words) -> NDArray[np.float64]:
    """Measure a batch; one row a text, one column a signal of ``SIGNALS``."""
    measured = np.zeros((text.num_texts, len(SIGNALS)))
    _measure(text.data, text.offsets, words, measured)
    return measured


@lean_kernel
def _measure(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    words: Words,
    measured: NDArray[np.float64],
) -> None:
    for text in range(len(offsets) - 1):
        row = measured[text]
        first, last = words.offsets[text], words.offsets[text + 1]
        num_letter_words = _measure_words(data, words, first, last, row)
        num_words = max(last - first, 1)
        row[7] = num_letter_words / num_words
        _measure_lines(data, offsets[text], offsets[text + 1], num_words, row)


@lean_kernel
def _measure_words(
    data: NDArray[np.uint8],
    words: Words,
    first: int,
    last: int,
    row: NDArray[np.float64],
) -> int:
    num_content, chars, num_letter, stop_words = 0, 0, 0, 0
    for word in range(first, last):
        flags = words.flags[word]
        if flags & CONTENT:
            num_content += 1
            chars += words.chars[word]
        if flags & LETTER:
            num_letter += 1
        if flags & STOP:
            stop_words |= _stop_word_bit(data, words.starts[word], words.ends[word])
    row[0] = num_content
    while stop_words:
        row[1] += stop_words & 1
        stop_words >>= 1
    if num_content:
        row[2] = chars / num_content
    return num_letter


@lean_kernel
def _stop_word_bit(data: NDArray[np.uint8], start: int, end: int) -> int:
    """Tell the eight stop words apart by length and first letter."""
    letter = data[start]
    if end - start == 2:  # be, to, of
        return 1 if letter == 0x62 else 2 if letter == 0x74 else 4
    if end - start == 3:  # the, and
        return 8 if letter == 0x74 else 16
    return 32 if letter == 0x74 else 64 if letter == 0x68 else 128  # that, have, with


@lean_kernel
def _measure_lines(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    num_words: int,
    row: NDArray[np.float64],
) -> None:
    num_hashes, num_ellipses, num_lines = 0, 0, 0
    num_bullets, num_ellipsis_lines = 0, 0
    line_start, position = start, start
    while position < end:
        byte = data[position]
        step = 1
        width = 0
        if byte < 0x30:
            if byte == _HASH:
                num_hashes += 1
            elif byte == _DOT:
                step = _run_length(data, position, end)
                num_ellipses += step // 3
            elif byte < 0x20:
                width = break_length(data, position, end)
        elif byte == 0xE2 or byte == 0xC2:
            width = break_length(data, position, end)
            num_ellipses += ends_with_ellipsis(data, position, min(position + 3, end))
        if width:
            num_bullets += _is_bullet(data, line_start, position)
            num_ellipsis_lines += _trails_off(data, line_start, position)
            num_lines += 1
            step = width
            line_start = position + width
        position += step
    if line_start < end:
        num_bullets += _is_bullet(data, line_start, end)
        num_ellipsis_lines += _trails_off(data, line_start, end)
        num_lines += 1
    num_lines = max(num_lines, 1)
    row[3] = num_hashes / num_words
    row[4] = num_ellipses / num_words
    row[5] = num_bullets / num_lines
    row[6] = num_ellipsis_lines / num_lines


@lean_kernel
def _run_length(data: NDArray[np.uint8], position: int, end: int) -> int:
    """Count the equal bytes from a position on."""
    after = position + 1
    while after < end and data[after] == data[position]:
        after += 1
    return after - position


@lean_kernel
def _is_bullet(data: NDArray[np.uint8], start: int, end: int) -> bool:
    first = core_start(data, start, end)
    if first >= end:
        return False
    if data[first] == _HYPHEN:
        return True
    return (
        first + 3 <= end
        and data[first] == 0xE2
        and data[first + 1] == 0x80
        and data[first + 2] == 0xA2
    )


@lean_kernel
def _trails_off(data: NDArray[np.uint8], start: int, end: int) -> bool:
    return ends_with_ellipsis(data, start, core_end(data, start, end))
