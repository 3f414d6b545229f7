"""Records sorted by key in files: how parts and key ranges meet in bounded memory.

A record is a key and some integers. Each task writes sorted runs; a later task takes
one range of keys out of all runs. So grouping by key needs neither an engine's
shuffle nor more memory than one range.
"""

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from taojin.core.files import atomic_file, write_text

KEY_LIMIT = 1 << 64
"""Keys are below."""

_WORD = 8  # bytes of a key or a value


@dataclass(frozen=True)
class Run:
    """Records that lie sorted by key in a file: all keys, then all values.

    Attributes:
        path: The file.
        start: Byte at which they start.
        num_records: How many they are.
        num_values: Values a record.
    """

    path: str
    start: int
    num_records: int
    num_values: int


class Records(NamedTuple):
    """Records in memory.

    Attributes:
        keys: One a record.
        values: Of shape (number of records, number of values).
    """

    keys: NDArray[np.uint64]
    values: NDArray[np.int64]


class RunWriter:
    """Writes sorted runs into one file, which appears when it is complete."""

    def __init__(self, path: Path) -> None:
        self.runs: list[Run] = []
        self._path = path
        self._file = atomic_file(path)

    def __enter__(self) -> Self:
        self._stream = self._file.__enter__().open("wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        self._file.__exit__(kind, error, trace)

    def add(self, keys: NDArray[np.uint64], *values: NDArray[np.int64]) -> None:
        """Sort records by key and write them as a run."""
        order = np.argsort(keys)
        start = self._stream.tell()
        self._stream.write(keys[order].tobytes())
        table = np.array(values, np.int64).reshape(len(values), len(keys)).T
        self._stream.write(table[order].tobytes())
        self.runs.append(Run(str(self._path), start, len(keys), len(values)))


def read_range(runs: Sequence[Run], low: int, high: int) -> Records:
    """Collect the records with ``low <= key < high`` of all runs, one run after another."""
    keys: list[NDArray[np.uint64]] = []
    values: list[NDArray[np.int64]] = []
    for run in runs:
        if not run.num_records:
            continue
        all_keys = np.memmap(
            run.path, np.uint64, "r", offset=run.start, shape=(run.num_records,)
        )
        first = bisect_left(all_keys, low, key=int)
        last = bisect_left(all_keys, high, lo=first, key=int)
        if first == last:
            continue
        keys.append(np.array(all_keys[first:last]))
        values.append(_read_values(run, first, last))
    if not keys:
        num_values = runs[0].num_values if runs else 0
        return Records(np.zeros(0, np.uint64), np.zeros((0, num_values), np.int64))
    return Records(np.concatenate(keys), np.concatenate(values))


def _read_values(run: Run, first: int, last: int) -> NDArray[np.int64]:
    shape = (last - first, run.num_values)
    if not run.num_values:
        return np.zeros(shape, np.int64)
    offset = run.start + _WORD * (run.num_records + first * run.num_values)
    return np.array(np.memmap(run.path, np.int64, "r", offset=offset, shape=shape))


def sort_by_key(records: Records) -> Records:
    """Sort records by key; equal keys keep no order."""
    order = np.argsort(records.keys)
    return Records(records.keys[order], records.values[order])


def key_ranges(runs: Sequence[Run], memory_limit_mb: int) -> list[tuple[int, int]]:
    """Cut all keys into ranges whose records can be sorted within a memory limit.

    The keys must be hashes, which are spread evenly. The result does not depend on
    how many workers there are.
    """
    num_bytes = sum(run.num_records * _WORD * (1 + run.num_values) for run in runs)
    # Read, sorted and grouped, records take about six times their size.
    num_ranges = max(1, -(-6 * num_bytes // (memory_limit_mb << 20)))
    bounds = [KEY_LIMIT * index // num_ranges for index in range(num_ranges + 1)]
    return list(pairwise(bounds))


def group_starts(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Where groups of equal keys start, in sorted keys."""
    changed = np.ones(len(keys), dtype=np.bool_)
    changed[1:] = keys[1:] != keys[:-1]
    return np.flatnonzero(changed)


def remember_runs(path: Path, write: Callable[[], Sequence[Run]]) -> list[Run]:
    """Write runs once: if an earlier try finished them, they are taken as they are.

    The name of ``path`` must tell from which data and settings they are made.
    """
    record = path.with_suffix(".json")
    if record.is_file():
        return load_runs(record)
    runs = list(write())
    save_runs(record, runs)
    return runs


def save_runs(path: Path, runs: Iterable[Run]) -> Path:
    """List runs in a file, by which many tasks are told of them; returns its path."""
    write_text(path, json.dumps([astuple(run) for run in runs]))
    return path


def load_runs(path: Path) -> list[Run]:
    """Read a list of runs."""
    return [Run(*fields) for fields in json.loads(path.read_text(encoding="utf-8"))]
