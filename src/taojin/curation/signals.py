"""Measure documents: text in, one row of numbers out, once."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.fingerprints import fingerprint_of
from taojin.core.shards import Shards
from taojin.curation.composition import (
    measure_characters,
    measure_lines,
    measure_words,
)
from taojin.curation.config import SignalsConfig
from taojin.curation.languages import measure_languages
from taojin.curation.minhash import band_hashes, exact_hashes
from taojin.curation.personal_data import KINDS, find
from taojin.curation.repetition import measure_repetition
from taojin.curation.segments import split_lines, split_paragraphs, split_words
from taojin.curation.signal_schema import signal_schema
from taojin.engines import EngineConfig, map_partitions

SIGNALS_VERSION = 1
"""Raised when a measurement changes, so that finished parts are measured anew."""

_COLUMNS = ("document_id", "text", "source", "licence")


def measure_signals(
    documents: Shards, config: SignalsConfig, output: Path, engine: EngineConfig
) -> Shards:
    """Measure all documents, part by part.

    Returns:
        One row a document in the order of ``documents``, see
        :func:`taojin.curation.signal_schema.signal_schema`.
    """
    return map_partitions(
        partial(measure_part, config=config),
        [documents],
        output,
        engine=engine,
        fingerprint=fingerprint_of("signals", SIGNALS_VERSION, config),
        label="Measuring documents",
        columns=[_COLUMNS],
    )


def measure_part(
    documents: pa.Table, config: SignalsConfig
) -> tuple[pa.Table, dict[str, int]]:
    """Measure the documents of one part."""
    text = documents["text"].cast(pa.large_string())
    words, lines = split_words(text), split_lines(text)
    paragraphs = split_paragraphs(text)
    columns: dict[str, Any] = measure_characters(text)
    columns |= measure_words(text, words)
    columns |= measure_lines(lines, paragraphs)
    columns |= measure_repetition(words, lines, paragraphs, columns["num_chars"])
    columns |= measure_languages(words)
    columns |= _count_personal_data(text, config)
    bands, columns["num_shingles"] = band_hashes(words, config.minhash)
    columns["exact_hash"] = exact_hashes(text)
    table = _assemble(documents, columns, bands)
    num_bytes = int(columns["num_bytes"].sum())
    return table, {"num_documents": table.num_rows, "num_bytes": num_bytes}


def _count_personal_data(
    text: pa.ChunkedArray, config: SignalsConfig
) -> dict[str, NDArray[np.int64]]:
    counts = {f"num_{kind}": np.zeros(len(text), dtype=np.int64) for kind in KINDS}
    for row, value in enumerate(text.to_pylist()):
        for span in find(value, config.personal_data):
            counts[f"num_{span.kind}"][row] += 1
    return counts


def _assemble(
    documents: pa.Table, columns: dict[str, Any], bands: NDArray[np.uint64]
) -> pa.Table:
    schema = signal_schema(bands.shape[1])
    carried = {name: documents[name] for name in ("document_id", "source", "licence")}
    flat = pa.array(bands.reshape(-1))
    columns["band_hashes"] = pa.FixedSizeListArray.from_arrays(flat, bands.shape[1])
    measured = carried | columns
    return pa.table({name: measured[name] for name in schema.names}).cast(schema)
