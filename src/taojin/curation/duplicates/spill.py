"""Keys that do not fit in memory: sorted runs on disk, read back by range.

A run holds the records (key, row) of some rows, of every table (a band, say) one after
another, each sorted by key. A range is a span of key values of one table; all runs
cut their tables alike, so equal keys of one table meet in one range.

A key occurs at most once in a table of a run: rows with the same key are linked when
the run is written, and only one of them is kept. So a range stays small even if
millions of rows have the same key.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.curation.duplicates.components import Edges

RUN_SUFFIX = ".run"
EDGES_SUFFIX = ".edges"
_EDGES_AT_ONCE = 1 << 20
_INDEX = np.dtype("<i8")


class Layout(NamedTuple):
    """How the runs of one search are laid out.

    Attributes:
        num_tables: Tables, each of which is linked by itself.
        key_words: 64-bit words a key.
        num_ranges: Ranges that each table is cut into.
    """

    num_tables: int
    key_words: int
    num_ranges: int

    @property
    def record(self) -> np.dtype:
        """A record as it lies on disk."""
        return np.dtype([("key", "<u8", (self.key_words,)), ("row", "<i8")])

    @property
    def num_slices(self) -> int:
        """Ranges of all tables."""
        return self.num_tables * self.num_ranges


def write_run(
    path: Path, keys: NDArray[np.uint64], rows: NDArray[np.int64], layout: Layout
) -> None:
    """Write a run, and beside it the edges between rows with a key in common.

    Args:
        path: Ends in :data:`RUN_SUFFIX`.
        keys: Shape (num_rows, num_tables, key_words).
        rows: Number of each row, ascending.
        layout: Of all runs of the search.
    """
    bounds = np.zeros(layout.num_slices + 1, dtype=_INDEX)
    beside = path.with_suffix(EDGES_SUFFIX)
    with path.open("wb") as run, beside.open("wb") as edges_file:
        run.write(bounds.tobytes())
        for table in range(layout.num_tables):
            records, edges = _sort_and_link(keys[:, table], rows, layout)
            records.tofile(run)
            edges.tofile(edges_file)
            first = table * layout.num_ranges
            ends = bounds[first] + _cut(records["key"][:, 0], layout.num_ranges)
            bounds[first + 1 : first + 1 + layout.num_ranges] = ends
        run.seek(0)
        run.write(bounds.tobytes())


def link_slice(folder: Path, index: int, layout: Layout) -> None:
    """Link equal keys of one range of one table across all runs of a folder.

    Args:
        folder: Where the runs lie; the edges are written there too.
        index: Number of the range, over all tables.
        layout: Of the runs.
    """
    pieces = [_read_slice(run, index, layout) for run in _files(folder, RUN_SUFFIX)]
    if len(pieces) < 2:
        return  # its equal keys were linked when it was written
    records = np.concatenate(pieces)
    _, edges = _sort_and_link(records["key"], records["row"], layout)
    if len(edges):
        edges.tofile(folder / f"slice-{index:06d}{EDGES_SUFFIX}")


def read_edges(folder: Path) -> Iterator[Edges]:
    """Read the edges that runs and slices of a folder left, a chunk at a time."""
    for path in _files(folder, EDGES_SUFFIX):
        with path.open("rb") as stream:
            while len(flat := np.fromfile(stream, _INDEX, 2 * _EDGES_AT_ONCE)):
                yield flat.reshape(-1, 2)


def _sort_and_link(
    keys: NDArray[np.uint64], rows: NDArray[np.int64], layout: Layout
) -> tuple[NDArray, Edges]:
    """Sort records by key; link neighbours of the same key, keep one of them.

    Which one does not matter: what is connected stays connected.
    """
    order = np.argsort(keys[:, 0]) if keys.shape[1] == 1 else np.lexsort(keys.T[::-1])
    ordered = keys[order]
    repeats = np.zeros(len(order), dtype=np.bool_)
    repeats[1:] = (ordered[1:] == ordered[:-1]).all(axis=1)
    linked = np.flatnonzero(repeats)
    edges = np.stack([rows[order[linked - 1]], rows[order[linked]]], axis=1)
    records = np.empty(len(order) - len(linked), dtype=layout.record)
    records["key"] = ordered[~repeats]
    records["row"] = rows[order[~repeats]]
    return records, edges


def _cut(keys: NDArray[np.uint64], num_ranges: int) -> NDArray[np.int64]:
    """Find where each of the ranges ends among ascending keys."""
    step = -(-(1 << 64) // num_ranges)
    starts = np.array([step * r for r in range(1, num_ranges)], dtype=np.uint64)
    return np.append(np.searchsorted(keys, starts), len(keys))


def _read_slice(run: Path, index: int, layout: Layout) -> NDArray:
    header = (layout.num_slices + 1) * _INDEX.itemsize
    with run.open("rb") as stream:
        stream.seek(index * _INDEX.itemsize)
        first, end = np.fromfile(stream, _INDEX, 2)
        stream.seek(header + first * layout.record.itemsize)
        return np.fromfile(stream, layout.record, end - first)


def _files(folder: Path, suffix: str) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix == suffix)
