"""RedPajama-V2's quality signals (Weber et al. 2024), under their published names.

Differences: nothing is rounded to eight digits; a signal without anything to divide
by is 0, not missing; those of lines are the means over the lines of a text. Left out:
``rps_doc_ldnoobw_words`` and ``rps_doc_ut1_blacklist``, which need lists of words and
of domains that are no part of this project, and the importance and ``ml`` scores,
which need models of theirs. Raw words are runs of word characters and runs of other
characters between white space; for normalised ones see
:mod:`taojin.curation.kernels.redpajama_words`.
"""

import math

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.core.text_buffers import TextBuffers
from taojin.curation.kernels.characters import (
    ALPHA,
    ALPHANUMERIC,
    LOWER,
    SPACE,
    UPPER,
    decode_at,
)
from taojin.curation.kernels.line_index import (
    LineIndex,
    decode_before,
    ends_with_ellipsis,
)
from taojin.curation.kernels.ngrams import (
    Workspace,
    lengthen,
    number_pieces,
    repeated_chars,
)
from taojin.curation.kernels.redpajama_words import (
    Tables,
    is_stop_word,
    make_tables,
    read_word,
)

COUNT_SIGNALS = ("rps_doc_word_count", "rps_doc_num_sentences")
RATIO_SIGNALS = (
    "rps_doc_mean_word_length",
    "rps_doc_unigram_entropy",
    "rps_doc_frac_unique_words",
    "rps_doc_stop_word_fraction",
    "rps_doc_symbol_to_word_ratio",
    "rps_doc_frac_all_caps_words",
    "rps_doc_frac_no_alph_words",
    "rps_doc_frac_lines_end_with_ellipsis",
    "rps_doc_curly_bracket",
    "rps_doc_lorem_ipsum",
    *(f"rps_doc_frac_chars_top_{size}gram" for size in (2, 3, 4)),
    *(f"rps_doc_frac_chars_dupe_{size}grams" for size in (5, 6, 7, 8, 9, 10)),
    "rps_lines_ending_with_terminal_punctution_mark",
    "rps_lines_javascript_counts",
    "rps_lines_num_words",
    "rps_lines_numerical_chars_fraction",
    "rps_lines_start_with_bulletpoint",
    "rps_lines_uppercase_letter_fraction",
)
SIGNALS: tuple[str, ...] = COUNT_SIGNALS + RATIO_SIGNALS

_STOP, _SYMBOLS, _CAPITALS, _UNLETTERED, _ELLIPSES = 5, 6, 7, 8, 9
_CURLY, _LOREM, _NGRAMS, _LINES = 10, 11, 12, 21  # columns

# Five letters as one number, as those of a Word.
_LOREM_LETTERS = int.from_bytes(b"lorem", "big")
_IPSUM_LETTERS = int.from_bytes(b"ipsum", "big")
_JAVAS_LETTERS = int.from_bytes(b"javas", "big")
_CRIPT_LETTERS = int.from_bytes(b"cript", "big")


def measure_redpajama(
    text: TextBuffers, lines: LineIndex, work: Workspace
) -> NDArray[np.float64]:
    """Measure a batch; one row a text, one column a signal of ``SIGNALS``."""
    measured = np.zeros((text.num_texts, len(SIGNALS)))
    _measure(text, lines, make_tables(), work, measured)
    return measured


@lean_kernel
def _measure(
    text: TextBuffers,
    lines: LineIndex,
    tables: Tables,
    work: Workspace,
    measured: NDArray[np.float64],
) -> None:
    data = text.data
    for index in range(len(text.offsets) - 1):
        start, end = text.offsets[index], text.offsets[index + 1]
        if start == end:
            continue
        row = measured[index]
        first, last = lines.offsets[index], lines.offsets[index + 1]
        if lines.starts[last - 1] == lines.ends[last - 1]:
            last -= 1  # what follows the last line feed is no line if empty
        num_tokens = _measure_tokens(data, start, end, tables, row)
        num_symbols = _measure_marks(data, start, end, tables.classes, row)
        if num_tokens:
            row[_SYMBOLS] = num_symbols / num_tokens
        _measure_raw_lines(data, lines, first, last, end, tables.classes, row)
        num_words = _measure_words(data, lines, first, last, tables, work, row)
        if num_words == 0:
            row[_STOP] = 0.0
            continue
        _measure_ngrams(num_words, work, row)


@lean_kernel
def _measure_tokens(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    tables: Tables,
    row: NDArray[np.float64],
) -> int:
    """Measure raw words; returns how many there are."""
    classes, stop_words = tables.classes, tables.stop_words
    num_tokens, num_letter, num_capital, num_stop = 0, 0, 0, 0
    position = start
    while position < end:
        code, length = decode_at(data, position, end)
        kind = _kind(code, classes)
        if kind == 0:
            position += length
            continue
        token_start = position
        has_letter, case_bits = False, 0
        while True:
            has_letter |= 0x61 <= (code | 0x20) <= 0x7A
            case_bits |= _case_bits(code, classes[code])
            position += length
            if position >= end:
                break
            code, length = decode_at(data, position, end)
            if _kind(code, classes) != kind:
                break
        num_tokens += 1
        num_letter += has_letter
        num_capital += case_bits == UPPER
        if kind == 1:
            num_stop += is_stop_word(data, token_start, position, stop_words)
    if num_tokens:
        row[_STOP] = num_stop / num_tokens
        row[_CAPITALS] = num_capital / num_tokens
        row[_UNLETTERED] = 1.0 - num_letter / num_tokens
    return num_tokens


@lean_kernel
def _kind(code: int, classes: NDArray[np.uint16]) -> int:
    """0 for white space, 1 for word characters, 2 for others."""
    bits = classes[code]
    if bits & ALPHANUMERIC or code == 0x5F:
        return 1
    return 0 if bits & SPACE else 2


@lean_kernel
def _case_bits(code: int, bits: int) -> int:
    """Give ``UPPER``, ``LOWER`` (for title case too), or neither."""
    if code >= 0x1C5 and bits & (ALPHA | UPPER | LOWER) == ALPHA:
        is_latin = code in (0x1C5, 0x1C8, 0x1CB, 0x1F2)
        is_greek = 0x1F88 <= code <= 0x1FFC and (
            (code <= 0x1FAF and code & 8) or code in (0x1FBC, 0x1FCC, 0x1FFC)
        )
        return LOWER if is_latin or is_greek else 0
    return int(np.int64(bits)) & (UPPER | LOWER)


@lean_kernel
def _measure_marks(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    classes: NDArray[np.uint16],
    row: NDArray[np.float64],
) -> int:
    """Measure sentences and brackets; returns how many symbols there are.

    A sentence starts at a border of a word, goes on to the next of ``.!?``, and ends
    after the last of those that stand there.
    """
    num_sentences, num_symbols, num_brackets, num_chars = 0, 0, 0, 0
    dots, is_inside, was_word = 0, False, False
    position = start
    while position < end:
        code, length = decode_at(data, position, end)
        position += length
        num_chars += 1
        is_word = _kind(code, classes) == 1
        is_mark = code == 0x2E or code == 0x21 or code == 0x3F
        if is_mark:
            is_inside = False
        elif not is_inside:
            is_inside = is_word != was_word
            num_sentences += is_inside
        was_word = is_word
        num_brackets += code == 0x7B or code == 0x7D
        dots = dots + 1 if code == 0x2E else 0
        if dots == 3 or code == 0x23 or code == 0x2026:
            num_symbols += 1
            dots = 0
    row[1] = num_sentences
    row[_CURLY] = num_brackets / num_chars
    return num_symbols


@lean_kernel
def _measure_raw_lines(
    data: NDArray[np.uint8],
    lines: LineIndex,
    first: int,
    last: int,
    text_end: int,
    classes: NDArray[np.uint16],
    row: NDArray[np.float64],
) -> None:
    ellipses, terminal, bullets, capital_share = 0, 0, 0, 0.0
    for line in range(first, last):
        start, end = lines.core_starts[line], lines.core_ends[line]
        if start == end:
            continue
        ellipses += ends_with_ellipsis(data, start, end)
        code, _ = decode_before(data, start, end)
        terminal += code == 0x2E or code == 0x21 or code == 0x3F or code == 0x201D
        code, _ = decode_at(data, start, end)
        bullets += code > 0x2000 and _is_bullet(code)
        capitals = 0
        position = start
        while position < end:
            code, length = decode_at(data, position, end)
            capitals += classes[code] & UPPER != 0
            position += length
        # The line feed counts.
        has_feed = lines.ends[line] < text_end
        capital_share += capitals / max(lines.chars[line] + has_feed, 1)
    if last > first:
        num_lines = last - first
        row[_ELLIPSES] = ellipses / num_lines
        row[_LINES] = terminal / num_lines
        row[_LINES + 4] = bullets / num_lines
        row[_LINES + 5] = capital_share / num_lines


@lean_kernel
def _is_bullet(code: int) -> bool:
    return code in (
        0x2013, 0x2022, 0x2023, 0x25A0, 0x25A1, 0x25AA, 0x25AB, 0x25B6, 0x25C0, 0x25E6,
    )  # fmt: skip


@lean_kernel
def _measure_words(
    data: NDArray[np.uint8],
    lines: LineIndex,
    first: int,
    last: int,
    tables: Tables,
    work: Workspace,
    row: NDArray[np.float64],
) -> int:
    """Read the normalised words into ``work``; returns how many there are."""
    num_words, num_chars, num_lorem, tail = 0, 0, 0, np.int64(0)
    scripts, numeric_share = 0, 0.0
    for line in range(first, last):
        start, end = lines.core_starts[line], lines.core_ends[line]
        words_before, chars_before = num_words, num_chars
        numeric, position = 0, start
        while position < end:
            word, position = read_word(data, position, end, tables)
            if word.length == 0:
                continue
            work.keys[num_words] = word.key
            work.sizes[num_words] = word.length
            num_words += 1
            num_chars += word.length
            numeric += word.num_numeric
            num_lorem += tail == _LOREM_LETTERS and word.head == _IPSUM_LETTERS
            tail = word.tail
            scripts += (
                word.length == 10
                and word.head == _JAVAS_LETTERS
                and tail == _CRIPT_LETTERS
            )
        spaces = max(num_words - words_before - 1, 0)
        numeric_share += numeric / max(num_chars - chars_before + spaces, 1)
    if num_words:
        row[_LOREM] = num_lorem / (num_chars + num_words - 1)
        row[_LINES + 1] = scripts / (last - first)
        row[_LINES + 2] = num_words / (last - first)
        row[_LINES + 3] = numeric_share / (last - first)
        row[0] = num_words
        row[2] = num_chars / num_words
    return num_words


@lean_kernel
def _measure_ngrams(num_words: int, work: Workspace, row: NDArray[np.float64]) -> None:
    num_live, num_distinct = number_pieces(work, num_words)
    row[4] = num_distinct / num_words
    for index in range(num_words):
        if work.first[index] == index:
            probability = work.counts[index] / num_words
            row[3] -= probability * math.log(probability)
    num_chars = math.floor(row[2] * num_words + 0.5)  # the mean is rounded
    for size in range(2, 11):
        num_live, top, count = lengthen(work, num_live, size, num_words)
        chars = 0
        if size >= 5:
            chars = repeated_chars(work, num_live, size)
        elif count:
            for word in range(top, top + size):
                chars += work.sizes[word]
            chars *= count
        row[_NGRAMS + size - 2] = chars / num_chars
