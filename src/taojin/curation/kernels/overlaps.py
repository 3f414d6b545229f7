"""Find n-grams of words that an index holds: of several lengths, verified."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import ZERO, lean_kernel
from taojin.curation.kernels.hashing import finish
from taojin.curation.kernels.plain_words import PlainWords
from taojin.curation.kernels.windows import BASE

_KEYS_PER_BLOCK = 4  # of 64 bits: one unknown n-gram in a hundred passes the filter


class NgramTable(NamedTuple):
    """N-grams to look for; ``key`` is the hash of :func:`.windows.hash_windows`.

    Attributes:
        lengths: Distinct lengths of n-grams, ascending.
        blocks: Blocked Bloom filter of the keys (Putze et al. 2007).
        slots: Open-addressed table over the keys: number of an entry, or -1.
        keys: Key of each entry, ascending; an entry is an n-gram of one set.
        groups: Set of each entry, a number from 0.
        starts: Where the words of each entry start in ``words``.
        sizes: How many words it has.
        words: Hashes of words.
    """

    lengths: NDArray[np.int64]
    blocks: NDArray[np.uint64]
    slots: NDArray[np.int64]
    keys: NDArray[np.uint64]
    groups: NDArray[np.int64]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    words: NDArray[np.uint64]


class Overlaps(NamedTuple):
    """What texts have in common with sets; one entry a text and set that do.

    Attributes:
        texts: Number of the text in its batch, ascending.
        groups: The set.
        counts: Words at which an n-gram of the set ends.
        starts: First word of the first such n-gram, counted in the batch.
        ends: Word after its last.
    """

    texts: NDArray[np.int64]
    groups: NDArray[np.int64]
    counts: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def make_table(
    keys: NDArray[np.uint64],
    groups: NDArray[np.int64],
    ranges: tuple[NDArray[np.int64], NDArray[np.int64]],
    words: NDArray[np.uint64],
) -> NgramTable:
    """Make a table of n-grams; one that a set has several times is one entry.

    Args:
        keys: Hash of each n-gram.
        groups: Its set.
        ranges: Its first word in ``words``, and its number of words.
        words: Hashes of words.
    """
    starts, sizes = ranges
    order = np.lexsort((starts, groups, keys))
    keys, groups = keys[order], groups[order]
    distinct = np.ones(len(keys), np.bool_)
    distinct[1:] = (keys[1:] != keys[:-1]) | (groups[1:] != groups[:-1])
    order = order[distinct]
    keys, groups = keys[distinct], groups[distinct]
    size = 1 << int(max(len(keys), 4) * 2).bit_length()
    blocks = np.zeros(size // 2 // _KEYS_PER_BLOCK, np.uint64)
    slots = np.full(size, -1, np.int64)
    _fill_table(keys, blocks, slots)
    return NgramTable(
        lengths=np.unique(sizes),
        blocks=blocks,
        slots=slots,
        keys=keys,
        groups=groups,
        starts=starts[order],
        sizes=sizes[order],
        words=words,
    )


def find_overlaps(
    words: PlainWords,
    table: NgramTable,
    num_groups: int,
    num_texts_with: NDArray[np.int64],
) -> Overlaps:
    """Find the n-grams of texts that a table holds.

    Args:
        words: Of a batch of texts.
        table: What to look for.
        num_groups: Sets; one more than the highest number in ``table.groups``.
        num_texts_with: One number an entry of the table, to which the texts that
            have its n-gram are added.
    """
    starts, entries = _matches(words, table, num_groups)
    texts = np.searchsorted(words.offsets, starts, side="right") - 1
    pairs = np.unique(np.stack([entries, texts], axis=1), axis=0)
    np.add.at(num_texts_with, pairs[:, 0], 1)
    ends, groups = starts + table.sizes[entries], table.groups[entries]
    order = np.lexsort((starts, ends, groups, texts))
    starts, ends, texts, groups = (
        values[order] for values in (starts, ends, texts, groups)
    )
    is_new = _changes(texts, groups)
    first = np.flatnonzero(is_new)
    distinct = is_new | _changes(ends)
    counts = np.add.reduceat(distinct, first, dtype=np.int64) if len(first) else first
    return Overlaps(texts[first], groups[first], counts, starts[first], ends[first])


def _matches(
    words: PlainWords, table: NgramTable, num_groups: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First word and entry of every n-gram that the table holds."""
    room = max(4 * num_groups, 4096)
    found = [np.zeros((2, 0), np.int64)]
    for size in table.lengths.tolist():
        text, word = 0, 0
        while text < len(words.offsets) - 1:
            matches = np.empty((2, room), np.int64)
            text, word, count = _find_matches(
                (words.hashes, words.offsets, text, word),
                size,
                table,
                num_groups,
                matches,
            )
            found.append(matches[:, :count])
    starts, entries = np.concatenate(found, axis=1)
    return starts, entries


def _changes(*columns: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark rows that differ from the one before."""
    changed = np.ones(len(columns[0]), np.bool_)
    changed[1:] = np.logical_or.reduce([c[1:] != c[:-1] for c in columns])
    return changed


@lean_kernel
def _pattern(key: np.uint64) -> np.uint64:
    """Bits of a key in its block of the filter."""
    one = np.uint64(1)
    bits = one << (key & np.uint64(63))
    bits |= one << ((key >> np.uint64(6)) & np.uint64(63))
    return bits | one << ((key >> np.uint64(12)) & np.uint64(63))


@lean_kernel
def _fill_table(
    keys: NDArray[np.uint64],
    blocks: NDArray[np.uint64],
    slots: NDArray[np.int64],
) -> None:
    mask = np.uint64(len(slots) - 1)
    block_mask = np.uint64(len(blocks) - 1)
    for entry in range(len(keys)):
        if entry and keys[entry] == keys[entry - 1]:
            continue  # the slot leads to the first entry of a key
        block = (keys[entry] >> np.uint64(32)) & block_mask
        blocks[block] |= _pattern(keys[entry])
        slot = keys[entry] & mask
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = entry


@lean_kernel
def _first_entry(
    key: np.uint64,
    slots: NDArray[np.int64],
    keys: NDArray[np.uint64],
) -> np.int64:
    """Look a key up; -1 if no entry has it."""
    mask = np.uint64(len(slots) - 1)
    slot = key & mask
    while slots[slot] >= 0:
        if keys[slots[slot]] == key:
            return slots[slot]
        slot = (slot + np.uint64(1)) & mask
    return np.int64(-1)


@lean_kernel
def _is_equal(
    hashes: NDArray[np.uint64],
    first: int,
    words: NDArray[np.uint64],
    start: int,
    size: int,
) -> bool:
    step = 0
    while step < size and hashes[first + step] == words[start + step]:
        step += 1
    return step == size


@lean_kernel
def _add_matches(
    hashes: NDArray[np.uint64],
    start: int,
    size: int,
    key: np.uint64,
    table: NgramTable,
    matches: NDArray[np.int64],
    count: int,
) -> int:
    """Note the entries whose n-gram starts at a word; returns the new count."""
    entry = _first_entry(key, table.slots, table.keys)
    if entry < 0:
        return count
    while entry < len(table.keys) and table.keys[entry] == key:
        if table.sizes[entry] == size and _is_equal(
            hashes, start, table.words, table.starts[entry], size
        ):
            matches[0, count] = start
            matches[1, count] = entry
            count += 1
        entry += 1
    return count


@lean_kernel
def _find_matches(
    words: tuple[NDArray[np.uint64], NDArray[np.int64], int, int],
    size: int,
    table: NgramTable,
    num_groups: int,
    matches: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Work from one word of a text on, until there may be no room for more matches.

    Returns:
        Text and word from which to go on, and the number of matches.
    """
    hashes, offsets, text, first = words
    blocks = table.blocks
    block_mask = np.uint64(len(blocks) - 1)
    oldest = np.uint64(1)
    for _ in range(size):
        oldest *= BASE
    count = ZERO
    while text < len(offsets) - 1:
        first = max(first, offsets[text])
        last = offsets[text + 1]
        rolling = np.uint64(0)
        for word in range(first, min(first + size - 1, last)):
            rolling = rolling * BASE + hashes[word]
        for start in range(first, last - size + 1):
            if count + num_groups > matches.shape[1]:
                return text, start, count
            rolling = rolling * BASE + hashes[start + size - 1]
            if start > first:
                rolling -= oldest * hashes[start - 1]
            key = finish(rolling)
            # The filter stands here, unhidden: calls with arrays cost more than it.
            pattern = _pattern(key)
            block = (key >> np.uint64(32)) & block_mask
            if blocks[block] & pattern == pattern:
                count = _add_matches(hashes, start, size, key, table, matches, count)
        text += 1
    return text, first, count
