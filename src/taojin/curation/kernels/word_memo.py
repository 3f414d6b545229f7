"""Words of the runs seen so far: each distinct run is split once.

Text repeats its runs (what stands between white space), so a table of them does most
of the work. It is bounded: emptied when it is nearly full, which changes nothing but
the speed.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import ZERO, lean_kernel
from taojin.curation.kernels.characters import decode_at
from taojin.curation.kernels.english import (
    ALPHABETIC,
    NOT_FIRST,
    NOT_LAST,
    SENTENCE_END,
    STOP_WORD,
    SYMBOL,
    EnglishTables,
    find_kinds,
)
from taojin.curation.kernels.english import MARK as MARK_CHARACTER
from taojin.curation.kernels.special_cases import TOO_SMALL, apply_special_cases
from taojin.curation.kernels.word_rules import split_run
from taojin.curation.kernels.word_space import Space

CONTENT = 1
"""Flag of a word: some character is no symbol of the reference filters."""
LETTER = 2
"""Flag of a word: some character is a letter (``str.isalpha``)."""
STOP = 4
"""Flag of a word: a stop word of the reference filters, in this very case."""
SENTENCE_MARK = 8
"""Flag of a word: ends a sentence."""
MARK = 16
"""Flag of a word: punctuation alone."""

REMADE = 1
"""Bit of a run: special cases were put together again in it."""
OPEN_START = 2
"""Bit of a run: its first word may continue a special case of the run before."""
OPEN_END = 4
"""Bit of a run: the run after may continue a special case with its last word."""

MAX_BYTES = 256
"""Longer runs are split anew each time."""

_NUM_SLOTS = 1 << 20
_MAX_ENTRIES = 6 * _NUM_SLOTS // 10
_ARENA_BYTES = 1 << 24
_NUM_WORDS = 1 << 20

_SEED = np.uint64(0x9E3779B97F4A7C15)
_FACTOR = np.uint64(0xD1342543DE82EF95)
_MIX_1, _MIX_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT = np.uint64(33)


class Memo(NamedTuple):
    """A table of runs and of their words.

    Attributes:
        entries: Hash table, a row for each slot: hash of the run, 0 where the slot is
            empty; ``place << 16 | length`` of its bytes in ``arena``; ``number of
            words << 8 | bits``; the word's ``characters << 8 | flags`` for a run of
            one word, else where its words start in ``words``.
        arena: Bytes of all runs.
        words: A row for each word of runs of several: ``end << 32 | start`` in bytes
            from the start of the run, hash, ``characters << 8 | flags``.
        used: Slots, bytes and words in use.
    """

    entries: NDArray[np.int64]
    arena: NDArray[np.uint8]
    words: NDArray[np.int64]
    used: NDArray[np.int64]


def new_memo() -> Memo:
    """Make an empty table: 72 MB, of which memory is taken as it fills."""
    return Memo(
        np.zeros((_NUM_SLOTS, 4), np.int64),
        np.zeros(_ARENA_BYTES, np.uint8),
        np.zeros((_NUM_WORDS, 3), np.int64),
        np.zeros(3, np.int64),
    )


@lean_kernel
def first_state() -> np.uint64:
    """Start hashing a word."""
    return _SEED


@lean_kernel
def next_state(state: np.uint64, byte: np.uint8) -> np.uint64:
    """Add a byte to the hash of a word."""
    return (state ^ np.uint64(byte)) * _FACTOR


@lean_kernel
def finish_hash(state: np.uint64) -> int:
    """Mix the bits at the end of a word; never 0."""
    state ^= state >> _SHIFT
    state *= _MIX_1
    state ^= state >> _SHIFT
    state *= _MIX_2
    state ^= state >> _SHIFT
    return int(np.int64(state)) if state != np.uint64(0) else 1


@lean_kernel
def hash_bytes(data: NDArray[np.uint8], start: int, end: int) -> int:
    """Hash bytes as words are hashed; the 64 bits as a signed number."""
    state = first_state()
    for position in range(start, end):
        state = next_state(state, data[position])
    return finish_hash(state)


@lean_kernel
def find_slot(
    memo: Memo, data: NDArray[np.uint8], start: int, end: int, hashed: int
) -> int:
    """Slot of a run, or the empty one where it belongs."""
    slot = hashed & (_NUM_SLOTS - 1)
    while memo.entries[slot, 0] != 0:
        if memo.entries[slot, 0] == hashed:
            place = memo.entries[slot, 1] >> 16
            length = memo.entries[slot, 1] & 0xFFFF
            position = 0
            while (
                position < length
                and start + position < end
                and memo.arena[place + position] == data[start + position]
            ):
                position += 1
            if position == length and start + length == end:
                return slot
        slot = (slot + 1) & (_NUM_SLOTS - 1)
    return slot


@lean_kernel
def remember(
    memo: Memo,
    data: NDArray[np.uint8],
    start: int,
    hashed: int,
    rows: NDArray[np.int64],
    split: int,
) -> None:
    """Put a run's words into the table, emptied first if they do not fit.

    Args:
        memo: The table; changed.
        data: Bytes.
        start: Where the run starts in them; the table does not have it yet.
        hashed: Hash of its bytes.
        rows: Its words, as rows of ``Memo.words``.
        split: What :func:`split_bytes` returned.
    """
    num_words = split >> 8
    num_bytes = rows[num_words - 1, 0] >> 32
    if (
        memo.used[0] >= _MAX_ENTRIES
        or memo.used[1] + num_bytes > _ARENA_BYTES
        or memo.used[2] + num_words > _NUM_WORDS
    ):
        memo.entries[:] = 0
        memo.used[:] = 0
    slot = find_slot(memo, data, start, start + num_bytes, hashed)
    place, first = memo.used[1], memo.used[2]
    memo.entries[slot, 0] = hashed
    memo.entries[slot, 1] = place << 16 | num_bytes
    memo.entries[slot, 2] = split
    memo.entries[slot, 3] = first if num_words > 1 else rows[0, 2]
    for position in range(num_bytes):
        memo.arena[place + position] = data[start + position]
    memo.used[0] += 1
    memo.used[1] += num_bytes
    if num_words > 1:
        for row in range(num_words):
            for column in range(3):
                memo.words[first + row, column] = rows[row, column]
        memo.used[2] += num_words


@lean_kernel
def split_bytes(
    data: NDArray[np.uint8], start: int, end: int, space: Space, tables: EnglishTables
) -> int:
    """Split one run by the rules.

    Args:
        data: UTF-8 bytes.
        start: Where the run starts; a run holds no white space.
        end: Where it ends; after ``start``.
        space: Room; ``rows`` becomes the words.
        tables: See :func:`~taojin.curation.kernels.english.english_tables`.

    Returns:
        ``number of words << 8 | bits of the run``, or ``TOO_SMALL``.
    """
    if end - start >= len(space.codes):
        return TOO_SMALL
    codes, ends = space.codes, space.ends
    num_codes = decode(data, start, end, codes, space.offsets)
    first = ZERO
    num_ends = split_run(codes, first, num_codes, tables, ends, first)
    bits = 0
    if find_kinds(codes, first, ends[0], tables) & NOT_FIRST:
        bits |= OPEN_START
    last = ends[num_ends - 2] if num_ends > 1 else first
    if find_kinds(codes, last, num_codes, tables) & NOT_LAST:
        bits |= OPEN_END
    for word in range(num_ends):
        space.runs[word] = 0
    num_new = apply_special_cases(first, num_ends, space, tables)
    if num_new == TOO_SMALL:
        return TOO_SMALL
    is_same = num_new == num_ends
    for word in range(num_ends):
        is_same = is_same and space.new_ends[word] == ends[word]
    if not is_same:
        bits |= REMADE
    describe_words(data, start, num_new, space, tables)
    return num_new << 8 | bits


@lean_kernel
def describe_words(
    data: NDArray[np.uint8],
    start: int,
    num_words: int,
    space: Space,
    tables: EnglishTables,
) -> None:
    """Fill ``space.rows`` for the words of one run.

    Args:
        data: Bytes.
        start: Where the run starts in them.
        num_words: Its words, of which ``space.new_ends`` tells where they end.
        space: The run's ``codes`` and ``offsets``.
        tables: See :func:`~taojin.curation.kernels.english.english_tables`.
    """
    codes, offsets, rows = space.codes, space.offsets, space.rows
    first = ZERO
    for word in range(num_words):
        end = int(space.new_ends[word])
        rows[word, 0] = offsets[end] << 32 | offsets[first]
        rows[word, 1] = hash_bytes(data, start + offsets[first], start + offsets[end])
        rows[word, 2] = (end - first) << 8 | _flags(codes, first, end, tables)
        first = end


@lean_kernel
def decode(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    codes: NDArray[np.int64],
    offsets: NDArray[np.int64],
) -> int:
    """Write code points, and where each starts (and the last ends); count them."""
    position = start
    num_codes = 0
    while position < end:
        code, length = decode_at(data, position, end)
        codes[num_codes] = code
        offsets[num_codes] = position - start
        num_codes += 1
        position += length
    offsets[num_codes] = position - start
    return num_codes


@lean_kernel
def _flags(
    codes: NDArray[np.int64], first: int, end: int, tables: EnglishTables
) -> int:
    flags = MARK
    for position in range(first, end):
        classes = tables.classes[codes[position]]
        if not classes & SYMBOL:
            flags |= CONTENT
        if classes & ALPHABETIC:
            flags |= LETTER
        if not classes & MARK_CHARACTER:
            flags &= ~MARK
    if end - first == 1 and tables.classes[codes[first]] & SENTENCE_END:
        flags |= SENTENCE_MARK
    if find_kinds(codes, first, end, tables) & STOP_WORD:
        flags |= STOP
    return flags
