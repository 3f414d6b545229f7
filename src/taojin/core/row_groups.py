"""Parquet files read and written piece by piece, in bounded memory."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
from numpy.typing import NDArray

from taojin.core.errors import CorruptArtifactError

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

ROW_GROUP_BYTES = 16 << 20
"""Bytes of a row group in memory, about: the least that is read of a part."""

REMEDY = "delete the folder or file and run again to have it made anew"

_SCAN_BYTES = 2 << 20
_VALUE_BYTES = 8
"""What a value counts; a text or list counts its content besides."""


def row_bytes(table: pa.Table) -> NDArray[np.int64]:
    """Estimate what each row takes in memory; depends on the values alone."""
    total = np.full(table.num_rows, _VALUE_BYTES * table.num_columns, dtype=np.int64)
    for column in table.columns:
        kind = column.type
        if pa.types.is_fixed_size_list(kind):
            total += _VALUE_BYTES * kind.list_size
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
            total += _VALUE_BYTES * _lengths(pc.list_value_length(column))
        elif any(is_kind(kind) for is_kind in _TEXTUAL):
            total += _lengths(pc.binary_length(column))
    return total


_TEXTUAL = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_binary,
    pa.types.is_large_binary,
)


def _lengths(lengths: pa.ChunkedArray) -> NDArray[np.int64]:
    return lengths.fill_null(0).to_numpy().astype(np.int64)


def cut_by_bytes(tables: Iterable[pa.Table], max_bytes: int) -> Iterator[pa.Table]:
    """Join and cut tables that follow one another into tables of about one size.

    Each but the last has just as many rows as reach ``max_bytes``, so where it is cut
    does not depend on how the rows arrive.

    Args:
        tables: At least one, of one schema; read as they are needed.
        max_bytes: Bytes of a table as :func:`row_bytes` counts them.

    Yields:
        At least one table, which has no rows if there are none.
    """
    gathered: list[pa.Table] = []
    size, is_empty, schema = 0, True, None
    for table in tables:
        schema = table.schema
        ends = np.cumsum(row_bytes(table))
        first, before = 0, 0
        while first < table.num_rows:
            last = int(np.searchsorted(ends, before + max_bytes - size))
            piece = table.slice(first, last + 1 - first)
            gathered.append(piece)
            first += piece.num_rows
            size, before = size + int(ends[first - 1]) - before, int(ends[first - 1])
            if size >= max_bytes:
                yield pa.concat_tables(gathered)
                gathered, size, is_empty = [], 0, False
    if gathered:
        yield pa.concat_tables(gathered)
    elif is_empty and schema is not None:
        yield schema.empty_table()


def write_row_groups(tables: Iterable[pa.Table], path: Path) -> int:
    """Write tables that follow one another as one file; one row group is in memory.

    The same rows make the same file, be they given at once or one by one.

    Args:
        tables: At least one, of one schema.
        path: Where to write.

    Returns:
        The number of rows.
    """
    groups = cut_by_bytes(tables, ROW_GROUP_BYTES)
    group = next(groups)
    num_rows = 0
    with pq.ParquetWriter(path, group.schema, compression="zstd") as file:
        while group is not None:
            # One chunk: where chunks end shows in the pages of the file.
            whole = group.combine_chunks()
            file.write_table(whole, row_group_size=max(1, whole.num_rows))
            num_rows += whole.num_rows
            group = next(groups, None)
    return num_rows


class RowReader:
    """Reads a Parquet file from start to end, some rows at a time.

    Pages are decoded as they are needed, so that even a file of one huge row group
    takes little memory.

    Raises:
        CorruptArtifactError: If it is not a readable Parquet file with these columns.
    """

    def __init__(self, path: Path, columns: Sequence[str] | None = None) -> None:
        self._path = path
        with reading(path):
            self._file = pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
            schema = self._file.schema_arrow
            self._names = schema.names if columns is None else list(columns)
            self._waiting = schema.empty_table().select(self._names)
        self._batches = self._file.iter_batches(self._rows_a_scan(), columns=columns)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def num_rows(self) -> int:
        """Rows of the file."""
        return self._file.metadata.num_rows

    def batches(self, max_bytes: int) -> Iterator[pa.Table]:
        """Yield tables of about ``max_bytes``; at least one, be it empty."""
        return cut_by_bytes(self._scans(), max_bytes)

    def take(self, num_rows: int) -> pa.Table:
        """Read the next rows; fewer only at the end."""
        scans = self._scans()
        table = next(scans)
        while table.num_rows < num_rows and (scan := next(scans, None)) is not None:
            table = pa.concat_tables([table, scan])
        self._waiting = table.slice(num_rows)
        return table.slice(0, num_rows)

    def _scans(self) -> Iterator[pa.Table]:
        yield self._waiting
        while True:
            with reading(self._path):
                batch = next(self._batches, None)
            if batch is None:
                return
            yield pa.Table.from_batches([batch]).select(self._names)

    def _rows_a_scan(self) -> int:
        metadata = self._file.metadata
        groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
        num_bytes = sum(group.total_byte_size for group in groups)
        bytes_a_row = max(1, num_bytes // max(1, metadata.num_rows))
        return max(1, min(1 << 16, _SCAN_BYTES // bytes_a_row))


@contextmanager
def reading(path: str | Path) -> Generator[None, None, None]:
    """Say of any error in the block that the file is no readable part.

    Raises:
        CorruptArtifactError: In place of an error of Arrow or the file system.
    """
    try:
        yield
    except (pa.ArrowException, OSError, KeyError) as error:
        message = f"{path} is not a readable Parquet file: {error}; {REMEDY}"
        raise CorruptArtifactError(message) from error
