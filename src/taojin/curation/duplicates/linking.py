"""Link rows with equal keys, whatever their number, in bounded memory."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from taojin.core.errors import CorruptArtifactError
from taojin.core.shards import Shards
from taojin.curation.duplicates.components import Edges
from taojin.curation.duplicates.spill import (
    RUN_SUFFIX,
    Layout,
    link_slice,
    read_edges,
    write_run,
)
from taojin.engines import EngineConfig, run_tasks

Keys = tuple[NDArray[np.uint64], NDArray[np.int64]]
"""Keys of shape (number, num_tables, key_words), and the rows of a batch they are of,
ascending; rows that are to be linked with nothing are left out."""

_SHARE = 4  # of its part of the memory is what a worker may hold of batches or records
_RECORD_COPIES = 4  # while they are sorted
_BATCH_COPIES = 6  # while Arrow makes a batch of what it reads
_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class KeySource:
    """Where the keys of rows come from.

    Attributes:
        columns: What is read of each part.
        read_keys: Makes keys of a batch of these columns; a module-level function,
            or a ``functools.partial`` of one.
        num_tables: Keys a row, each linked only with those of its own table.
        key_words: 64-bit words a key.
    """

    columns: tuple[str, ...]
    read_keys: Callable[[pa.RecordBatch], Keys]
    num_tables: int
    key_words: int


def link_equal_keys(
    shards: Shards,
    source: KeySource,
    *,
    workspace: Path,
    memory_limit: int,
    engine: EngineConfig,
    label: str,
) -> Iterator[Edges]:
    """Link rows that have an equal key in a table, directly or through others.

    Args:
        shards: Rows, numbered from 0 over all parts.
        source: Their keys.
        workspace: A folder that all workers see; what it holds is deleted. It takes 16
            bytes a key of one word, and is deleted at the end.
        memory_limit: Bytes, for all workers together.
        engine: Where to run.
        label: What is linked, for the progress bars.

    Yields:
        Edges, in chunks. Their number and order depend on ``memory_limit``, what they
        connect does not.
    """
    key_bytes = 8 * source.num_tables * source.key_words
    if shards.num_rows * key_bytes * _RECORD_COPIES * _SHARE <= memory_limit:
        # So few that starting workers would take longer than the work.
        engine = EngineConfig(num_workers=1)
    budget = memory_limit // engine.num_workers // _SHARE
    record_bytes = 8 * (source.key_words + 1) * _RECORD_COPIES
    num_ranges = max(1, -(-shards.num_rows * record_bytes // budget))
    layout = Layout(source.num_tables, source.key_words, num_ranges)
    max_rows = max(1, budget // (_BATCH_COPIES * key_bytes + record_bytes))
    shutil.rmtree(workspace, ignore_errors=True)  # of a run that was killed
    workspace.mkdir(parents=True)
    try:
        spill = partial(_spill_part, source=source, layout=layout, max_rows=max_rows)
        _run_all(spill, _spill_tasks(shards, workspace), engine, f"Sorting {label}")
        link = partial(link_slice, workspace, layout=layout)
        _run_all(link, range(layout.num_slices), engine, f"Linking {label}")
        yield from read_edges(workspace)
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


def read_batches(
    path: Path, columns: Sequence[str], max_rows: int
) -> Iterator[pa.RecordBatch]:
    """Read a part a few rows at a time, without holding a whole row group.

    Raises:
        CorruptArtifactError: If it is not a readable Parquet file with these columns.
    """
    try:
        with pq.ParquetFile(path, buffer_size=_READ_BYTES, pre_buffer=False) as file:
            yield from file.iter_batches(max_rows, columns=list(columns))
    except (pa.ArrowException, OSError) as error:
        message = (
            f"{path} is not a readable Parquet file: {error}; delete it and run again "
            "to have it made anew"
        )
        raise CorruptArtifactError(message) from error
    finally:
        pa.default_memory_pool().release_unused()


@dataclass(frozen=True)
class _SpillTask:
    part: Path
    first_row: int
    output: Path


def _spill_tasks(shards: Shards, workspace: Path) -> list[_SpillTask]:
    sizes = (part.num_rows for part in shards.parts)
    starts = accumulate(sizes, initial=0)
    return [
        _SpillTask(shards.path(part), start, workspace / f"part-{index:06d}")
        for index, (part, start) in enumerate(zip(shards.parts, starts, strict=False))
    ]


def _spill_part(
    task: _SpillTask, source: KeySource, layout: Layout, max_rows: int
) -> None:
    """Write the keys of one part as sorted runs of at most so many rows."""
    first_row = task.first_row
    batches = read_batches(task.part, source.columns, max_rows)
    for number, batch in enumerate(batches):
        keys, rows = source.read_keys(batch)
        run = task.output.with_name(f"{task.output.name}-{number:06d}{RUN_SUFFIX}")
        write_run(run, keys, first_row + rows, layout)
        first_row += batch.num_rows


def _run_all(
    function: Callable, tasks: Sequence, engine: EngineConfig, label: str
) -> None:
    for _ in run_tasks(function, tasks, engine, label):
        pass
