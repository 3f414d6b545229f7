"""Signals for Chinese and mixed text: characters and marks instead of words.

The counterparts of the word signals where no white space tells words apart. All are 0
in a text without Han characters or kana, which are what counts as a character here.
N-grams are of characters, whatever stands between them.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.core.text_buffers import TextBuffers
from taojin.curation.kernels.characters import (
    HAN,
    KANA,
    SPACE,
    character_classes,
    decode_at,
)
from taojin.curation.kernels.chinese import (
    CLOSING,
    FULL_WIDTH,
    FUNCTION,
    PUNCTUATION,
    SENTENCE_END,
    SIMPLIFIED,
    TERMINAL,
    TRADITIONAL,
    character_roles,
)
from taojin.curation.kernels.line_index import core_end, decode_before
from taojin.curation.kernels.ngrams import (
    Workspace,
    copied_chars,
    lengthen,
    number_pieces,
)

COUNT_SIGNALS = ("cjk_num_chars", "cjk_num_sentences")
RATIO_SIGNALS = (
    "cjk_share_chars",
    "cjk_share_punctuation",
    "cjk_share_full_width",
    "cjk_share_traditional",
    "cjk_share_function_chars",
    "cjk_share_unique_chars",
    "cjk_share_terminal_lines",
    "cjk_mean_sentence_chars",
    *(f"cjk_share_top_{size}_gram_chars" for size in (2, 3, 4)),
    *(f"cjk_share_duplicate_{size}_gram_chars" for size in (5, 6, 7, 8, 9, 10)),
)
SIGNALS: tuple[str, ...] = COUNT_SIGNALS + RATIO_SIGNALS

_FIRST_NGRAM = 10  # column of the 2-grams
_FIRST_WIDE_BYTE = 0xE2
"""Lead bytes of everything looked for here are no lower."""

Tables = tuple[NDArray[np.uint16], NDArray[np.uint8]]


def measure_cjk(text: TextBuffers, work: Workspace) -> NDArray[np.float64]:
    """Measure a batch; one row a text, one column a signal of ``SIGNALS``.

    ``work`` needs room for a third of the bytes of the longest text.
    """
    measured = np.zeros((text.num_texts, len(SIGNALS)))
    _measure(text, (character_classes(), character_roles()), work, measured)
    return measured


@lean_kernel
def _measure(
    text: TextBuffers, tables: Tables, work: Workspace, measured: NDArray[np.float64]
) -> None:
    data = text.data
    for index in range(len(text.offsets) - 1):
        start, end = text.offsets[index], text.offsets[index + 1]
        num_wide = 0
        for position in range(start, end):
            num_wide += data[position] >= _FIRST_WIDE_BYTE
        if num_wide == 0:
            continue
        row = measured[index]
        num_chars = _measure_chars(data, start, end, tables, work, row)
        if num_chars == 0:
            continue
        _measure_lines(data, start, end, tables, row)
        _measure_ngrams(num_chars, work, row)


@lean_kernel
def _measure_chars(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    tables: Tables,
    work: Workspace,
    row: NDArray[np.float64],
) -> int:
    """Measure characters and marks; returns how many characters there are."""
    classes, roles = tables
    num_chars, num_filled, half_width, full_width = 0, 0, 0, 0
    traditional, simplified, function, marks = 0, 0, 0, 0
    position = start
    while position < end:
        code, length = decode_at(data, position, end)
        position += length
        bits = classes[code]
        num_filled += bits & SPACE == 0
        if code < 0x80:
            half_width += 0x30 <= code <= 0x39 or 0x61 <= (code | 0x20) <= 0x7A
            continue
        if code < len(roles):
            role = roles[code]
            traditional += role & TRADITIONAL != 0
            simplified += role & SIMPLIFIED != 0
            function += role & FUNCTION != 0
            marks += role & PUNCTUATION != 0
            full_width += role & FULL_WIDTH != 0
        if bits & (HAN | KANA):
            work.keys[num_chars] = code
            work.sizes[num_chars] = 1
            num_chars += 1
    if num_chars == 0:
        return 0
    row[0] = num_chars
    row[2] = num_chars / num_filled
    row[3] = marks / (num_chars + marks)
    row[4] = full_width / max(full_width + half_width, 1)
    row[5] = traditional / max(traditional + simplified, 1)
    row[6] = function / num_chars
    return num_chars


@lean_kernel
def _measure_lines(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    tables: Tables,
    row: NDArray[np.float64],
) -> None:
    """Measure sentences, which end at marks and lines, and ends of lines."""
    classes, roles = tables
    num_lines, num_terminal, num_sentences = 0, 0, 0
    line_start, position = start, start
    line_chars, sentence_chars = 0, 0
    while position <= end:
        code, length = 0x0A, 1
        if position < end:
            code, length = decode_at(data, position, end)
        is_break = code == 0x0A
        is_end = code < len(roles) and roles[code] & SENTENCE_END != 0
        if classes[code] & (HAN | KANA):
            line_chars += 1
            sentence_chars += 1
        if (is_break or is_end) and sentence_chars:
            num_sentences += 1
            sentence_chars = 0
        if is_break:
            if line_chars:
                num_lines += 1
                num_terminal += _is_finished(data, line_start, position, roles)
            line_chars = 0
            line_start = position + 1
        position += length
    row[1] = num_sentences
    row[8] = num_terminal / num_lines
    row[9] = row[0] / num_sentences


@lean_kernel
def _is_finished(
    data: NDArray[np.uint8], start: int, end: int, roles: NDArray[np.uint8]
) -> bool:
    end = core_end(data, start, end)
    while end > start:
        code, length = decode_before(data, start, end)
        role = roles[code] if code < len(roles) else 0
        if not role & CLOSING:
            return role & TERMINAL != 0
        end -= length
    return False


@lean_kernel
def _measure_ngrams(num_chars: int, work: Workspace, row: NDArray[np.float64]) -> None:
    num_live, num_distinct = number_pieces(work, num_chars)
    row[7] = num_distinct / num_chars
    for size in range(2, 11):
        num_live, _, count = lengthen(work, num_live, size, num_chars)
        covered = count * size if size < 5 else copied_chars(work, num_live, size)
        row[_FIRST_NGRAM + size - 2] = covered / num_chars
