"""Words of texts by the English rule of the reference filters.

Word for word what spaCy's blank English pipeline makes of a text, white space left
out: datatrove's ``split_into_words(text, "en")`` (spaCy 3.8, datatrove 0.10). Texts are
scanned once; a run without white space is looked up in a table of the runs seen
before, and split by the rules only where it is new.
"""

import threading
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import ZERO, kernel
from taojin.core.text_buffers import read_only
from taojin.curation.kernels.characters import space_at
from taojin.curation.kernels.copying import doubled
from taojin.curation.kernels.english import EnglishTables, english_tables
from taojin.curation.kernels.word_memo import (
    CONTENT,
    LETTER,
    MARK,
    MAX_BYTES,
    OPEN_END,
    OPEN_START,
    REMADE,
    SENTENCE_MARK,
    STOP,
    Memo,
    find_slot,
    finish_hash,
    first_state,
    new_memo,
    next_state,
    remember,
    split_bytes,
)
from taojin.curation.kernels.word_windows import split_bytes_in_text

__all__ = [
    "CONTENT",
    "LETTER",
    "MARK",
    "SENTENCE_END",
    "SPACE_BEFORE",
    "STOP",
    "Words",
    "split_words",
]

SENTENCE_END = SENTENCE_MARK
SPACE_BEFORE = 32
"""Flag of a word: more than one space, or other white space, stands before it."""

_SPACE = np.uint8(ord(" "))
_BYTES_PER_WORD = 4


class Words(NamedTuple):
    """Words of a batch of texts, in order.

    Attributes:
        offsets: Where each text's words start, and where the last one's end; one more
            than texts.
        starts: Where each word starts in the bytes.
        ends: Where it ends.
        hashes: Hash of its bytes; equal for equal words in all batches.
        chars: Its code points.
        flags: Bits: ``CONTENT``, ``LETTER``, ``STOP``, ``SENTENCE_END``, ``MARK``,
            ``SPACE_BEFORE``.
    """

    offsets: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    chars: NDArray[np.int32]
    flags: NDArray[np.uint8]


class _Local(threading.local):
    """A table of runs for each thread: kernels run side by side."""

    def __init__(self) -> None:
        self.memo = new_memo()


_local = _Local()


def split_words(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> Words:
    """Split texts into words.

    Args:
        data: UTF-8 bytes of all texts, one after another; bytes that are not UTF-8
            count as replacement characters.
        offsets: Where each text starts, and where the last one ends.

    Returns:
        The words. What has been learnt about runs is kept for later calls of the
        thread; that changes speed alone.
    """
    tables = english_tables()
    data = read_only(data)
    columns, num_words, doubts = _scan(data, read_only(offsets), _local.memo, tables)
    words = Words(columns[0], *(column[:num_words] for column in columns[1:]))
    return _recheck(data, words, doubts, tables) if len(doubts) else words


@kernel
def _scan(  # noqa: C901, PLR0912, PLR0915 - hot: each call that passes arrays costs
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    memo: Memo,
    tables: EnglishTables,
) -> tuple[tuple[NDArray[Any], ...], int, NDArray[np.int64]]:
    """Find all words; list the runs that have to be looked at again.

    Returns:
        Columns with room for words, the number of words, and a row for each run to look at again:
        its first word, how many it has, its bytes, its text's bytes.
    """
    size = len(data) // _BYTES_PER_WORD + 64
    first_words = np.empty(len(offsets), np.int64)
    starts, ends = np.empty(size, np.int64), np.empty(size, np.int64)
    hashes = np.empty(size, np.uint64)
    chars, flags = np.empty(size, np.int32), np.empty(size, np.uint8)
    doubts = np.empty((4, 6), np.int64)
    num_words = num_doubts = ZERO
    for text in range(len(offsets) - 1):
        first_words[text] = num_words
        first, last = offsets[text], offsets[text + 1]
        before = (num_words, ZERO, first, first, ZERO)
        end = first
        while True:
            start = _skip_space(data, end, last)
            if start >= last:
                break
            space = start - end
            is_single = space == 1 and data[end] == _SPACE and end > first
            end, hashed = _read_run(data, start, last)
            if num_words + end - start > len(starts):  # no more words than bytes
                size = 2 * (num_words + end - start)
                starts, ends = _wider(starts, size), _wider(ends, size)
                hashes = _wider(hashes, size)
                chars, flags = _wider(chars, size), _wider(flags, size)
            slot = -1
            if end - start <= MAX_BYTES:
                slot = find_slot(memo, data, start, end, hashed)
            if slot >= 0 and memo.entries[slot, 0]:
                num_new = memo.entries[slot, 2] >> 8
                bits = memo.entries[slot, 2] & 0xFF
                detail = memo.entries[slot, 3]
                if num_new == 1:
                    starts[num_words], ends[num_words] = start, end
                    hashes[num_words] = np.uint64(hashed)
                    chars[num_words], flags[num_words] = detail >> 8, detail & 0xFF
                for row in range(0 if num_new == 1 else num_new):
                    _write(
                        memo.words, detail + row, start, num_words + row,
                        starts, ends, hashes, chars, flags,
                    )  # fmt: skip
            else:
                rows, bits = split_bytes(data, start, end, tables)
                if slot >= 0:
                    remember(memo, data, start, hashed, rows, bits)
                num_new = len(rows)
                for row in range(num_new):
                    _write(
                        rows, row, start, num_words + row,
                        starts, ends, hashes, chars, flags,
                    )  # fmt: skip
            if not is_single:
                flags[num_words] |= SPACE_BEFORE if space else 0
            elif (bits | before[4]) & REMADE and _may_join(before[4], bits):
                run = (num_words, num_new, start, end, bits)
                doubts, num_doubts = _add(doubts, num_doubts, before, first, last)
                doubts, num_doubts = _add(doubts, num_doubts, run, first, last)
            before = (num_words, num_new, start, end, bits)
            num_words += num_new
    first_words[len(offsets) - 1] = num_words
    words = (first_words, starts, ends, hashes, chars, flags)
    return words, num_words, doubts[:num_doubts]


@kernel
def _skip_space(data: NDArray[np.uint8], position: int, last: int) -> int:
    while position < last:
        length = space_at(data, position, last)
        if length == 0:
            break
        position += length
    return position


@kernel
def _read_run(data: NDArray[np.uint8], start: int, last: int) -> tuple[int, int]:
    """Find where a run ends, and hash it on the way."""
    state = first_state()
    position = start
    while position < last and space_at(data, position, last) == 0:
        state = next_state(state, data[position])
        position += 1
    return position, finish_hash(state)


@kernel
def _write(  # noqa: PLR0913, PLR0917 - columns of words
    rows: NDArray[np.int64],
    row: int,
    start: int,
    word: int,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    chars: NDArray[np.int32],
    flags: NDArray[np.uint8],
) -> None:
    starts[word] = start + (rows[row, 0] & 0xFFFFFFFF)
    ends[word] = start + (rows[row, 0] >> 32)
    hashes[word] = np.uint64(rows[row, 1])
    chars[word] = rows[row, 2] >> 8
    flags[word] = rows[row, 2] & 0xFF


@kernel
def _wider(column: NDArray[Any], size: int) -> NDArray[Any]:
    wider = np.empty(size, column.dtype)
    for position in range(len(column)):
        wider[position] = column[position]
    return wider


@kernel
def _may_join(bits: int, next_bits: int) -> bool:
    return bits & OPEN_END != 0 and next_bits & OPEN_START != 0


@kernel
def _add(
    doubts: NDArray[np.int64],
    num_doubts: int,
    run: tuple[int, int, int, int, int],
    first: int,
    last: int,
) -> tuple[NDArray[np.int64], int]:
    """List a run if special cases count in it and it is not listed yet."""
    if not run[4] & REMADE or (num_doubts and doubts[num_doubts - 1, 0] == run[0]):
        return doubts, num_doubts
    if num_doubts == len(doubts):
        doubts = doubled(doubts)
    for column in range(4):
        doubts[num_doubts, column] = run[column]
    doubts[num_doubts, 4] = first
    doubts[num_doubts, 5] = last
    return doubts, num_doubts + 1


def _recheck(
    data: NDArray[np.uint8],
    words: Words,
    doubts: NDArray[np.int64],
    tables: EnglishTables,
) -> Words:
    """Split the listed runs again, their neighbours considered."""
    offsets = words.offsets.copy()
    pieces: list[tuple[NDArray[Any], ...]] = []
    copied = 0
    for first, num_old, start, end, text, text_end in doubts.tolist():
        rows = split_bytes_in_text(data, (text, text_end), (start, end), tables)
        flags = (rows[:, 2] & 0xFF).astype(np.uint8)
        flags[0] |= words.flags[first] & SPACE_BEFORE
        pieces += [
            tuple(column[copied:first] for column in words[1:]),
            (
                start + (rows[:, 0] & 0xFFFFFFFF),
                start + (rows[:, 0] >> 32),
                rows[:, 1].astype(np.uint64),
                (rows[:, 2] >> 8).astype(np.int32),
                flags,
            ),
        ]
        offsets[words.offsets > first] += len(rows) - num_old
        copied = first + num_old
    pieces.append(tuple(column[copied:] for column in words[1:]))
    return Words(offsets, *map(np.concatenate, zip(*pieces, strict=True)))
