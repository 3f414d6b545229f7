"""Long runs of words that occur twice in a corpus (Lee et al. 2022), found exactly.

A window of ``min_words`` words is repeated if the same words stood before it, in an
earlier document or earlier in its own without overlap; the order is that of the parts
and their rows. A span is a maximal run of text that repeated windows cover, and is
to be removed; the first occurrence of a window is never repeated, so each removed word
stands elsewhere.

Where Lee et al. sort all suffixes in memory, here the hashes of all windows are
sorted in files, range by range (:mod:`taojin.curation.repeats.spill`); links between
equal hashes are verified word by word, so a hash collision removes nothing.
"""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.fingerprints import fingerprint_of
from taojin.core.shards import Part, Shards, part_name, read_part, write_part
from taojin.curation.kernels.plain_words import UNICODE_VERSION
from taojin.curation.repeats.config import SpansConfig
from taojin.curation.repeats.spill import (
    Run,
    key_ranges,
    load_runs,
    read_range,
    save_runs,
    sort_by_key,
)
from taojin.curation.repeats.texts import STRETCH_FIELDS, PartTexts, parts_of
from taojin.curation.repeats.verification import (
    DigestTask,
    digest_links,
    unpack_ids,
)
from taojin.curation.repeats.windows import (
    LinkTask,
    RangeTask,
    WindowTask,
    link_windows,
    match_windows,
    read_offsets,
    record_windows,
)
from taojin.engines import EngineConfig, run_tasks

SPANS_VERSION = 1
"""Raised when other spans are found for the same documents and settings."""

SPAN_SCHEMA = pa.schema(
    [
        *STRETCH_FIELDS,
        pa.field("first_document_id", pa.string(), nullable=False),
        pa.field("share", pa.float64(), nullable=False),
    ]
)
"""A stretch of a document's text that is to be removed.

* ``row``: row of the document in its part.
* ``start``, ``end``: bytes of its UTF-8 text, from the first word to after the last.
* ``num_words``: plain words of the span.
* ``first_document_id``: where its beginning stood first.
* ``share``: share of the document's words that are in any of its spans.
"""


def find_repeated_spans(
    documents: Shards,
    kept: Shards | None,
    config: SpansConfig,
    *,
    workspace: Path,
    engine: EngineConfig,
) -> Shards:
    """Find the spans of all documents that stood in the corpus before.

    Args:
        documents: All documents; the first of two copies in their order stays.
        kept: A table with the column ``kept``, in the same parts and rows; documents
            that are not kept neither have spans nor make others repeated. Null keeps
            all.
        config: What counts as a span.
        workspace: Folder for the result, ``spans``, and for work files, which are
            deleted in the end; a run that was killed goes on where it stopped.
        engine: Where to run; the result does not depend on it.

    Returns:
        Spans with the columns of :data:`SPAN_SCHEMA` by row and start, in the parts
        of the documents. None if ``config`` is not enabled.

    Raises:
        CountMismatchError: If documents and decisions do not belong together.
    """
    parts = parts_of(documents, kept)
    identity = fingerprint_of(
        "spans",
        (SPANS_VERSION, UNICODE_VERSION),
        config.model_dump(exclude={"memory_limit_mb"}),
        documents.fingerprint,
        kept.fingerprint if kept else None,
    )
    folder, output = workspace / f"spans-{identity}", workspace / "spans"
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [_SpanTask(part, config.min_words, folder, output) for part in parts]
    if config.enabled:
        tasks = _link_copies(tasks, config, engine)
    found = tuple(run_tasks(_write_spans, tasks, engine, "Joining repeated spans"))
    spans = Shards(output, found)
    spans.write_manifest()
    shutil.rmtree(folder)
    return spans


def repeated_shares(spans: pa.Table, num_rows: int) -> NDArray[np.float64]:
    """Share of each document's words that stood in the corpus before.

    Args:
        spans: Of one part.
        num_rows: Documents of the part.

    Returns:
        Shares from 0 to 1, by row.
    """
    shares = np.zeros(num_rows)
    shares[spans["row"].to_numpy()] = spans["share"].to_numpy()
    return shares


@dataclass(frozen=True)
class _SpanTask:
    """Spans of one part; without digests it has none."""

    part: PartTexts
    size: int
    folder: Path
    output: Path
    digests: Run | None = None
    answers: Path = Path()
    names: Path = Path()


def _link_copies(
    tasks: list[_SpanTask], config: SpansConfig, engine: EngineConfig
) -> list[_SpanTask]:
    size, folder = config.min_words, tasks[0].folder if tasks else Path()
    parts = [task.part for task in tasks]
    recording = [WindowTask(part, size, folder) for part in parts]
    found = run_tasks(record_windows, recording, engine, "Hashing windows of words")
    windows = [run for runs in found for run in runs]
    listed = save_runs(folder / "windows.json", windows)
    matching = [
        RangeTask(low, high, listed, size, folder / f"matches-{index:06d}.bin")
        for index, (low, high) in enumerate(key_ranges(windows, config.memory_limit_mb))
    ]
    found = run_tasks(match_windows, matching, engine, "Matching windows of words")
    listed = save_runs(folder / "matches.json", (run for runs in found for run in runs))
    linking = [LinkTask(part, listed, folder) for part in parts]
    linked = list(run_tasks(link_windows, linking, engine, "Linking repeated text"))
    requests = save_runs(folder / "requests.json", (runs[1] for runs in linked))
    origins = save_runs(folder / "origins.json", (runs[2] for runs in linked))
    digesting = [
        DigestTask(part, size, runs[0], requests, origins, folder)
        for part, runs in zip(parts, linked, strict=True)
    ]
    found = list(run_tasks(digest_links, digesting, engine, "Comparing repeated text"))
    answers = save_runs(folder / "answers.json", (runs[1] for runs in found))
    names = save_runs(folder / "names.json", (runs[2] for runs in found))
    return [
        replace(task, digests=runs[0], answers=answers, names=names)
        for task, runs in zip(tasks, found, strict=True)
    ]


def _write_spans(task: _SpanTask) -> Part:
    table = _no_spans()
    if task.digests is not None and task.digests.num_records:
        table = _joined_spans(task, task.digests)
    counts = {
        "num_spans": table.num_rows,
        "num_words_repeated": int(table["num_words"].to_numpy().sum()),
    }
    return write_part(table, task.output / part_name(task.part.index), counts)


def _joined_spans(task: _SpanTask, digests: Run) -> pa.Table:
    """Join verified copies of a part that overlap or touch into spans."""
    low, high = task.part.low, task.part.high
    here = sort_by_key(read_range([digests], low, high))
    there = sort_by_key(read_range(load_runs(task.answers), low, high))
    names = sort_by_key(read_range(load_runs(task.names), low, high))
    equal = (here.values[:, :2] == there.values).all(axis=1)
    positions = here.keys[equal].astype(np.int64) - low
    rows, starts, ends, num_windows = here.values[equal, 2:].T
    if not len(rows):
        return _no_spans()
    lasts = positions + num_windows + (task.size - 1)
    apart = np.ones(len(rows), dtype=np.bool_)
    # Copies are ascending in their first word and, as they are maximal, in the last.
    apart[1:] = (rows[1:] != rows[:-1]) | (positions[1:] > lasts[:-1])
    first = np.flatnonzero(apart)
    last = np.append(first[1:], len(rows)) - 1
    num_words = lasts[last] - positions[first]
    offsets = read_offsets(task.folder, task.part)
    covered = np.bincount(rows[first], num_words, minlength=len(offsets) - 1)
    shares = covered / np.maximum(np.diff(offsets), 1)
    ids = read_part(task.part.path, ["document_id"])["document_id"]
    columns = {
        "document_id": ids.take(pa.array(rows[first])).combine_chunks(),
        "row": rows[first],
        "start": starts[first],
        "end": ends[last],
        "num_words": num_words,
        "first_document_id": unpack_ids(names.values[equal][first]),
        "share": shares[rows[first]],
    }
    return pa.table(columns).cast(SPAN_SCHEMA)


def _no_spans() -> pa.Table:
    return SPAN_SCHEMA.empty_table()
