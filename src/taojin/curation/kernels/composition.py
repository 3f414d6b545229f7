"""What a text is made of: characters, words, lines and paragraphs.

Words are cut at white space; of scripts that set none, each character is a word. LineIndex
and paragraphs do not include the white space around them, and empty ones do not count;
a paragraph ends at a line of spaces, tabs and carriage returns only. The word signals
follow Rae et al. 2021 (Gopher), appendix A1.1; the others are this project's.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import ZERO, lean_kernel
from taojin.core.text_buffers import TextBuffers
from taojin.curation.kernels.characters import (
    ALPHA,
    DECIMAL,
    SPACE,
    UNSPACED,
    UPPER,
    character_classes,
    decode_at,
)
from taojin.curation.kernels.hashing import hash_bytes
from taojin.curation.kernels.line_index import LineIndex, count_chars, decode_before
from taojin.curation.kernels.line_kinds import BULLET, DOCTEST, ELLIPSIS, line_kinds
from taojin.curation.kernels.ngrams import Workspace, count_copies, number_pieces
from taojin.curation.kernels.phrases import Automaton, make_automaton, sum_phrases

COUNT_SIGNALS = (
    "num_bytes",
    "num_chars",
    "num_lines",
    "num_paragraphs",
    "num_words",
    "num_stop_words",
    "num_sentence_ends",
    "num_licence_phrases",
)
RATIO_SIGNALS = (
    "mean_word_length",
    "symbol_to_word_ratio",
    "share_alphabetic_words",
    "share_unique_words",
    "share_bullet_lines",
    "share_ellipsis_lines",
    "share_doctest_lines",
    "share_letter_chars",
    "share_digit_chars",
    "share_upper_chars",
    "share_non_ascii_chars",
    "share_duplicate_lines",
    "share_duplicate_line_chars",
    "share_duplicate_paragraphs",
    "share_duplicate_paragraph_chars",
)
SIGNALS: tuple[str, ...] = COUNT_SIGNALS + RATIO_SIGNALS

_LICENCE_PHRASES = (
    "copyright (c)",
    "copyright ©",
    "all rights reserved",
    "licensed under",
    "permission is hereby granted",
    "redistribution and use",
    "without warrant",
    "warranty of any kind",
    "warranties or conditions",
    "in no event shall",
    "merchantability",
    "general public license",
)
_AUTOMATON = make_automaton(dict.fromkeys(_LICENCE_PHRASES, 1))
_STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")
# Each as a number, its letters from the last to the first.
_PACKED_STOP_WORDS = np.array(
    [int.from_bytes(word.encode(), "little") for word in _STOP_WORDS], np.int64
)
_AROUND_WORDS = np.zeros(256, np.bool_)
_AROUND_WORDS[list(b".,;:!?\"'()[]`*")] = True
_CLOSING = np.zeros(256, np.bool_)
_CLOSING[list(b")]'\"`*")] = True


def measure_composition(
    text: TextBuffers, lines: LineIndex, work: Workspace
) -> NDArray[np.float64]:
    """Measure a batch; one row a text, one column a signal of ``SIGNALS``."""
    measured = np.zeros((text.num_texts, len(SIGNALS)))
    measured[:, 0] = np.diff(text.offsets)
    _measure(text, lines, character_classes(), _AUTOMATON, work, measured)
    return measured


@lean_kernel
def _measure(
    text: TextBuffers,
    lines: LineIndex,
    classes: NDArray[np.uint16],
    automaton: Automaton,
    work: Workspace,
    measured: NDArray[np.float64],
) -> None:
    data = text.data
    for index in range(len(text.offsets) - 1):
        start, end = text.offsets[index], text.offsets[index + 1]
        if start == end:
            continue
        row = measured[index]
        row[7] = sum_phrases(data, start, end, automaton)
        num_symbols = _measure_chars(data, start, end, classes, row)
        num_words = _measure_words(data, start, end, classes, work, row)
        if num_words:
            row[9] = num_symbols / num_words
        first, last = lines.offsets[index], lines.offsets[index + 1]
        _measure_lines(data, lines, first, last, work, row)
        _measure_paragraphs(data, lines, first, last, work, row)


@lean_kernel
def _measure_chars(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    classes: NDArray[np.uint16],
    row: NDArray[np.float64],
) -> int:
    """Measure characters; returns how often the commoner symbol occurs."""
    num_chars, letters, digits, capitals, foreign = 0, 0, 0, 0, 0
    hashes, ellipses, dots = 0, 0, 0
    position = start
    while position < end:
        code, length = decode_at(data, position, end)
        position += length
        bits = classes[code]
        num_chars += 1
        letters += bits & ALPHA != 0
        digits += bits & DECIMAL != 0
        # Numerals and circled letters have capitals as well.
        capitals += bits & (UPPER | ALPHA) == UPPER | ALPHA
        foreign += code >= 0x80
        hashes += code == 0x23
        dots = dots + 1 if code == 0x2E else 0
        if dots == 3 or code == 0x2026:
            ellipses += 1
            dots = 0
    row[1] = num_chars
    row[15] = letters / num_chars
    row[16] = digits / num_chars
    row[17] = capitals / num_chars
    row[18] = foreign / num_chars
    return max(hashes, ellipses)


@lean_kernel
def _measure_words(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    classes: NDArray[np.uint16],
    work: Workspace,
    row: NDArray[np.float64],
) -> int:
    """Measure words; returns how many there are."""
    num_words, stop_words, position = 0, 0, start
    sum_chars = 0
    while position < end:
        code, length = decode_at(data, position, end)
        bits = classes[code]
        if bits & SPACE:
            position += length
            continue
        word_start, word_bits, num_chars = position, bits, 1
        has_mark = code == 0x3002 or code == 0xFF01 or code == 0xFF1F
        position += length
        while position < end and not word_bits & UNSPACED:
            code, length = decode_at(data, position, end)
            bits = classes[code]
            if bits & (SPACE | UNSPACED):
                break
            word_bits |= bits
            has_mark |= code == 0x3002 or code == 0xFF01 or code == 0xFF1F
            num_chars += 1
            position += length
        work.keys[num_words] = hash_bytes(data, word_start, position)
        num_words += 1
        sum_chars += num_chars
        row[10] += word_bits & ALPHA != 0
        stop_words |= _stop_word_bit(data, word_start, position)
        if has_mark or _ends_sentence(data, word_start, position, classes):
            row[6] += 1
    if num_words:
        row[4] = num_words
        row[8] = sum_chars / num_words
        row[10] /= num_words
        _, num_distinct = number_pieces(work, num_words)
        row[11] = num_distinct / num_words
    while stop_words:
        row[5] += stop_words & 1
        stop_words >>= 1
    return num_words


@lean_kernel
def _stop_word_bit(data: NDArray[np.uint8], start: int, end: int) -> int:
    """Give the bit of a stop word in any case, with marks around it; 0 for others."""
    while start < end and _AROUND_WORDS[data[start]]:
        start += 1
    while start < end and _AROUND_WORDS[data[end - 1]]:
        end -= 1
    if not 2 <= end - start <= 4:
        return 0
    packed = np.int64(0)
    for position in range(end - 1, start - 1, -1):
        byte = np.int64(data[position])
        packed = packed << 8 | (byte | 0x20 if 0x41 <= byte <= 0x5A else byte)
    for index in range(len(_PACKED_STOP_WORDS)):
        if _PACKED_STOP_WORDS[index] == packed:
            return 1 << index
    return 0


@lean_kernel
def _ends_sentence(
    data: NDArray[np.uint8], start: int, end: int, classes: NDArray[np.uint16]
) -> bool:
    """Tell whether a word ends in a letter and a mark, closing marks around it."""
    while end > start and _CLOSING[data[end - 1]]:
        end -= 1
    if end == start:
        return False
    mark = data[end - 1]
    if mark != 0x2E and mark != 0x21 and mark != 0x3F:
        return False
    end -= 1
    while end > start and _CLOSING[data[end - 1]]:
        end -= 1
    if end == start:
        return False
    code, _ = decode_before(data, start, end)
    return classes[code] & ALPHA != 0


@lean_kernel
def _measure_lines(
    data: NDArray[np.uint8],
    lines: LineIndex,
    first: int,
    last: int,
    work: Workspace,
    row: NDArray[np.float64],
) -> None:
    num_lines, bullets, ellipses, prompts = ZERO, 0, 0, 0
    for line in range(first, last):
        start, end = lines.core_starts[line], lines.core_ends[line]
        if start == end:
            continue
        work.keys[num_lines] = hash_bytes(data, start, end)
        work.sizes[num_lines] = count_chars(data, start, end)
        num_lines += 1
        kinds = line_kinds(data, start, end)
        bullets += kinds & BULLET != 0
        ellipses += kinds & ELLIPSIS != 0
        prompts += kinds & DOCTEST != 0
    if num_lines == 0:
        return
    copies, chars = count_copies(work, num_lines)
    row[2] = num_lines
    row[12] = bullets / num_lines
    row[13] = ellipses / num_lines
    row[14] = prompts / num_lines
    row[19] = copies / num_lines
    row[20] = chars / row[1]


@lean_kernel
def _measure_paragraphs(
    data: NDArray[np.uint8],
    lines: LineIndex,
    first: int,
    last: int,
    work: Workspace,
    row: NDArray[np.float64],
) -> None:
    num_pieces, line = ZERO, first
    while line < last:
        start, end = lines.core_starts[line], lines.core_ends[line]
        if start == end:
            line += 1
            continue
        line += 1
        while line < last and not _is_gap(data, lines.starts[line], lines.ends[line]):
            if lines.core_starts[line] < lines.core_ends[line]:
                end = lines.core_ends[line]
            line += 1
        work.keys[num_pieces] = hash_bytes(data, start, end)
        work.sizes[num_pieces] = count_chars(data, start, end)
        num_pieces += 1
    if num_pieces:
        copies, chars = count_copies(work, num_pieces)
        row[3] = num_pieces
        row[21] = copies / num_pieces
        row[22] = chars / row[1]


@lean_kernel
def _is_gap(data: NDArray[np.uint8], start: int, end: int) -> bool:
    for position in range(start, end):
        byte = data[position]
        if byte != 0x20 and byte != 0x09 and byte != 0x0D:
            return False
    return True
