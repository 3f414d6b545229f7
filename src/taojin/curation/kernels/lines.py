"""Lines of texts: where they are, their hashes, and texts without some of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.core.text_buffers import TextBuffers, read_only
from taojin.curation.kernels.characters import decode_at, is_space
from taojin.curation.kernels.hashing import finish
from taojin.curation.kernels.plain_words import LETTER, word_codes

_LINE_END = 0x0A
_SEED = np.uint64(0xCBF29CE484222325)
_STEP = np.uint64(0x100000001B3)
_CHECK_SEED = np.uint64(0x9AE16A3B2F90404F)
_CHECK_STEP = np.uint64(0xC949D7C7509E6557)


class Lines(NamedTuple):
    """Lines of a batch of texts; a line ends at U+000A or with its text.

    Attributes:
        offsets: Lines of text t are ``offsets[t]`` to ``offsets[t + 1]``.
        begins: Byte at which a line begins, counted in the batch.
        starts: First byte that is no white space; ``ends`` if there is none.
        ends: Byte after the last that is no white space.
        letters: Whether the line has a letter.
    """

    offsets: NDArray[np.int64]
    begins: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    letters: NDArray[np.bool_]


def find_lines(texts: TextBuffers) -> Lines:
    """Find the lines of texts; an empty text has none, nor has what follows the last end."""
    most = np.count_nonzero(texts.data == _LINE_END) + texts.num_texts
    offsets = np.zeros(texts.num_texts + 1, np.int64)
    begins, starts, ends = (np.empty(most, np.int64) for _ in range(3))
    letters = np.zeros(most, np.bool_)
    count = _find_lines(
        texts.data, texts.offsets, word_codes(), offsets, begins, starts, ends, letters
    )
    return Lines(offsets, begins[:count], starts[:count], ends[:count], letters[:count])


def line_stops(texts: TextBuffers, lines: Lines) -> NDArray[np.int64]:
    """Where the next line begins, or the text ends, after each line."""
    stops = np.append(lines.begins[1:], texts.offsets[-1:])
    return stops[: len(lines.begins)]


def hash_ranges(
    texts: TextBuffers, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Hash the bytes of ranges, twice, by hashes that know nothing of each other."""
    keys = np.empty(len(starts), np.uint64)
    checks = np.empty(len(starts), np.uint64)
    _hash_ranges(texts.data, read_only(starts), read_only(ends), keys, checks)
    return keys, checks


def first_in_text(
    keys: NDArray[np.uint64], offsets: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Mark keys that stand in their text for the first time."""
    most = int(np.diff(offsets).max(initial=0))
    size = 1 << max(4, int(2 * most).bit_length())
    is_first = np.zeros(len(keys), np.bool_)
    _mark_first(keys, offsets, np.zeros(size, np.int64), is_first)
    return is_first


def equal_ranges(
    texts: TextBuffers,
    ranges: tuple[NDArray[np.int64], NDArray[np.int64]],
    others: TextBuffers,
    which: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Tell which ranges of ``texts`` are, byte for byte, text ``which`` of ``others``."""
    equal = np.zeros(len(which), np.bool_)
    _compare_ranges(texts.data, *ranges, *others, which, equal)
    return equal


def cut_ranges(
    texts: TextBuffers, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> TextBuffers:
    """Leave ranges out of texts.

    A text that ended without a line end, and is cut, still ends without one.

    Args:
        texts: Texts; not changed.
        starts: First byte of each range, ascending; a range lies within one text.
        ends: Byte after it.
    """
    data = np.empty(len(texts.data), np.uint8)
    offsets = np.zeros(len(texts.offsets), np.int64)
    size = _cut_ranges(*texts, starts, ends, data, offsets)
    return TextBuffers(data[:size], offsets)


@lean_kernel
def _find_lines(  # noqa: PLR0913, PLR0917
    data: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    codes: NDArray[np.int32],
    offsets: NDArray[np.int64],
    begins: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    letters: NDArray[np.bool_],
) -> int:
    count = 0
    for text in range(len(text_offsets) - 1):
        position, text_end = text_offsets[text], text_offsets[text + 1]
        while position < text_end:
            begins[count] = position
            start, end = np.int64(-1), position
            has_letter = False
            while position < text_end:
                code, length = decode_at(data, position, text_end)
                position += length
                if code == _LINE_END:
                    break
                if not is_space(code):
                    if start < 0:
                        start = position - length
                    end = position
                    has_letter |= codes[code] & LETTER != 0
            starts[count] = start if start >= 0 else end
            ends[count] = end
            letters[count] = has_letter
            count += 1
        offsets[text + 1] = count
    return count


@lean_kernel
def _hash_ranges(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    keys: NDArray[np.uint64],
    checks: NDArray[np.uint64],
) -> None:
    for index in range(len(starts)):
        key, check = _SEED, _CHECK_SEED
        for position in range(starts[index], ends[index]):
            value = np.uint64(data[position])
            key = (key ^ value) * _STEP
            check = (check + value) * _CHECK_STEP
            check ^= check >> np.uint64(29)
        keys[index] = finish(key)
        checks[index] = finish(check)


@lean_kernel
def _mark_first(
    keys: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    table: NDArray[np.int64],
    is_first: NDArray[np.bool_],
) -> None:
    # An entry is an index + 1; one before this text's first key counts as free.
    mask = np.uint64(len(table) - 1)
    for text in range(len(offsets) - 1):
        first = offsets[text]
        for index in range(first, offsets[text + 1]):
            slot = keys[index] & mask
            while table[slot] > first and keys[table[slot] - 1] != keys[index]:
                slot = (slot + np.uint64(1)) & mask
            if table[slot] <= first:
                table[slot] = index + 1
                is_first[index] = True


@lean_kernel
def _compare_ranges(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    other_data: NDArray[np.uint8],
    other_offsets: NDArray[np.int64],
    which: NDArray[np.int64],
    equal: NDArray[np.bool_],
) -> None:
    for index in range(len(which)):
        start = other_offsets[which[index]]
        size = other_offsets[which[index] + 1] - start
        if ends[index] - starts[index] != size:
            continue
        step = 0
        while step < size and data[starts[index] + step] == other_data[start + step]:
            step += 1
        equal[index] = step == size


@lean_kernel
def _cut_ranges(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    new_data: NDArray[np.uint8],
    new_offsets: NDArray[np.int64],
) -> int:
    size = 0
    gap = 0
    for text in range(len(offsets) - 1):
        position, end = offsets[text], offsets[text + 1]
        is_cut = False
        while position < end:
            stop = end
            if gap < len(starts) and starts[gap] < end:
                stop = max(starts[gap], position)
                is_cut = True
            for byte in range(position, stop):
                new_data[size] = data[byte]
                size += 1
            position = stop
            if is_cut and gap < len(starts) and starts[gap] < end:
                position = max(ends[gap], position)
                gap += 1
        if is_cut and data[end - 1] != _LINE_END:
            while size > new_offsets[text] and new_data[size - 1] == _LINE_END:
                size -= 1
        new_offsets[text + 1] = size
    return size
