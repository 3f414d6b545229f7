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

from taojin.core.compilation import ZERO, lean_kernel
from taojin.core.text_buffers import read_only
from taojin.curation.kernels.characters import space_at
from taojin.curation.kernels.english import EnglishTables, english_tables
from taojin.curation.kernels.special_cases import TOO_SMALL
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
from taojin.curation.kernels.word_space import Space, make_space
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
_CODES_AT_FIRST = 1024
_TOO_MANY_WORDS, _TOO_MANY_DOUBTS, _TOO_LONG_A_RUN = -1, -2, -3


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
    """Tables of runs and room to work in for each thread: kernels run side by side."""

    def __init__(self) -> None:
        self.memo = new_memo()
        self.space = make_space(_CODES_AT_FIRST)


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
    data, offsets = read_only(data), read_only(offsets)
    num_words, num_doubts, space = len(data) // _BYTES_PER_WORD + 64, 64, _local.space
    while True:
        words = _new_words(len(offsets), num_words)
        doubts = np.empty((num_doubts, 6), np.int64)
        found = _scan(data, offsets, _local.memo, space, tables, words, doubts)
        if found[0] >= 0:
            break
        # Texts beyond the ordinary are scanned again in more room.
        if found[0] == _TOO_MANY_WORDS:
            num_words *= 4
        elif found[0] == _TOO_MANY_DOUBTS:
            num_doubts *= 4
        else:
            space = make_space(max(found[1], 2 * len(space.codes)))
    num_words, num_doubts = found
    cut: list[Any] = [column[:num_words] for column in words[1:]]
    words = Words(words.offsets, *cut)
    if num_doubts:
        return _recheck(data, words, doubts[:num_doubts], tables)
    return words


def _new_words(num_offsets: int, num_words: int) -> Words:
    return Words(
        offsets=np.empty(num_offsets, np.int64),
        starts=np.empty(num_words, np.int64),
        ends=np.empty(num_words, np.int64),
        hashes=np.empty(num_words, np.uint64),
        chars=np.empty(num_words, np.int32),
        flags=np.empty(num_words, np.uint8),
    )


@lean_kernel
def _scan(  # noqa: C901, PLR0912, PLR0915 - hot: each call that passes arrays costs
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    memo: Memo,
    space: Space,
    tables: EnglishTables,
    words: Words,
    doubts: NDArray[np.int64],
) -> tuple[int, int]:
    """Find all words; list the runs that have to be looked at again.

    Args:
        data: Bytes.
        offsets: Where texts start and end.
        memo: Runs seen before.
        space: Room to split in.
        tables: Of the rule.
        words: Filled.
        doubts: Filled with a row for each run to look at again: its first word, how
            many it has, its bytes, its text's bytes.

    Returns:
        Numbers of words and of doubts; where there is too little room, what is short
        and how much is needed at least.
    """
    num_words = num_doubts = ZERO
    for text in range(len(offsets) - 1):
        words.offsets[text] = num_words
        first, last = offsets[text], offsets[text + 1]
        before = (num_words, ZERO, first, first, ZERO)
        end = first
        while True:
            start = _skip_space(data, end, last)
            if start >= last:
                break
            gap = start - end
            is_single = gap == 1 and data[end] == _SPACE and end > first
            end, hashed = _read_run(data, start, last)
            if num_words + end - start > len(words.starts):
                return _TOO_MANY_WORDS, num_words + end - start
            slot = -1
            if end - start <= MAX_BYTES:
                slot = find_slot(memo, data, start, end, hashed)
            if slot >= 0 and memo.entries[slot, 0]:
                split = memo.entries[slot, 2]
                detail = memo.entries[slot, 3]
                if split >> 8 == 1:
                    words.starts[num_words], words.ends[num_words] = start, end
                    words.hashes[num_words] = np.uint64(hashed)
                    words.chars[num_words] = detail >> 8
                    words.flags[num_words] = detail & 0xFF
                else:
                    for row in range(split >> 8):
                        _write(memo.words, detail + row, start, words, num_words + row)
            else:
                split = split_bytes(data, start, end, space, tables)
                if split == TOO_SMALL:
                    return _TOO_LONG_A_RUN, end - start
                if slot >= 0:
                    remember(memo, data, start, hashed, space.rows, split)
                for row in range(split >> 8):
                    _write(space.rows, row, start, words, num_words + row)
            num_new, bits = split >> 8, split & 0xFF
            run = (num_words, num_new, start, end, bits)
            if not is_single:
                words.flags[num_words] |= SPACE_BEFORE if gap else 0
            elif (bits | before[4]) & REMADE and _may_join(before[4], bits):
                if num_doubts + 2 > len(doubts):
                    return _TOO_MANY_DOUBTS, num_doubts + 2
                num_doubts = _add(doubts, num_doubts, before, first, last)
                num_doubts = _add(doubts, num_doubts, run, first, last)
            before = run
            num_words += num_new
    words.offsets[len(offsets) - 1] = num_words
    return num_words, num_doubts


@lean_kernel
def _skip_space(data: NDArray[np.uint8], position: int, last: int) -> int:
    while position < last:
        length = space_at(data, position, last)
        if length == 0:
            break
        position += length
    return position


@lean_kernel
def _read_run(data: NDArray[np.uint8], start: int, last: int) -> tuple[int, int]:
    """Find where a run ends, and hash it on the way."""
    state = first_state()
    position = start
    while position < last and space_at(data, position, last) == 0:
        state = next_state(state, data[position])
        position += 1
    return position, finish_hash(state)


@lean_kernel
def _write(
    rows: NDArray[np.int64], row: int, start: int, words: Words, word: int
) -> None:
    words.starts[word] = start + (rows[row, 0] & 0xFFFFFFFF)
    words.ends[word] = start + (rows[row, 0] >> 32)
    words.hashes[word] = np.uint64(rows[row, 1])
    words.chars[word] = rows[row, 2] >> 8
    words.flags[word] = rows[row, 2] & 0xFF


@lean_kernel
def _may_join(bits: int, next_bits: int) -> bool:
    return bits & OPEN_END != 0 and next_bits & OPEN_START != 0


@lean_kernel
def _add(
    doubts: NDArray[np.int64],
    num_doubts: int,
    run: tuple[int, int, int, int, int],
    first: int,
    last: int,
) -> int:
    """List a run if special cases count in it and it is not listed yet."""
    if not run[4] & REMADE or (num_doubts and doubts[num_doubts - 1, 0] == run[0]):
        return num_doubts
    for column in range(4):
        doubts[num_doubts, column] = run[column]
    doubts[num_doubts, 4] = first
    doubts[num_doubts, 5] = last
    return num_doubts + 1


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
