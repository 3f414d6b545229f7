"""Parquet tables: one record a row."""

import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from taojin.core.records import Source
from taojin.ingestion.candidates import (
    Found,
    Item,
    Portion,
    Refusal,
    map_fields,
)
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.readers.columns import require_columns
from taojin.ingestion.streams import open_stream, without_compression

_BATCH_BYTES = 4 << 20


def read_parquet(
    item: Item, source: Source, config: IngestionConfig
) -> Iterator[Found]:
    """Read one record a row; a batch of rows is in memory at a time.

    Positions count the rows of the file from 0, whatever portion of it is read.

    Raises:
        SourceReadError: If the table lacks a mapped column.
    """
    with _seekable(item.path) as stream:
        file = pq.ParquetFile(stream, buffer_size=1 << 20)
        require_columns(file.schema_arrow.names, item, source)
        portion = item.portion or Portion(0, file.num_row_groups, 0)
        position = portion.position
        for batch in file.iter_batches(
            _rows_a_batch(file), range(portion.first, portion.end)
        ):
            for row in _rows_of(batch):
                yield _to_found(row, item, source, position, config)
                position += 1


@contextmanager
def _seekable(path: str) -> Generator[Any, None, None]:
    """Open a file that is read from its end; a compressed one is unpacked first."""
    if without_compression(path) == path:
        with fsspec.open(path, "rb") as stream:
            yield stream
        return
    with tempfile.TemporaryFile() as unpacked:
        with open_stream(path) as packed:
            shutil.copyfileobj(packed, unpacked)
        unpacked.seek(0)
        yield unpacked


def _rows_a_batch(file: pq.ParquetFile) -> int:
    metadata = file.metadata
    num_bytes = sum(
        metadata.row_group(index).total_byte_size
        for index in range(metadata.num_row_groups)
    )
    bytes_a_row = max(1, num_bytes // max(1, metadata.num_rows))
    return min(4096, max(1, _BATCH_BYTES // bytes_a_row))


def _rows_of(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | str]:
    """Yield rows, or the problem of one that cannot be converted."""
    try:
        rows = batch.to_pylist()
    except (ValueError, OverflowError):
        # One bad value spoils the batch: find it row by row.
        rows = [_row_or_problem(batch.slice(at, 1)) for at in range(batch.num_rows)]
    yield from rows


def _row_or_problem(row: pa.RecordBatch) -> dict[str, Any] | str:
    try:
        return row.to_pylist()[0]
    except (ValueError, OverflowError) as error:
        return str(error)


def _to_found(
    row: dict[str, Any] | str,
    item: Item,
    source: Source,
    position: int,
    config: IngestionConfig,
) -> Found:
    if isinstance(row, str):
        return Refusal("wrong_encoding", row, item.label, position)
    text = row.get(source.fields.text)
    if isinstance(text, bytes):
        if len(text) > config.max_record_bytes:
            detail = f"{len(text)} bytes, over {config.max_record_bytes}"
            return Refusal("too_large", detail, item.label, position)
        try:
            row = {**row, source.fields.text: text.decode("utf-8")}
        except UnicodeDecodeError as error:
            return Refusal("wrong_encoding", str(error), item.label, position)
    return map_fields(row, source.fields, item.label, position)
