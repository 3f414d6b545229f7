"""Which bytes of a document a model reads: windows spread over it, or passages.

Both are cut between characters, in an order and number that depend on the document's
bytes alone.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import kernel, lean_kernel
from taojin.core.text_buffers import TextBuffers

WINDOW_BYTES = 1024
"""Of one window; a document that is read in part is read in such pieces."""
PASSAGE_BYTES = 512
"""A passage ends here at the latest, at the next end of a word if there is one."""
SHORTEST_PASSAGE_BYTES = 96
"""Shorter sentences are joined with the next."""

_NEWLINE, _BLANK = ord("\n"), ord(" ")
_ENDS = (ord("."), ord("!"), ord("?"))
_LONGEST_WORD = 64


class Windows(NamedTuple):
    """Pieces of documents, in order.

    Attributes:
        starts: Byte positions; int64.
        ends: As many.
        owners: Which document each piece is of; int64, rising.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    owners: NDArray[np.int64]


def spread_windows(texts: TextBuffers, max_bytes: int) -> Windows:
    """Read documents whole up to ``max_bytes``, longer ones in evenly spread windows.

    The first window starts with the document and the last one ends with it.
    """
    lengths = np.diff(texts.offsets)
    num_windows = max(1, max_bytes // WINDOW_BYTES)
    is_long = lengths > max_bytes
    counts = np.where(is_long, num_windows, 1)
    owners = np.repeat(np.arange(len(lengths)), counts)
    rank = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    size = np.minimum(max_bytes, WINDOW_BYTES)
    step = (lengths - size) / max(1, num_windows - 1)
    starts = texts.offsets[:-1][owners]
    ends = texts.offsets[1:][owners]
    cut = is_long[owners]
    starts[cut] += (rank * step[owners]).astype(np.int64)[cut]
    ends[cut] = starts[cut] + size
    limit = texts.offsets[1:][owners]
    return Windows(
        _character_starts(texts.data, starts, limit),
        _character_starts(texts.data, ends, limit),
        owners,
    )


def split_passages(texts: TextBuffers, within: Windows | None = None) -> Windows:
    """Cut documents, or windows of them, into passages: lines, or sentences of one."""
    if within is None:
        every = np.arange(texts.num_texts)
        within = Windows(texts.offsets[:-1].copy(), texts.offsets[1:].copy(), every)
    lengths = within.ends - within.starts
    room = int((lengths // SHORTEST_PASSAGE_BYTES + 1).sum())
    starts, ends, owners = (np.zeros(room, np.int64) for _ in range(3))
    count = _split(texts.data, *within, starts, ends, owners)
    return Windows(starts[:count], ends[:count], owners[:count])


@kernel
def _character_starts(
    data: NDArray[np.uint8], positions: NDArray[np.int64], limits: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Move positions on to the start of a character; no further than the limits."""
    moved = positions.copy()
    for index in range(len(positions)):
        at = positions[index]
        while at < limits[index] and data[at] & 0xC0 == 0x80:
            at += 1
        moved[index] = at
    return moved


@lean_kernel
def _split(
    data: NDArray[np.uint8],
    window_starts: NDArray[np.int64],
    window_ends: NDArray[np.int64],
    window_owners: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    owners: NDArray[np.int64],
) -> int:
    """Fill in passages; every one but a window's last is no shorter than allowed."""
    count = 0
    for window in range(len(window_starts)):
        start, end = window_starts[window], window_ends[window]
        while start < end:
            stop = _passage_end(data, start, end)
            starts[count], ends[count] = start, stop
            owners[count] = window_owners[window]
            count += 1
            start = stop
    return count


@lean_kernel
def _passage_end(data: NDArray[np.uint8], start: int, end: int) -> int:
    at = start + SHORTEST_PASSAGE_BYTES
    soft = start + PASSAGE_BYTES
    hard = min(end, soft + _LONGEST_WORD)
    while at < hard:
        byte, last = data[at], data[at - 1]
        if byte == _NEWLINE or (byte == _BLANK and (last in _ENDS or at >= soft)):
            return at
        if data[at] & 0xC0 != 0x80 and _is_full_stop(data, at):
            return at
        at += 1
    while at < end and data[at] & 0xC0 == 0x80:
        at += 1
    return min(at, end)


@lean_kernel
def _is_full_stop(data: NDArray[np.uint8], at: int) -> bool:
    """Whether one of the marks 。！？ ends here; they are three bytes in UTF-8."""
    a, b, c = data[at - 3], data[at - 2], data[at - 1]
    if a == 0xE3:
        return b == 0x80 and c == 0x82
    return a == 0xEF and b == 0xBC and (c == 0x81 or c == 0x9F)
