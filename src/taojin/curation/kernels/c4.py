"""C4's line and document rules (Raffel et al. 2020) as datatrove applies them.

A line is dropped by the first rule that it breaks, in the order of ``LINE_SIGNALS``;
the reference gives up a document at the first line that comes as far as the rule of
"lorem ipsum" or of the curly bracket and breaks it. Here such lines are counted, and
stay in the rewritten text.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.compilation import ZERO, lean_kernel
from taojin.core.text_buffers import TextBuffers, batches, read_only, text_array
from taojin.curation.kernels.characters import (
    DECIMAL,
    SPACE,
    character_classes,
    decode_at,
)
from taojin.curation.kernels.copying import copy_bytes
from taojin.curation.kernels.line_index import break_length, core_end, core_start
from taojin.curation.kernels.phrases import Automaton, make_automaton, which_phrases
from taojin.curation.kernels.sentences import count_sentences
from taojin.curation.kernels.words import Words, split_words

LINE_SIGNALS = (
    "c4_num_lines_long_word",
    "c4_num_lines_no_terminal_mark",
    "c4_num_lines_few_words",
    "c4_num_lorem_ipsum",
    "c4_num_lines_javascript",
    "c4_num_curly_brackets",
    "c4_num_lines_policy",
    "c4_num_kept_lines",
)
COUNT_SIGNALS = (*LINE_SIGNALS, "c4_num_sentences")
RATIO_SIGNALS: tuple[str, ...] = ()
SIGNALS: tuple[str, ...] = COUNT_SIGNALS + RATIO_SIGNALS

_MAX_WORD_CHARS = 1000
_MIN_WORDS = 3
_LONG, _OPEN, _FEW, _LOREM, _SCRIPT, _CURLY, _POLICY, _KEPT, _SENTENCES = range(9)
_PHRASES = {
    "lorem ipsum": 1,
    "javascript": 2,
    "{": 4,
    "terms of use": 8,
    "privacy policy": 8,
    "cookie policy": 8,
    "uses cookies": 8,
    "use of cookies": 8,
    "use cookies": 8,
}
_AUTOMATON = make_automaton(_PHRASES)
_EDIT = np.frombuffer(b"[edit]", np.uint8)
_NEEDED = np.frombuffer(b"[citation needed]", np.uint8)


class _Rewritten(NamedTuple):
    """The kept lines of a batch, joined by line feeds.

    Attributes:
        data: Bytes of all texts.
        offsets: Where each text starts in ``data``; one more than texts.
        cited: Text, start and end in ``data`` of lines that have lost a citation mark;
            their words have to be split anew.
        num_cited: One element: rows of ``cited`` in use.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    cited: NDArray[np.int64]
    num_cited: NDArray[np.int64]


def measure_c4(text: TextBuffers, words: Words) -> NDArray[np.float64]:
    """Measure a batch; one row a text, one column a signal of ``SIGNALS``."""
    return _judge_batch(text, words)[0]


def clean_c4_lines(
    text: pa.ChunkedArray,
) -> tuple[pa.LargeStringArray, dict[str, NDArray[np.int64]]]:
    """Keep the lines that C4 keeps, without citation marks such as ``[12]``.

    Returns:
        The texts, in order; empty where no line is kept. And the signals of
        ``SIGNALS``, as the whole texts have them.
    """
    arrays, rows = [], []
    for batch in batches(text):
        measured, rewritten = _judge_batch(batch, split_words(*batch))
        size = int(rewritten.offsets[-1])
        arrays.append(text_array(rewritten.data[:size].copy(), rewritten.offsets))
        rows.append(measured)
    counts = np.concatenate([np.zeros((0, len(SIGNALS))), *rows]).astype(np.int64)
    cleaned = pa.chunked_array(arrays, type=pa.large_string()).combine_chunks()
    return cleaned, dict(zip(SIGNALS, counts.T, strict=True))


def _judge_batch(
    text: TextBuffers, words: Words
) -> tuple[NDArray[np.float64], _Rewritten]:
    measured = np.zeros((text.num_texts, len(SIGNALS)))
    rewritten = _Rewritten(
        # Room for a line feed after each last line.
        np.empty(len(text.data) + text.num_texts + 1, np.uint8),
        np.zeros(text.num_texts + 1, np.int64),
        # A mark, two words and white space between them: six bytes or more.
        np.empty((len(text.data) // 6 + 1, 3), np.int64),
        np.zeros(1, np.int64),
    )
    _judge(text, words, character_classes(), _AUTOMATON, rewritten, measured)
    _count_cited(rewritten, measured)
    return measured, rewritten


def _count_cited(rewritten: _Rewritten, measured: NDArray[np.float64]) -> None:
    """Add the sentences of rewritten lines."""
    cited = rewritten.cited[: rewritten.num_cited[0]]
    if not len(cited):
        return
    pieces = [rewritten.data[start:end] for _, start, end in cited]
    data = read_only(np.concatenate(pieces))
    offsets = np.cumsum([0, *(len(piece) for piece in pieces)])
    words = split_words(data, offsets)
    sentences = np.zeros(len(pieces), np.int64)
    _count_each(words, sentences)
    np.add.at(measured[:, _SENTENCES], cited[:, 0], sentences)


@lean_kernel
def _count_each(words: Words, sentences: NDArray[np.int64]) -> None:
    for text in range(len(sentences)):
        sentences[text] = count_sentences(
            words.flags, words.offsets[text], words.offsets[text + 1]
        )


@lean_kernel
def _judge(
    text: TextBuffers,
    words: Words,
    classes: NDArray[np.uint16],
    automaton: Automaton,
    rewritten: _Rewritten,
    measured: NDArray[np.float64],
) -> None:
    data, output, written = text.data, rewritten.data, ZERO
    for index in range(len(text.offsets) - 1):
        start, end = text.offsets[index], text.offsets[index + 1]
        word, last_word = words.offsets[index], words.offsets[index + 1]
        text_start = written
        while start < end:
            stop, next_start = _find_break(data, start, end)
            start = core_start(data, start, stop)
            stop = core_end(data, start, stop)
            verdict, copied = _judge_line(
                data, start, stop, classes, automaton, output, written
            )
            measured[index, verdict] += 1
            is_cited = copied - written != stop - start
            if copied > written and written == text_start:
                copied = _strip_start(output, written, copied)
            if verdict == _KEPT and is_cited:
                _note_cited(rewritten, index, written, copied)
            elif verdict == _KEPT:
                while word < last_word and words.starts[word] < start:
                    word += 1
                first_word = word
                while word < last_word and words.starts[word] < stop:
                    word += 1
                measured[index, _SENTENCES] += count_sentences(
                    words.flags, first_word, word
                )
            if copied > written:
                output[copied] = 0x0A
                written = copied + 1
            start = next_start
        if written > text_start:
            written -= 1
        rewritten.offsets[index + 1] = written


@lean_kernel
def _find_break(data: NDArray[np.uint8], start: int, end: int) -> tuple[int, int]:
    """Find where a line ends and where the next one starts."""
    for position in range(start, end):
        byte = data[position]
        if byte < 0x20 or byte == 0xC2 or byte == 0xE2:
            width = break_length(data, position, end)
            if width:
                return position, position + width
    return end, end


@lean_kernel
def _judge_line(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    classes: NDArray[np.uint16],
    automaton: Automaton,
    output: NDArray[np.uint8],
    written: int,
) -> tuple[int, int]:
    """Give the verdict on a stripped line, and copy it if it stays in the text.

    Returns:
        Column of the verdict, and where the copy ends; ``written`` if there is none.
    """
    # The longest word is looked at where it can be too long only.
    if end - start > _MAX_WORD_CHARS:
        _, longest = _measure_words(data, start, end, classes)
        if longest > _MAX_WORD_CHARS:
            return _LONG, written
    num_brackets = 0
    for position in range(start, end):
        num_brackets += data[position] == 0x5B
    line, first, last = data, start, end
    if num_brackets:
        line, first = output, written
        last = _copy_uncited(data, start, end, classes, output, written)
    if not _has_terminal_mark(line, first, last):
        return _OPEN, written
    num_words, _ = _measure_words(data, start, end, classes)
    if num_words < _MIN_WORDS:
        return _FEW, written
    verdict = _phrase_verdict(which_phrases(line, first, last, automaton))
    if verdict in (_SCRIPT, _POLICY):
        return verdict, written
    if not num_brackets:
        last = copy_bytes(data, start, end, output, written)
    return verdict, last


@lean_kernel
def _phrase_verdict(phrases: int) -> int:
    if phrases & 1:
        return _LOREM
    if phrases & 2:
        return _SCRIPT
    if phrases & 4:
        return _CURLY
    return _POLICY if phrases else _KEPT


@lean_kernel
def _measure_words(
    data: NDArray[np.uint8], start: int, end: int, classes: NDArray[np.uint16]
) -> tuple[int, int]:
    """Count the words between white space, and the code points of the longest."""
    num_words, longest, length = 0, 0, 0
    position = start
    while position < end:
        code, step = decode_at(data, position, end)
        position += step
        if classes[code] & SPACE:
            length = 0
            continue
        num_words += length == 0
        length += 1
        longest = max(longest, length)
    return num_words, longest


@lean_kernel
def _has_terminal_mark(data: NDArray[np.uint8], start: int, end: int) -> bool:
    """Tell whether a line ends in one of ``.?!"'``, and not in three dots."""
    if end <= start:
        return False
    byte = data[end - 1]
    if byte == 0x2E:
        return end - start < 3 or data[end - 2] != 0x2E or data[end - 3] != 0x2E
    return byte == 0x3F or byte == 0x21 or byte == 0x22 or byte == 0x27


@lean_kernel
def _copy_uncited(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    classes: NDArray[np.uint16],
    output: NDArray[np.uint8],
    written: int,
) -> int:
    """Copy a line without its citation marks; returns where the copy ends."""
    position = start
    while position < end:
        if data[position] == 0x5B:
            after = _citation_end(data, position, end, classes)
            if after > position:
                position = after
                continue
        output[written] = data[position]
        written += 1
        position += 1
    return written


@lean_kernel
def _citation_end(
    data: NDArray[np.uint8], position: int, end: int, classes: NDArray[np.uint16]
) -> int:
    """Give the byte after the citation mark at a bracket; the bracket's if none is."""
    after = position + 1
    while after < end:
        code, length = decode_at(data, after, end)
        if not classes[code] & DECIMAL:
            break
        after += length
    if after < end and data[after] == 0x5D:
        return after + 1
    if _starts_with(data, position, end, _EDIT):
        return position + len(_EDIT)
    if _starts_with(data, position, end, _NEEDED):
        return position + len(_NEEDED)
    return position


@lean_kernel
def _starts_with(
    data: NDArray[np.uint8], position: int, end: int, wanted: NDArray[np.uint8]
) -> bool:
    if end - position < len(wanted):
        return False
    num_equal = 0
    for index in range(len(wanted)):
        num_equal += data[position + index] == wanted[index]
    return num_equal == len(wanted)


@lean_kernel
def _note_cited(rewritten: _Rewritten, text: int, start: int, end: int) -> None:
    rank = rewritten.num_cited[0]
    rewritten.cited[rank, 0] = text
    rewritten.cited[rank, 1] = start
    rewritten.cited[rank, 2] = end
    rewritten.num_cited[0] = rank + 1


@lean_kernel
def _strip_start(output: NDArray[np.uint8], start: int, end: int) -> int:
    """Move a text's first line over the white space that a mark has left before it."""
    first = core_start(output, start, end)
    if first == start:
        return end
    return copy_bytes(output, first, end, output, start)
