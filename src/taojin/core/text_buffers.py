"""Texts as kernels see them: one array of bytes, and where each text starts."""

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)

BATCH_BYTES = 1 << 19
"""Text bytes that kernels work on at a time: what they make of them stays in the caches,
and in memory that the allocator hands out again without asking the system."""


class TextBuffers(NamedTuple):
    """Texts of a column.

    Attributes:
        data: UTF-8 bytes of all texts, one after another.
        offsets: Where each text starts in ``data``, and where the last one ends;
            one more than texts.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @property
    def num_texts(self) -> int:
        """Texts, empty ones included."""
        return len(self.offsets) - 1


def read_only(array: NDArray[Number]) -> NDArray[Number]:
    """View an array as one that cannot be changed.

    Numba compiles a kernel once more for arrays that can be, and what Arrow has just
    made can be, while what it has read from a file cannot.
    """
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


_NO_BYTES = read_only(np.zeros(0, np.uint8))


def text_buffers(column: pa.ChunkedArray | pa.Array) -> TextBuffers:
    """View a text column as bytes; copied only where its chunks have to be joined.

    A null counts as an empty text.
    """
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else column
    array = _as_large_string(column)
    if array.null_count:
        array = array.fill_null("")
    _, offsets_buffer, data_buffer = array.buffers()
    if offsets_buffer is None or not len(array):
        return TextBuffers(_NO_BYTES, read_only(np.zeros(1, np.int64)))
    offsets = np.frombuffer(offsets_buffer, dtype=np.int64)
    offsets = offsets[array.offset : array.offset + len(array) + 1]
    size = int(offsets[-1])
    data = (
        np.frombuffer(data_buffer, dtype=np.uint8, count=size)
        if data_buffer is not None and size
        else _NO_BYTES
    )
    start = int(offsets[0])
    return TextBuffers(read_only(data[start:]), read_only(offsets - start))


def batches(
    column: pa.ChunkedArray | pa.Array, max_bytes: int = BATCH_BYTES
) -> Iterator[TextBuffers]:
    """Yield the texts of a column in order, in batches of about ``max_bytes``.

    A text is never cut; one that is larger makes a batch of its own. An empty column
    yields nothing.
    """
    data, offsets = text_buffers(column)
    first, last = 0, len(offsets) - 1
    while first < last:
        limit = offsets[first] + max_bytes
        end = int(np.searchsorted(offsets, limit, side="right")) - 1
        end = min(max(end, first + 1), last)
        yield TextBuffers(
            data[offsets[first] : offsets[end]],
            read_only(offsets[first : end + 1] - offsets[first]),
        )
        first = end


def text_array(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> pa.Array:
    """Make a column of texts from bytes that are known to be valid UTF-8."""
    return pa.LargeStringArray.from_buffers(
        len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data)
    )


def _as_large_string(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):  # without chunks
        return pa.array([], type=pa.large_string())
    return column.cast(pa.large_string())
