"""Where the lines of texts start and end, with and without white space around them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.core.text_buffers import TextBuffers
from taojin.curation.kernels.characters import INVALID, decode_at, is_space
from taojin.curation.kernels.hashing import hash_bytes

_LINE_FEED = 0x0A


class LineIndex(NamedTuple):
    """Pieces between line feeds; a text without any is one line, empty or not.

    Attributes:
        offsets: Where each text's lines start in the other arrays, and the end of the
            last; one more than texts.
        starts: First byte of each line.
        ends: Byte after each line: that of its line feed, or the end of the text.
        core_starts: First byte that is not white space; ``ends`` in a blank line.
        core_ends: Byte after the last that is not white space; ``ends`` in a blank
            line.
        hashes: Hash of each line's bytes.
        chars: Code points of each line.
    """

    offsets: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    core_starts: NDArray[np.int64]
    core_ends: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    chars: NDArray[np.int64]


def index_lines(text: TextBuffers) -> LineIndex:
    """Find the lines of a batch."""
    breaks = np.flatnonzero(text.data == _LINE_FEED)
    passed = np.searchsorted(breaks, text.offsets)
    offsets = passed + np.arange(len(text.offsets))
    size = int(offsets[-1])
    lines = LineIndex(
        offsets,
        starts=np.empty(size, np.int64),
        ends=np.empty(size, np.int64),
        core_starts=np.empty(size, np.int64),
        core_ends=np.empty(size, np.int64),
        hashes=np.empty(size, np.uint64),
        chars=np.empty(size, np.int64),
    )
    _fill(text.data, text.offsets, breaks, lines)
    return lines


@lean_kernel
def core_start(data: NDArray[np.uint8], start: int, end: int) -> int:
    """Find the first byte that is not white space; ``end`` if there is none."""
    position = start
    while position < end:
        code, length = decode_at(data, position, end)
        if not is_space(code):
            break
        position += length
    return position


@lean_kernel
def core_end(data: NDArray[np.uint8], start: int, end: int) -> int:
    """Find the byte after the last that is not white space; ``start`` if none is."""
    position = end
    while position > start:
        code, length = decode_before(data, start, position)
        if not is_space(code):
            break
        position -= length
    return position


@lean_kernel
def decode_before(data: NDArray[np.uint8], start: int, end: int) -> tuple[int, int]:
    """Read the code point that ends before a byte; ``start`` is below ``end``.

    Returns:
        Code point and its length in bytes, as :func:`decode_at` gives them.
    """
    first = end - 1
    while first > start and end - first < 4 and data[first] & 0xC0 == 0x80:
        first -= 1
    code, length = decode_at(data, first, end)
    if first + length == end:
        return code, length
    return INVALID, 1


@lean_kernel
def count_chars(data: NDArray[np.uint8], start: int, end: int) -> int:
    """Count code points, that is bytes which do not continue one."""
    count = 0
    for position in range(start, end):
        count += data[position] & 0xC0 != 0x80
    return count


@lean_kernel
def ends_with_ellipsis(data: NDArray[np.uint8], start: int, end: int) -> bool:
    """Tell whether bytes end with three dots or the one character for them."""
    if end - start < 3:
        return False
    first, second, third = data[end - 3], data[end - 2], data[end - 1]
    if third == 0x2E:
        return first == 0x2E and second == 0x2E
    return first == 0xE2 and second == 0x80 and third == 0xA6


@lean_kernel
def break_length(data: NDArray[np.uint8], position: int, end: int) -> int:
    """Give the bytes of the line break at a position, 0 where there is none.

    Breaks are those of ``str.splitlines``: beside line feed and carriage return, or
    both, vertical tab, form feed, the separators 0x1C to 0x1E, next line (U+0085),
    line separator and paragraph separator.
    """
    byte = data[position]
    if byte == 0x0D:
        return 2 if position + 1 < end and data[position + 1] == _LINE_FEED else 1
    if byte < 0x80:
        return 1 if 0x0A <= byte <= 0x0C or 0x1C <= byte <= 0x1E else 0
    if byte == 0xC2:
        return 2 if position + 1 < end and data[position + 1] == 0x85 else 0
    if byte == 0xE2 and position + 2 < end and data[position + 1] == 0x80:
        return 3 if 0xA8 <= data[position + 2] <= 0xA9 else 0
    return 0


@lean_kernel
def _fill(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    breaks: NDArray[np.int64],
    lines: LineIndex,
) -> None:
    for text in range(len(offsets) - 1):
        start, last = offsets[text], lines.offsets[text + 1] - 1
        for line in range(lines.offsets[text], last + 1):
            # As many breaks lie before a line as lines, but those that end texts.
            end = offsets[text + 1] if line == last else breaks[line - text]
            lines.starts[line], lines.ends[line] = start, end
            first = core_start(data, start, end)
            lines.core_starts[line] = first
            lines.core_ends[line] = core_end(data, first, end)
            lines.hashes[line] = hash_bytes(data, start, end)
            lines.chars[line] = count_chars(data, start, end)
            start = end + 1
