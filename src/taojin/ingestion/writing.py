"""Write rows of unknown number to parts of bounded size, in bounded memory."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from taojin.core.shards import Part, write_part

_BATCH_BYTES = 4 << 20
_BATCH_ROWS = 10_000
_ROW_BYTES = 200
"""What a row takes besides its text, about."""


class PartWriter:
    """Collects rows into parts of about ``part_bytes`` each.

    Rows wait as Python objects only until they fill a batch; Arrow holds them in a
    third of the memory.
    """

    def __init__(
        self, folder: Path, prefix: str, schema: pa.Schema, part_bytes: int
    ) -> None:
        self._folder = folder
        self._prefix = prefix
        self._schema = schema
        self._part_bytes = part_bytes
        self._rows: list[dict[str, Any]] = []
        self._row_bytes = 0
        self._batches: list[pa.RecordBatch] = []
        self._batch_bytes = 0
        self._parts: list[Part] = []

    def add(self, row: dict[str, Any], num_bytes: int) -> None:
        """Take a row whose text has ``num_bytes`` bytes."""
        self._rows.append(row)
        self._row_bytes += num_bytes + _ROW_BYTES
        full = self._batch_bytes + self._row_bytes >= self._part_bytes
        if full or self._row_bytes >= _BATCH_BYTES or len(self._rows) >= _BATCH_ROWS:
            self._convert()
        if full:
            self._write()

    def close(self) -> list[Part]:
        """Write what waits and return all parts, in order."""
        self._convert()
        self._write()
        return self._parts

    def _convert(self) -> None:
        if self._rows:
            batch = pa.RecordBatch.from_pylist(self._rows, schema=self._schema)
            self._batches.append(batch)
            self._batch_bytes += self._row_bytes
        self._rows, self._row_bytes = [], 0

    def _write(self) -> None:
        if not self._batches:
            return
        table = pa.Table.from_batches(self._batches, schema=self._schema)
        name = f"{self._prefix}-{len(self._parts):03d}.parquet"
        self._parts.append(write_part(table, self._folder / name))
        self._batches, self._batch_bytes = [], 0
