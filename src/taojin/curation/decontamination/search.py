"""Find the documents that contain text of evaluation sets.

A document is contaminated by a set if it has n-grams of it (Brown et al. 2020): so
many plain words in a row, whatever their case, punctuation and line breaks. N-grams
are compared word by word, not by their hash alone.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.fingerprints import fingerprint_of
from taojin.core.row_groups import RowReader
from taojin.core.shards import Shards
from taojin.core.text_buffers import BATCH_BYTES, TextBuffers, text_buffers
from taojin.curation.decontamination.config import ContaminationConfig
from taojin.curation.decontamination.index import (
    EvaluationIndex,
    build_index,
    open_index,
    save_index,
    without_common,
)
from taojin.curation.kernels.overlaps import Overlaps, find_overlaps
from taojin.curation.kernels.plain_words import PlainWords, plain_words
from taojin.engines import EngineConfig, run_tasks

CONTAMINATION_COLUMNS = (
    "document_id",
    "evaluation_set",
    "num_ngrams",
    "share",
    "example",
)
"""A document and a set whose text it has.

* ``num_ngrams``: places in the document at which an n-gram of the set ends.
* ``share``: of all n-grams of the document, from 0 to 1.
* ``example``: text of the first match, white space as single spaces, at most 100
  characters.
"""

_TYPES = ("str", "str", "int64", "float64", "str")
_EXAMPLE_CHARS = 100


def find_contamination(
    documents: Shards,
    evaluation_sets: Shards,
    config: ContaminationConfig,
    *,
    workspace: Path,
    engine: EngineConfig,
) -> pd.DataFrame:
    """Find the documents that contain text of evaluation sets.

    Args:
        documents: Documents to search, ``document_id`` and ``text``.
        evaluation_sets: Texts that must not be trained on, ``source`` (the name of
            the set) and ``text``; their n-grams must fit into memory.
        config: What counts as a match.
        workspace: Folder for the index, which is deleted in the end.
        engine: Where to run, one task a part; the result does not depend on it.

    Returns:
        One row a document and set, with :data:`CONTAMINATION_COLUMNS`: documents in
        their order, of each the set with the most matches first.
    """
    if not config.enabled:
        return _table([])
    index = build_index(evaluation_sets, config)
    identity = fingerprint_of(config, evaluation_sets.fingerprint)
    folder = workspace / f"contamination-{identity}"
    try:
        if config.max_documents is not None:
            found = _search(documents, index, config, folder / "all", engine)
            num_documents = np.zeros(len(index.table.keys), np.int64)
            for part in found:
                num_documents[part.entries] += part.num_documents
            index = without_common(index, num_documents, config.max_documents)
        found = _search(documents, index, config, folder / "rare", engine)
        return _table([part.rows for part in found])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class _SearchTask:
    path: Path
    index: Path
    config: ContaminationConfig


@dataclass(frozen=True)
class _Found:
    """What a part has in common with the index.

    Attributes:
        rows: Its rows of the result.
        entries: Entries of the index that it has.
        num_documents: In so many documents.
    """

    rows: pd.DataFrame
    entries: NDArray[np.int64]
    num_documents: NDArray[np.int64]


def _search(
    documents: Shards,
    index: EvaluationIndex,
    config: ContaminationConfig,
    folder: Path,
    engine: EngineConfig,
) -> list[_Found]:
    save_index(index, folder)
    paths = [documents.path(part) for part in documents.parts]
    tasks = [_SearchTask(path, folder, config) for path in paths]
    label = "Searching for evaluation sets"
    return list(run_tasks(_search_part, tasks, engine, label))


def _search_part(task: _SearchTask) -> _Found:
    index = open_index(task.index)
    num_documents = np.zeros(len(index.table.keys), np.int64)
    with RowReader(task.path, ["document_id", "text"]) as reader:
        tables = reader.batches(BATCH_BYTES)
        frames = [_search_table(t, index, task.config, num_documents) for t in tables]
    entries = np.flatnonzero(num_documents)
    return _Found(_table(frames), entries, num_documents[entries])


def _search_table(
    table: pa.Table,
    index: EvaluationIndex,
    config: ContaminationConfig,
    num_documents: NDArray[np.int64],
) -> pd.DataFrame:
    texts = text_buffers(table["text"])
    words = plain_words(texts)
    overlaps = find_overlaps(words, index.table, len(index.sets), num_documents)
    overlaps = Overlaps(
        *(values[overlaps.counts >= config.min_ngrams] for values in overlaps)
    )
    order = np.lexsort((overlaps.groups, -overlaps.counts, overlaps.texts))
    overlaps = Overlaps(*(values[order] for values in overlaps))
    frame = _describe(texts, words, overlaps, config)
    frame["evaluation_set"] = [index.sets[group] for group in overlaps.groups]
    frame["document_id"] = (
        table["document_id"].take(pa.array(overlaps.texts)).to_pylist()
    )
    return frame


def _describe(
    texts: TextBuffers,
    words: PlainWords,
    overlaps: Overlaps,
    config: ContaminationConfig,
) -> pd.DataFrame:
    """Describe overlaps in the columns of the result that need no names."""
    num_words = np.diff(words.offsets)[overlaps.texts]
    unspaced = 2 * words.alone[overlaps.texts] > num_words
    possible = num_words + 1 - np.where(unspaced, config.ngram_chars, config.ngram)
    starts, ends = words.starts[overlaps.starts], words.ends[overlaps.ends - 1]
    examples = [
        " ".join(texts.data[start:end].tobytes().decode().split())[:_EXAMPLE_CHARS]
        for start, end in zip(starts, ends, strict=True)
    ]
    share = np.minimum(overlaps.counts / np.maximum(possible, 1), 1.0)
    return pd.DataFrame(
        {"num_ngrams": overlaps.counts, "share": share, "example": examples}
    )


def _table(frames: list[pd.DataFrame]) -> pd.DataFrame:
    types = dict(zip(CONTAMINATION_COLUMNS, _TYPES, strict=True))
    if not any(len(frame) for frame in frames):
        return pd.DataFrame({name: pd.Series(dtype=t) for name, t in types.items()})
    joined = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    return joined.reindex(columns=list(CONTAMINATION_COLUMNS)).astype(types)
