"""Boilerplate: lines that many documents of one source have, counted.

Counts are kept in files sorted by hash (:mod:`taojin.curation.repeats.spill`), so
memory does not grow with the number of distinct lines; only the lines that turn out
to be boilerplate are read out again.
"""

import shutil
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from taojin.core.fingerprints import fingerprint_of
from taojin.core.shards import Shards, read_part
from taojin.core.text_buffers import TextBuffers
from taojin.curation.kernels.lines import find_lines, first_in_text, hash_ranges
from taojin.curation.repeats.config import BoilerplateConfig
from taojin.curation.repeats.lines import LINE_COLUMNS, source_hash, source_salts
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
from taojin.curation.repeats.texts import PartTexts, kept_rows, parts_of, read_texts
from taojin.engines import EngineConfig, run_tasks

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

LINES_VERSION = 1
"""Raised when other lines are found for the same documents and settings."""


def count_lines(
    documents: Shards,
    kept: Shards | None,
    config: BoilerplateConfig,
    *,
    workspace: Path,
    engine: EngineConfig,
) -> pd.DataFrame:
    """Find the lines that conspicuously many documents of a source have.

    Lines are compared without the white space around them; those without a letter
    (rules, brackets, page numbers) are never boilerplate.

    Args:
        documents: All documents.
        kept: A table with the column ``kept``, in the same parts and rows; documents
            that are not kept do not count. Null counts all.
        config: From when on a line is boilerplate.
        workspace: Folder for work files, which are deleted in the end.
        engine: Where to run; the result does not depend on it.

    Returns:
        One row a boilerplate line, with :data:`LINE_COLUMNS`, by source, then most
        frequent first.

    Raises:
        CountMismatchError: If documents and decisions do not belong together.
    """
    if not config.enabled:
        return _table([])
    parts = parts_of(documents, kept)
    identity = fingerprint_of(
        "lines",
        LINES_VERSION,
        config.model_dump(exclude={"memory_limit_mb"}),
        documents.fingerprint,
        kept.fingerprint if kept else None,
    )
    folder = workspace / f"lines-{identity}"
    folder.mkdir(parents=True, exist_ok=True)
    sizes: Counter[str] = Counter()
    for counted in run_tasks(_count_sources, parts, engine, "Counting documents"):
        sizes.update(counted)
    record = partial(_record_lines, folder=folder, min_bytes=config.min_bytes)
    found = run_tasks(record, parts, engine, "Counting lines")
    runs = [run for runs in found for run in runs]
    listed = save_runs(folder / "lines.json", runs)
    needed = {
        source_hash(source): max(config.min_documents, config.min_share * size)
        for source, size in sizes.items()
    }
    tasks = [
        _RangeTask(low, high, listed, needed, folder / f"frequent-{index:06d}.bin")
        for index, (low, high) in enumerate(key_ranges(runs, config.memory_limit_mb))
    ]
    found = run_tasks(_choose_frequent, tasks, engine, "Choosing frequent lines")
    frequent = (run for runs in found for run in runs)
    spell = partial(_spell_lines, listed=save_runs(folder / "frequent.json", frequent))
    spelled = run_tasks(spell, parts, engine, "Reading frequent lines")
    rows = [
        (source, line, count, count / sizes[source])
        for lines in spelled
        for source, line, count in lines
    ]
    shutil.rmtree(folder)
    return _table(rows)


@dataclass(frozen=True)
class _RangeTask:
    """Lines of all parts whose key lies in one range."""

    low: int
    high: int
    runs: Path
    needed: dict[int, float]
    path: Path


def _count_sources(part: PartTexts) -> dict[str, int]:
    sources = read_part(part.path, ["source"])["source"]
    if (rows := kept_rows(part)) is not None:
        sources = sources.filter(pa.array(rows))
    counted = pc.value_counts(sources).to_pylist()
    return {entry["values"]: entry["counts"] for entry in counted}


def _record_lines(part: PartTexts, folder: Path, min_bytes: int) -> list[Run]:
    """Write (key, documents that have it, row of the first, source) of distinct lines."""
    path = folder / f"lines-{part.index:06d}.bin"

    def write() -> list[Run]:
        salts = source_salts(read_part(part.path, ["source"])["source"])
        with RunWriter(path) as writer:
            for first_row, texts in read_texts(part):
                keys, rows = _distinct_lines(texts, salts[first_row:], min_bytes)
                keys, first, counts = np.unique(
                    keys, return_index=True, return_counts=True
                )
                rows = rows[first] + first_row
                sources = salts[rows].view(np.int64)
                writer.add(keys, counts, rows + part.low, sources)
        return writer.runs

    return remember_runs(path, write)


def _distinct_lines(
    texts: TextBuffers, salts: NDArray[np.uint64], min_bytes: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Keys of the lines with letters, each once a text, and the text's number."""
    lines = find_lines(texts)
    meant = lines.letters & (lines.ends - lines.starts >= min_bytes)
    rows = np.repeat(np.arange(texts.num_texts), np.diff(lines.offsets))[meant]
    keys, _ = hash_ranges(texts, lines.starts[meant], lines.ends[meant])
    offsets = np.searchsorted(rows, np.arange(texts.num_texts + 1))
    keys ^= salts[rows]
    chosen = first_in_text(keys, offsets)
    return keys[chosen], rows[chosen]


def _choose_frequent(task: _RangeTask) -> list[Run]:
    """Write (position of the first, key, documents, source) of boilerplate lines."""

    def write() -> list[Run]:
        keys, values = sort_by_key(
            read_range(load_runs(task.runs), task.low, task.high)
        )
        starts = group_starts(keys)
        with RunWriter(task.path) as writer:
            if len(keys):
                counts = np.add.reduceat(values[:, 0], starts)
                positions = np.minimum.reduceat(values[:, 1], starts)
                sources = values[starts, 2]
                needed = np.array([task.needed[int(s)] for s in sources.tolist()])
                often = counts >= needed
                writer.add(
                    positions[often].astype(np.uint64),
                    keys[starts][often].view(np.int64),
                    counts[often],
                    sources[often],
                )
        return writer.runs

    return remember_runs(task.path, write)


def _spell_lines(part: PartTexts, listed: Path) -> list[tuple[str, str, int]]:
    """Read the boilerplate lines that a part was the first to have."""
    positions, values = read_range(load_runs(listed), part.low, part.high)
    if not len(positions):
        return []
    keys = values[:, 0].astype(np.uint64)  # wraps back to what it was
    counts = dict(zip(keys.tolist(), values[:, 1].tolist(), strict=True))
    sources = read_part(part.path, ["source"])["source"]
    salts = source_salts(sources)
    wanted = np.zeros(len(sources), np.bool_)
    wanted[positions.astype(np.int64) - part.low] = True
    spelled = []
    for first_row, texts in read_texts(part, wanted):
        lines = find_lines(texts)
        rows = np.repeat(np.arange(texts.num_texts), np.diff(lines.offsets))
        keys, _ = hash_ranges(texts, lines.starts, lines.ends)
        keys ^= salts[first_row + rows]
        for index in np.flatnonzero(np.isin(keys, list(counts))):
            count = counts.pop(int(keys[index]), None)
            if count is not None:
                line = texts.data[lines.starts[index] : lines.ends[index]]
                source = sources[int(first_row + rows[index])].as_py()
                spelled.append((source, line.tobytes().decode(), count))
    return spelled


def _table(rows: list[tuple[str, str, int, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=LINE_COLUMNS).astype(
        {"source": "str", "line": "str", "num_documents": "int64", "share": "float64"}
    )
    return table.sort_values(
        ["source", "num_documents", "line"],
        ascending=[True, False, True],
        ignore_index=True,
    )
