"""Rewriting texts character by character: case, white space, digits, marks.

A folding is a table that says for each code point what it becomes. White space at the
ends goes, a run of it within becomes one space. What a table cannot say - a letter
whose form depends on its neighbours - makes a text *rare*: it is left to Python.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import kernel, lean_kernel
from taojin.core.text_buffers import TextBuffers
from taojin.curation.kernels.characters import decode_at

COPY = 0
"""The character stays as it is."""
REPLACE = 1
"""It becomes other characters, or nothing."""
SPACE = 2
"""It counts as white space."""
DIGIT = 3
"""A number of such, a fraction included, becomes one zero."""
NON_STARTER = 4
"""It is replaced; right after another such the text is rare, for canonical order
might swap the two."""
CONTEXTUAL = 5
"""What it becomes depends on its neighbours: the text is rare."""

DECIMAL_SEPARATORS = ".,،٫⎖⎗⎘"
"""Between two runs of digits they are part of one number."""

_ZERO = 0x30
_BLANK = 0x20
_MAX_OUTPUT = 16  # bytes that one character can become, with a space before it
_FULL = -1
_RARE = -2


class Folding(NamedTuple):
    """Tables of a folding.

    Attributes:
        actions: ``COPY`` to ``CONTEXTUAL`` for every code point.
        places: Where in ``replacements`` that of a code point begins.
        replacements: For each its length in bytes, then its bytes.
        separators: Code points of :data:`DECIMAL_SEPARATORS`.
    """

    actions: NDArray[np.uint8]
    places: NDArray[np.int32]
    replacements: NDArray[np.uint8]
    separators: NDArray[np.int64]


def fold_texts(
    texts: TextBuffers, folding: Folding, fold_rare: Callable[[str], str]
) -> TextBuffers:
    """Rewrite the texts of a batch.

    Args:
        texts: UTF-8; other bytes are safe, but what they become is not defined.
        folding: Tables.
        fold_rare: The same rule in Python, for texts that the tables cannot do.
    """
    data, offsets = texts.data.view(), texts.offsets
    data.flags.writeable = False  # as Arrow's bytes are: kernels know one kind
    capacity = len(data) + len(data) // 8 + 64
    while True:
        out = np.empty(capacity, dtype=np.uint8)
        ends, rare = np.zeros_like(offsets), np.zeros(texts.num_texts, dtype=np.bool_)
        if _fold_all(data, offsets, folding, out, ends, rare):
            break
        capacity *= 2
    folded = TextBuffers(out[: ends[-1]], ends)
    return _with_rare(folded, texts, rare, fold_rare) if rare.any() else folded


def _with_rare(
    folded: TextBuffers,
    texts: TextBuffers,
    rare: NDArray[np.bool_],
    fold_rare: Callable[[str], str],
) -> TextBuffers:
    """Put the rare texts in their places, which were left empty."""
    pieces: list[NDArray[np.uint8]] = []
    sizes = np.diff(folded.offsets)
    done = 0
    for index in np.flatnonzero(rare):
        start, end = texts.offsets[index : index + 2]
        text = texts.data[start:end].tobytes().decode("utf-8", errors="replace")
        replaced = np.frombuffer(fold_rare(text).encode(), dtype=np.uint8)
        pieces += [folded.data[done : folded.offsets[index]], replaced]
        done = folded.offsets[index]
        sizes[index] = len(replaced)
    offsets = np.zeros_like(folded.offsets)
    np.cumsum(sizes, out=offsets[1:])
    return TextBuffers(np.concatenate([*pieces, folded.data[done:]]), offsets)


@kernel
def _fold_all(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    folding: Folding,
    out: NDArray[np.uint8],
    ends: NDArray[np.int64],
    rare: NDArray[np.bool_],
) -> bool:
    """Fold every text; tell whether ``out`` was large enough."""
    size = ends[0]
    for index in range(len(offsets) - 1):
        start = size
        size = _fold(data, offsets[index], offsets[index + 1], folding, out, start)
        if size == _FULL:
            return False
        rare[index] = size == _RARE
        if size == _RARE:
            size = start
        while size > start and out[size - 1] == _BLANK:
            size -= 1
        ends[index + 1] = size
    return True


@kernel
def _fold(
    data: NDArray[np.uint8],
    first: int,
    end: int,
    folding: Folding,
    out: NDArray[np.uint8],
    start: int,
) -> int:
    """Append one text to ``out`` from ``start`` on; return where it ends there."""
    size, position = start, first
    space_waits = False
    follows_mark = False
    while position < end:
        if size + _MAX_OUTPUT > len(out):
            return _FULL
        code, length = decode_at(data, position, end)
        action = folding.actions[code]
        if action == SPACE:
            space_waits, follows_mark = True, False
            position += length
            continue
        # A space before what vanishes stays, one before anything is written does not.
        if space_waits and size > start:
            out[size] = _BLANK
            size += 1
        space_waits = False
        if action == COPY:
            for step in range(length):
                out[size + step] = data[position + step]
            size, follows_mark = size + length, False
            position += length
        elif action == DIGIT:
            out[size] = _ZERO
            size, follows_mark = size + 1, False
            position = _skip_number(data, position + length, end, folding)
        else:
            if action == CONTEXTUAL or (action == NON_STARTER and follows_mark):
                return _RARE
            before = size
            size = _replace(code, folding, out, size)
            follows_mark = action == NON_STARTER or (follows_mark and size == before)
            position += length
    return size


@lean_kernel
def _replace(code: int, folding: Folding, out: NDArray[np.uint8], size: int) -> int:
    place = folding.places[code]
    for step in range(folding.replacements[place]):
        out[size] = folding.replacements[place + 1 + step]
        size += 1
    return size


@kernel
def _skip_number(
    data: NDArray[np.uint8], position: int, end: int, folding: Folding
) -> int:
    """Pass the rest of a number: digits, and one fraction if digits follow it."""
    position = _skip_digits(data, position, end, folding)
    if position < end:
        code, length = decode_at(data, position, end)
        if np.any(folding.separators == code):
            return max(position, _skip_fraction(data, position + length, end, folding))
    return position


@lean_kernel
def _skip_fraction(
    data: NDArray[np.uint8], position: int, end: int, folding: Folding
) -> int:
    """Pass digits; return 0 if there are none."""
    after = _skip_digits(data, position, end, folding)
    return after if after > position else 0


@lean_kernel
def _skip_digits(
    data: NDArray[np.uint8], position: int, end: int, folding: Folding
) -> int:
    while position < end:
        code, length = decode_at(data, position, end)
        if folding.actions[code] != DIGIT:
            break
        position += length
    return position
