"""Words of simplified text, by the English word rule, the quick way.

Most runs of simplified text are letters a to z and are one word, whatever stands
beside them. Only the others, numbers with a unit and what the rule has listed, are
split by the rule itself. Of the special cases that the rule looks for across white
space, simplification leaves none that could take such a word.
"""

import json
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import kernel, lean_kernel
from taojin.core.text_buffers import TextBuffers
from taojin.curation.kernels.copying import copy_bytes
from taojin.curation.kernels.minhash import Units
from taojin.curation.kernels.words import Words, split_words

_BLANK, _ZERO, _FIRST, _LAST = ord(" "), ord("0"), ord("a"), ord("z")
_LETTER_BITS = 5
_MAX_LETTERS = 12  # fit in a key
_NUM_SLOTS = 1 << 12
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SLOT_SHIFT = np.uint64(64 - 12)
_EMPTY = np.uint64(0)


class _Stretches(NamedTuple):
    """Words, and stretches of runs that are yet to be split, in order.

    Attributes:
        offsets: Those of text t are ``offsets[t]`` to ``offsets[t + 1]``.
        starts: First byte.
        ends: Byte after the last.
        unsplit: Whether it is yet to be split.
    """

    offsets: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    unsplit: NDArray[np.bool_]


def split_simple_words(texts: TextBuffers) -> Units:
    """Split simplified texts into words, with one space between them.

    The words are those of :func:`taojin.curation.kernels.words.split_words`.
    """
    found = _find_stretches(*texts, _listed_words())
    unsplit = _cut_out(texts.data, found)
    return _join(texts.data, found, unsplit.data, split_words(*unsplit))


def _cut_out(data: NDArray[np.uint8], found: _Stretches) -> TextBuffers:
    """Make a text of each stretch that is yet to be split."""
    starts, ends = found.starts[found.unsplit], found.ends[found.unsplit]
    offsets = np.zeros(len(starts) + 1, dtype=np.int64)
    np.cumsum(ends - starts, out=offsets[1:])
    return TextBuffers(_copy_out(data, starts, ends, offsets), offsets)


@kernel
def _copy_out(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    offsets: NDArray[np.int64],
) -> NDArray[np.uint8]:
    copied = np.empty(offsets[-1], dtype=np.uint8)
    for index in range(len(starts)):
        copy_bytes(data, starts[index], ends[index], copied, offsets[index])
    return copied


@kernel
def _find_stretches(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], listed: NDArray[np.uint64]
) -> _Stretches:
    most = len(data) // 2 + len(offsets)
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    unsplit = np.empty(most, np.bool_)
    stretch_offsets = np.zeros_like(offsets)
    count = 0
    for text in range(len(offsets) - 1):
        position = offsets[text]
        follows_unsplit = False
        while position < offsets[text + 1]:
            if data[position] == _BLANK:
                position += 1
                continue
            end, is_word = _read_run(data, position, offsets[text + 1], listed)
            if is_word or not follows_unsplit:
                starts[count] = position
                unsplit[count] = not is_word
                count += 1
            ends[count - 1] = end
            follows_unsplit = not is_word
            position = end
        stretch_offsets[text + 1] = count
    return _Stretches(stretch_offsets, starts[:count], ends[:count], unsplit[:count])


@lean_kernel
def _read_run(
    data: NDArray[np.uint8], position: int, end: int, listed: NDArray[np.uint64]
) -> tuple[int, bool]:
    """Find the end of a run, and whether it is surely one word."""
    start = position
    key = _EMPTY
    has_digit, has_other = False, False
    while position < end and data[position] != _BLANK:
        byte = data[position]
        if _FIRST <= byte <= _LAST:
            key = (key << np.uint64(_LETTER_BITS)) | np.uint64(byte - _FIRST + 1)
        elif byte == _ZERO:
            has_digit = True
        else:
            has_other = True
        position += 1
    if has_other:
        return position, False
    if has_digit:  # a unit may be cut off, but only after a digit
        return position, data[position - 1] == _ZERO
    is_listed = position - start <= _MAX_LETTERS and _has(listed, key)
    return position, not is_listed


@lean_kernel
def _has(table: NDArray[np.uint64], key: np.uint64) -> bool:
    slot = np.int64((key * _SPREAD) >> _SLOT_SHIFT)
    while table[slot] != _EMPTY:
        if table[slot] == key:
            return True
        slot = (slot + 1) & (_NUM_SLOTS - 1)
    return False


@kernel
def _join(
    data: NDArray[np.uint8], found: _Stretches, others: NDArray[np.uint8], words: Words
) -> Units:
    """Write all words one after another, those of split stretches in their places."""
    num_words = len(found.starts) - found.unsplit.sum() + len(words.starts)
    starts, ends = np.empty(num_words, np.int64), np.empty(num_words, np.int64)
    joined = np.empty(len(data) + 2 * num_words, dtype=np.uint8)
    offsets = np.zeros_like(found.offsets)
    count, size, stretch_text = 0, offsets[0], 0
    for text in range(len(offsets) - 1):
        for stretch in range(found.offsets[text], found.offsets[text + 1]):
            first, last, source = stretch, stretch + 1, data
            word_starts, word_ends = found.starts, found.ends
            if found.unsplit[stretch]:
                first, last = words.offsets[stretch_text : stretch_text + 2]
                word_starts, word_ends, source = words.starts, words.ends, others
                stretch_text += 1
            for word in range(first, last):
                starts[count] = size
                size = copy_bytes(
                    source, word_starts[word], word_ends[word], joined, size
                )
                ends[count] = size
                joined[size] = _BLANK
                size += 1
                count += 1
        offsets[text + 1] = count
    return Units(joined[:size], offsets, starts, ends)


@cache
def _listed_words() -> NDArray[np.uint64]:
    """Make a hash table of words of letters a to z that the rule has listed to split."""
    folder = resources.files("taojin.curation.kernels")
    facts = json.loads(folder.joinpath("tables/english.json").read_text("utf-8"))
    table = np.zeros(_NUM_SLOTS, dtype=np.uint64)
    for pieces in facts["special_cases"]:
        codes = "".join(pieces).encode()
        if len(pieces) > 1 and all(_FIRST <= code <= _LAST for code in codes):
            _put(table, _key(codes))
    return table


def _key(codes: bytes) -> int:
    key = 0
    for code in codes:
        key = (key << _LETTER_BITS) | (code - _FIRST + 1)
    return key


def _put(table: NDArray[np.uint64], key: int) -> None:
    spread = (key * int(_SPREAD)) & 0xFFFFFFFFFFFFFFFF
    slot = spread >> int(_SLOT_SHIFT)
    while table[slot]:
        slot = (slot + 1) % _NUM_SLOTS
    table[slot] = key
