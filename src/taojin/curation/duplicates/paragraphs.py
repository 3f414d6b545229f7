"""Paragraphs that are near copies of one met earlier, in any document."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.fingerprints import fingerprint_of
from taojin.core.shards import Shards
from taojin.core.text_buffers import TextBuffers, batches
from taojin.curation.duplicates.components import connect
from taojin.curation.duplicates.config import ParagraphsConfig
from taojin.curation.duplicates.keys import band_keys
from taojin.curation.duplicates.linking import link_equal_keys, read_batches
from taojin.curation.kernels.lines import find_lines
from taojin.curation.kernels.minhash import hash_bands
from taojin.curation.minhash import signatures
from taojin.engines import EngineConfig, map_partitions

PARAGRAPHS_VERSION = 1
"""Raised when a measurement changes, so that finished parts are measured anew."""

REPEATED_SCHEMA = pa.schema(
    [
        pa.field("document_id", pa.string(), nullable=False),
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("cluster", pa.int64(), nullable=False),
        pa.field("kept_document_id", pa.string(), nullable=False),
        pa.field("kept_start", pa.int64(), nullable=False),
    ]
)
"""A paragraph that copies an earlier one.

* ``start``, ``end``: its bytes in the UTF-8 text of the document.
* ``cluster``: number of the paragraph that stays, the first of its cluster.
* ``kept_document_id``, ``kept_start``: where that one is.
"""

_ROWS_AT_ONCE = 1 << 16


def measure_paragraph_bands(
    documents: Shards, config: ParagraphsConfig, output: Path, engine: EngineConfig
) -> Shards:
    """Hash the MinHash bands of every paragraph that is long enough.

    Returns:
        One row a paragraph, in the order of the texts: ``document_id``; ``start`` and
        ``end``, its bytes in the UTF-8 text; ``num_shingles``; ``band_hashes``.
    """
    return map_partitions(
        partial(measure_part, config=config),
        [documents],
        output,
        engine=engine,
        fingerprint=fingerprint_of(
            "paragraphs", PARAGRAPHS_VERSION, config.minhash, config.min_shingles
        ),
        label="Measuring paragraphs",
        columns=[("document_id", "text")],
    )


def measure_part(
    documents: pa.Table, config: ParagraphsConfig
) -> tuple[pa.Table, dict[str, int]]:
    """Measure the paragraphs of the documents of one part."""
    pieces = [_schema(config).empty_table()]
    first = 0
    for texts in batches(documents["text"]):
        ids = documents["document_id"].slice(first, texts.num_texts)
        pieces.append(_measure(texts, ids, config))
        first += texts.num_texts
    table = pa.concat_tables(pieces)
    return table, {"num_paragraphs": table.num_rows}


def find_repeated_paragraphs(
    paragraphs: Shards,
    config: ParagraphsConfig,
    *,
    workspace: Path,
    engine: EngineConfig,
) -> pa.Table:
    """Find paragraphs that are near copies of an earlier one.

    Two are linked if they share a band; of each connected component the first stays.

    Args:
        paragraphs: As :func:`measure_paragraph_bands` returns them.
        config: What counts as a copy.
        workspace: Folder for what does not fit in memory, seen by all workers; what
            it holds under ``paragraph_bands`` is deleted.
        engine: Where to run.

    Returns:
        Table of :data:`REPEATED_SCHEMA`, in the order of the texts; the paragraphs
        that stay are not in it.
    """
    labels = np.arange(paragraphs.num_rows, dtype=np.int64)
    if paragraphs.parts:
        edges = link_equal_keys(
            paragraphs,
            band_keys(paragraphs, min_shingles=1),
            workspace=workspace / "paragraph_bands",
            memory_limit=config.memory_limit_mb << 20,
            engine=engine,
            label="paragraphs",
        )
        labels = connect(labels, edges)
    copies = np.flatnonzero(labels != np.arange(len(labels)))
    named = np.union1d(copies, labels[copies])
    places = _read_places(paragraphs, named)
    copy = places.take(np.searchsorted(named, copies))
    kept = places.take(np.searchsorted(named, labels[copies]))
    columns = (
        *(copy[name] for name in ("document_id", "start", "end")),
        pa.array(labels[copies]),
        *(kept[name] for name in ("document_id", "start")),
    )
    return pa.table(columns, schema=REPEATED_SCHEMA)


class _Paragraphs(NamedTuple):
    texts: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def _find_paragraphs(texts: TextBuffers) -> _Paragraphs:
    """Find runs of lines that are not blank, by their bytes in the batch."""
    lines = find_lines(texts)
    is_filled = lines.starts < lines.ends
    text_of_line = np.repeat(np.arange(texts.num_texts), np.diff(lines.offsets))
    filled = np.flatnonzero(is_filled)
    # A line goes on with a paragraph if the one before it is filled, in the same text.
    goes_on = np.zeros(len(filled), dtype=np.bool_)
    goes_on[1:] = np.diff(filled) == 1
    goes_on[1:] &= np.diff(text_of_line[filled]) == 0
    opening = np.flatnonzero(~goes_on)
    closing = np.append(opening[1:], len(filled))[: len(opening)] - 1
    return _Paragraphs(
        text_of_line[filled[opening]],
        lines.starts[filled[opening]],
        lines.ends[filled[closing]],
    )


def _measure(
    texts: TextBuffers, ids: pa.ChunkedArray, config: ParagraphsConfig
) -> pa.Table:
    found = _find_paragraphs(texts)
    minima, num_shingles = signatures(_cut_out(texts, found), config.minhash)
    chosen = np.flatnonzero(num_shingles >= config.min_shingles)
    origin = texts.offsets[found.texts[chosen]]
    bands = hash_bands(minima[chosen], config.minhash.num_bands)
    columns = (
        ids.take(pa.array(found.texts[chosen])),
        pa.array(found.starts[chosen] - origin),
        pa.array(found.ends[chosen] - origin),
        pa.array(num_shingles[chosen]),
        pa.FixedSizeListArray.from_arrays(pa.array(bands.reshape(-1)), bands.shape[1]),
    )
    return pa.table(columns, names=_schema(config).names).cast(_schema(config))


def _cut_out(texts: TextBuffers, found: _Paragraphs) -> TextBuffers:
    """Make texts of paragraphs."""
    steps = np.zeros(len(texts.data) + 1, dtype=np.int8)
    steps[found.starts] += 1
    steps[found.ends] -= 1
    inside = np.cumsum(steps[:-1], dtype=np.int8).view(np.bool_)
    offsets = np.zeros(len(found.starts) + 1, dtype=np.int64)
    np.cumsum(found.ends - found.starts, out=offsets[1:])
    return TextBuffers(texts.data[inside], offsets)


def _schema(config: ParagraphsConfig) -> pa.Schema:
    bands = pa.list_(pa.uint64(), config.minhash.num_bands)
    return pa.schema(
        [
            pa.field("document_id", pa.string(), nullable=False),
            pa.field("start", pa.int64(), nullable=False),
            pa.field("end", pa.int64(), nullable=False),
            pa.field("num_shingles", pa.int64(), nullable=False),
            pa.field("band_hashes", bands, nullable=False),
        ]
    )


def _read_places(paragraphs: Shards, rows: NDArray[np.int64]) -> pa.Table:
    """Read where the paragraphs with these numbers are; the numbers ascend."""
    columns = ("document_id", "start", "end")
    schema = pa.schema([REPEATED_SCHEMA.field(name) for name in columns])
    pieces, first = [schema.empty_table()], 0
    for part in paragraphs.parts:
        for batch in read_batches(paragraphs.path(part), columns, _ROWS_AT_ONCE):
            begin, end = np.searchsorted(rows, (first, first + batch.num_rows))
            wanted = pa.array(rows[begin:end] - first)
            pieces.append(pa.Table.from_batches([batch]).take(wanted).cast(schema))
            first += batch.num_rows
    return pa.concat_tables(pieces)
