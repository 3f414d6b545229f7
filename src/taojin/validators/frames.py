"""One way to look at tables in memory, in parts on disk, and behind a handle."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from taojin.core.errors import ConfigurationError
from taojin.core.shards import Shards

NO_TYPE = "object"
"""Type of a column that Arrow cannot hold: mixed types, or text with lone surrogates."""


class Frames(Protocol):
    """A table as a sequence of pandas frames."""

    @property
    def num_rows(self) -> int:
        """Rows of the whole table."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        ...

    def arrow_type(self, column: str) -> str:
        """Type of a column as Arrow prints it; ``string`` for any string."""
        ...

    def parts(self, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Read the named columns part after part; one part is in memory at a time."""
        ...


def frames_of(data: Any) -> Frames:
    """Look at data as frames.

    Args:
        data: A :class:`pandas.DataFrame`, :class:`~taojin.core.shards.Shards`, or
            anything with a method ``table()`` that returns a data frame.

    Raises:
        ConfigurationError: If it is none of these.
    """
    if isinstance(data, Shards):
        return _ShardedFrames(data)
    if isinstance(data, pd.DataFrame):
        return _SingleFrame(data)
    table = getattr(data, "table", None)
    frame = table() if callable(table) else None
    if isinstance(frame, pd.DataFrame):
        return _SingleFrame(frame)
    message = (
        f"a {type(data).__name__} cannot be checked by an expectation suite; it takes "
        "a DataFrame, Shards, or an object whose table() returns a DataFrame"
    )
    raise ConfigurationError(message)


def whole(frames: Frames, columns: Sequence[str]) -> pd.DataFrame:
    """Read the named columns of all rows; with no columns, only the rows' number."""
    if not columns:
        return pd.DataFrame(index=pd.RangeIndex(frames.num_rows))
    parts = list(frames.parts(columns))
    if not parts:
        return pd.DataFrame(columns=list(columns))
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class _SingleFrame:
    frame: pd.DataFrame

    @property
    def num_rows(self) -> int:
        return len(self.frame)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(map(str, self.frame.columns))

    def arrow_type(self, column: str) -> str:
        try:
            array = pa.Array.from_pandas(self.frame[column])
        except (pa.ArrowException, UnicodeError, OverflowError):
            return NO_TYPE
        return _type_name(array.type)

    def parts(self, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        selected = cast("pd.DataFrame", self.frame[list(columns)])
        yield selected.reset_index(drop=True)


@dataclass(frozen=True)
class _ShardedFrames:
    shards: Shards

    @property
    def num_rows(self) -> int:
        return self.shards.num_rows

    @property
    def columns(self) -> tuple[str, ...]:
        schemas = self._schemas()
        return tuple(schemas[0].names) if schemas else ()

    def arrow_type(self, column: str) -> str:
        schemas = self._schemas()
        found = {_type_name(schema.field(column).type) for schema in schemas}
        return " and ".join(sorted(found))

    def parts(self, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        for table in self.shards.tables(columns):
            yield table.to_pandas()

    def _schemas(self) -> list[pa.Schema]:
        shards = self.shards
        return [pq.read_schema(shards.path(part)) for part in shards.parts]


def _type_name(kind: pa.DataType) -> str:
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "string"
    return str(kind)
