"""A table in Parquet parts on disk: the shape in which documents travel.

A part is the unit of work: it is read, processed and written by one worker, and
it is either whole or absent.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from taojin.core.errors import CorruptArtifactError, CountMismatchError
from taojin.core.files import atomic_file, write_text
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.row_groups import REMEDY, reading, write_row_groups

MANIFEST = "manifest.json"
PART_BYTES = 64 << 20
"""Text bytes after which a writer starts a new part."""


@dataclass(frozen=True)
class Part:
    """One Parquet file of a sharded table."""

    name: str
    num_rows: int
    content_hash: str
    counts: dict[str, int]
    """What the operator that wrote the part counted; empty if it counted nothing."""


@dataclass(frozen=True)
class Shards:
    """A table in parts under one folder.

    Attributes:
        root: The folder.
        parts: Its parts, in order. The order is part of the table's identity.
    """

    root: Path
    parts: tuple[Part, ...]

    @property
    def num_rows(self) -> int:
        """Rows of all parts."""
        return sum(part.num_rows for part in self.parts)

    @property
    def counts(self) -> dict[str, int]:
        """Counts of all parts, added up."""
        total: dict[str, int] = {}
        for part in self.parts:
            for name, count in part.counts.items():
                total[name] = total.get(name, 0) + count
        return total

    @property
    def fingerprint(self) -> str:
        """Hash of the content of all parts; independent of where they lie."""
        return fingerprint_of([part.content_hash for part in self.parts])

    def path(self, part: Part) -> Path:
        """Where a part lies."""
        return self.root / part.name

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Read part after part; at most one is in memory.

        Raises:
            CorruptArtifactError: If a part cannot be read.
        """
        for part in self.parts:
            yield read_part(self.path(part), columns)

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the whole table; name the columns unless it is small."""
        return pa.concat_tables(list(self.tables(columns)))

    def write_manifest(self) -> None:
        """Record the parts in the folder; a folder without a manifest is unfinished."""
        content = {"parts": [asdict(part) for part in self.parts]}
        write_text(self.root / MANIFEST, json.dumps(content, indent=1))

    @classmethod
    def open(cls, root: str | Path) -> Self:
        """Open a finished folder.

        Raises:
            CorruptArtifactError: If the manifest or a part that it names is missing
                or damaged.
        """
        folder = Path(root)
        try:
            content: Any = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            parts = tuple(Part(**part) for part in content["parts"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"{folder} has no readable {MANIFEST}: {error}; {REMEDY}"
            raise CorruptArtifactError(message) from error
        missing = [part.name for part in parts if not (folder / part.name).is_file()]
        if missing:
            message = f"{folder} lacks {len(missing)} parts: {missing[:5]}; {REMEDY}"
            raise CorruptArtifactError(message)
        return cls(folder, parts)


def read_part(path: str | Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read one Parquet file.

    Raises:
        CorruptArtifactError: If it is not a readable Parquet file with these columns.
    """
    with reading(path):
        return pq.read_table(path, columns=list(columns) if columns else None)


def write_part(
    table: pa.Table | Iterable[pa.Table],
    path: str | Path,
    counts: dict[str, int] | None = None,
) -> Part:
    """Write one Parquet file atomically, in row groups of bounded size.

    Args:
        table: The part; or tables that follow one another in it, at least one, which
            are written as they come. The file is the same either way.
        path: Where to write.
        counts: What was counted; looked at when the last table is written.
    """
    target = Path(path)
    tables = [table] if isinstance(table, pa.Table) else table
    with atomic_file(target) as partial:
        num_rows = write_row_groups(tables, partial)
        content_hash = hash_file(partial)
    return Part(target.name, num_rows, content_hash, counts or {})


def write_shards(tables: Iterable[pa.Table], root: str | Path) -> Shards:
    """Write tables as the parts of a new folder, with its manifest."""
    folder = Path(root)
    parts = tuple(
        write_part(table, folder / part_name(index))
        for index, table in enumerate(tables)
    )
    shards = Shards(folder, parts)
    shards.write_manifest()
    return shards


def part_name(index: int) -> str:
    """File name of the part with this number."""
    return f"part-{index:05d}.parquet"


def require_same_rows(before: Shards, *after: Shards, stage: str) -> None:
    """Check that a stage lost no row and invented none.

    Raises:
        CountMismatchError: If the rows of ``after`` do not add up to ``before``.
    """
    found = sum(shards.num_rows for shards in after)
    if found != before.num_rows:
        message = (
            f"{stage} was given {before.num_rows} records and accounts for {found}; "
            "this is a defect of the stage, please report it"
        )
        raise CountMismatchError(message)
