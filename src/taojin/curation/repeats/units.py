"""Lines or paragraphs that stood in the corpus before, word for word; the first stays.

A unit is known by two independent 64-bit hashes of its bytes, 128 bits together as
those of documents.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.fingerprints import fingerprint_of
from taojin.core.shards import Part, Shards, part_name, read_part, write_part
from taojin.core.text_buffers import TextBuffers, batches, text_array
from taojin.curation.kernels.lines import (
    cut_ranges,
    find_lines,
    hash_ranges,
    line_stops,
)
from taojin.curation.kernels.plain_words import UNICODE_VERSION, plain_words
from taojin.curation.repeats.config import UnitsConfig
from taojin.curation.repeats.spill import (
    Run,
    RunWriter,
    group_starts,
    key_ranges,
    load_runs,
    read_range,
    remember_runs,
    save_runs,
    sort_by_key,
)
from taojin.curation.repeats.texts import (
    STRETCH_FIELDS,
    PartTexts,
    parts_of,
    read_texts,
)
from taojin.engines import EngineConfig, run_tasks

UNITS_VERSION = 1
"""Raised when other units are found for the same documents and settings."""

UNIT_SCHEMA = pa.schema(STRETCH_FIELDS)
"""A line or paragraph of a document that is to be removed.

* ``row``: row of the document in its part.
* ``start``, ``end``: bytes of its UTF-8 text; whole lines, empty ones after it too.
* ``num_words``: plain words of the unit.
"""


def find_repeated_units(
    documents: Shards,
    kept: Shards | None,
    config: UnitsConfig,
    *,
    workspace: Path,
    engine: EngineConfig,
) -> Shards:
    """Find the lines or paragraphs that stood in the corpus before.

    Args:
        documents: All documents; the first of two copies in their order stays.
        kept: A table with the column ``kept``, in the same parts and rows; documents
            that are not kept neither have units nor make others repeated. Null keeps
            all.
        config: What a unit is.
        workspace: Folder for the result, ``units``, and for work files, which are
            deleted in the end; a run that was killed goes on where it stopped.
        engine: Where to run; the result does not depend on it.

    Returns:
        Units with the columns of :data:`UNIT_SCHEMA` by row and start, in the parts
        of the documents. None if ``config`` is not enabled.

    Raises:
        CountMismatchError: If documents and decisions do not belong together.
    """
    parts = parts_of(documents, kept)
    identity = fingerprint_of(
        "units",
        (UNITS_VERSION, UNICODE_VERSION),
        config.model_dump(exclude={"memory_limit_mb"}),
        documents.fingerprint,
        kept.fingerprint if kept else None,
    )
    folder = workspace / f"units-{identity}"
    folder.mkdir(parents=True, exist_ok=True)
    repeated: Path | None = None
    if config.enabled:
        recording = [_UnitTask(part, config, folder) for part in parts]
        found = run_tasks(_record_units, recording, engine, "Hashing units of text")
        runs = [run for runs in found for run in runs]
        listed = save_runs(folder / "units.json", runs)
        matching = [
            _RangeTask(low, high, listed, folder / f"matches-{index:06d}.bin")
            for index, (low, high) in enumerate(
                key_ranges(runs, config.memory_limit_mb)
            )
        ]
        found = run_tasks(_match_units, matching, engine, "Matching units of text")
        repeated = save_runs(
            folder / "repeated.json", (run for runs in found for run in runs)
        )
    output = workspace / "units"
    writing = [_WriteTask(part, config, repeated, output) for part in parts]
    units = Shards(
        output, tuple(run_tasks(_write_units, writing, engine, "Joining units"))
    )
    units.write_manifest()
    shutil.rmtree(folder)
    return units


def remove_units(
    text: pa.ChunkedArray | pa.Array, units: pa.Table
) -> tuple[pa.LargeStringArray, dict[str, int]]:
    """Remove lines or paragraphs from the texts of a part.

    Args:
        text: Texts of a part; not changed.
        units: Its rows of :data:`UNIT_SCHEMA`, by row and start.

    Returns:
        Texts in the same order, and the counts ``num_documents_cut``,
        ``num_units_removed`` and ``num_bytes_removed``.
    """
    rows, starts, ends = (units[name].to_numpy() for name in ("row", "start", "end"))
    arrays = [pa.array([], type=pa.large_string())]
    row, num_bytes = 0, 0
    for texts in batches(text):
        first, last = np.searchsorted(rows, [row, row + texts.num_texts])
        at = texts.offsets[rows[first:last] - row]
        cut = cut_ranges(texts, starts[first:last] + at, ends[first:last] + at)
        arrays.append(text_array(*cut))
        num_bytes += len(texts.data) - len(cut.data)
        row += texts.num_texts
    counts = {
        "num_documents_cut": len(np.unique(rows)),
        "num_units_removed": len(rows),
        "num_bytes_removed": num_bytes,
    }
    return pa.concat_arrays(arrays), counts


class _Units(NamedTuple):
    """Units of a batch of texts that are long enough; bytes counted in the batch."""

    rows: NDArray[np.int64]
    begins: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    stops: NDArray[np.int64]
    num_words: NDArray[np.int64]


@dataclass(frozen=True)
class _UnitTask:
    """Units of one part."""

    part: PartTexts
    config: UnitsConfig
    folder: Path


@dataclass(frozen=True)
class _RangeTask:
    """Units of all parts whose key lies in one range."""

    low: int
    high: int
    runs: Path
    path: Path


@dataclass(frozen=True)
class _WriteTask:
    """Repeated units of one part."""

    part: PartTexts
    config: UnitsConfig
    repeated: Path | None
    output: Path


def _record_units(task: _UnitTask) -> list[Run]:
    """Write (key, check, position) of all units of a part; a position counts units."""
    path = task.folder / f"units-{task.part.index:06d}.bin"

    def write() -> list[Run]:
        position = task.part.low
        with RunWriter(path) as writer:
            for _, texts, units in _batches_of_units(task.part, task.config):
                keys, checks = hash_ranges(texts, units.starts, units.ends)
                positions = position + np.arange(len(keys))
                writer.add(keys, checks.view(np.int64), positions)
                position += len(keys)
        return writer.runs

    return remember_runs(path, write)


def _match_units(task: _RangeTask) -> list[Run]:
    """Write (position) of units that are not the first of their kind."""

    def write() -> list[Run]:
        keys, values = read_range(load_runs(task.runs), task.low, task.high)
        with RunWriter(task.path) as writer:
            if len(keys):
                order = np.lexsort((values[:, 1], values[:, 0], keys))
                keys, values = keys[order], values[order]
                repeated = np.ones(len(keys), np.bool_)
                repeated[group_starts(keys)] = False
                repeated[group_starts(values[:, 0].view(np.uint64))] = False
                writer.add(values[repeated, 1].astype(np.uint64))
        return writer.runs

    return remember_runs(task.path, write)


def _write_units(task: _WriteTask) -> Part:
    runs = load_runs(task.repeated) if task.repeated else []
    positions, _ = sort_by_key(read_range(runs, task.part.low, task.part.high))
    numbers = positions.astype(np.int64) - task.part.low
    found: list[_Units] = []
    first = 0
    for first_row, texts, units in (
        _batches_of_units(task.part, task.config) if len(numbers) else ()
    ):
        low, high = np.searchsorted(numbers, [first, first + len(units.rows)])
        chosen = _Units(*(values[numbers[low:high] - first] for values in units))
        at = texts.offsets[chosen.rows]
        found.append(
            chosen._replace(
                rows=chosen.rows + first_row,
                begins=chosen.begins - at,
                stops=chosen.stops - at,
            )
        )
        first += len(units.rows)
    table = _unit_table(task.part, found)
    counts = {"num_units": table.num_rows}
    return write_part(table, task.output / part_name(task.part.index), counts)


def _unit_table(part: PartTexts, found: list[_Units]) -> pa.Table:
    if not found:
        return UNIT_SCHEMA.empty_table()
    units = _Units(*map(np.concatenate, zip(*found, strict=True)))
    ids = read_part(part.path, ["document_id"])["document_id"]
    columns = {
        "document_id": ids.take(pa.array(units.rows)),
        "row": units.rows,
        "start": units.begins,
        "end": units.stops,
        "num_words": units.num_words,
    }
    return pa.table(columns).cast(UNIT_SCHEMA)


def _batches_of_units(
    part: PartTexts, config: UnitsConfig
) -> Iterator[tuple[int, TextBuffers, _Units]]:
    for first_row, texts in read_texts(part):
        yield first_row, texts, _units_of(texts, config)


def _units_of(texts: TextBuffers, config: UnitsConfig) -> _Units:
    lines = find_lines(texts)
    line_rows = np.repeat(np.arange(texts.num_texts), np.diff(lines.offsets))
    filled = lines.starts < lines.ends
    opens = filled.copy()
    if config.level == "paragraph":
        # A line continues the one before it, if both have content in one text.
        opens[1:] &= ~(filled[:-1] & (line_rows[1:] == line_rows[:-1]))
    first = np.flatnonzero(opens)
    following = np.append(first[1:], len(filled))[: len(first)]
    rows = line_rows[first]
    # Empty lines after a unit go with it; the last unit of a text ends with it.
    stops = np.append(lines.begins, len(texts.data))[following]
    stops = np.minimum(stops, texts.offsets[rows + 1])
    if config.level == "line":
        last, stops = first, line_stops(texts, lines)[first]
    else:
        number = np.flatnonzero(filled)
        last = number[np.searchsorted(number, following) - 1]
    words = plain_words(texts)
    starts, ends = lines.starts[first], lines.ends[last]
    within = np.searchsorted(words.starts, np.stack([starts, ends]))
    num_words = within[1] - within[0]
    units = _Units(rows, lines.begins[first], starts, ends, stops, num_words)
    long = num_words >= config.min_words
    return _Units(*(values[long] for values in units))
