"""Replace ranges of bytes in a column of texts without touching the rest."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.text_buffers import text_array


def replace_ranges(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    ranges: Sequence[tuple[int, int]],
    replacements: Sequence[bytes],
) -> pa.Array:
    """Make a column in which each range is replaced; without any, the buffers are kept.

    Args:
        data: Bytes of all texts.
        offsets: Where texts start, and where the last one ends.
        ranges: Start and end in ``data``, in order, not overlapping, none across the
            border of two texts.
        replacements: One a range; UTF-8.
    """
    if not ranges:
        return text_array(data, offsets)
    size = int(offsets[-1])
    view = data.data
    pieces: list[bytes | memoryview] = []
    position = 0
    for (start, end), replacement in zip(ranges, replacements, strict=True):
        pieces += [view[position:start], replacement]
        position = end
    pieces.append(view[position:size])
    extents = np.asarray(ranges, dtype=np.int64)
    sizes = np.fromiter(map(len, replacements), dtype=np.int64, count=len(extents))
    growth = np.concatenate([[0], np.cumsum(sizes - (extents[:, 1] - extents[:, 0]))])
    # A range that starts at the end of a text is of the next one, and shifts it not.
    shifted = offsets + growth[np.searchsorted(extents[:, 0], offsets)]
    return text_array(np.frombuffer(b"".join(pieces), dtype=np.uint8), shifted)
