"""Paragraphs that are nearly those of an earlier document that stays."""

from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute

from taojin.core.fingerprints import fingerprint_of
from taojin.core.shards import Shards
from taojin.curation.duplicates.paragraphs import (
    find_repeated_paragraphs,
    measure_paragraph_bands,
)
from taojin.curation.repeats.config import NearParagraphsConfig
from taojin.curation.repeats.texts import STRETCH_FIELDS
from taojin.engines import EngineConfig, RowWise, map_partitions

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

PARAGRAPH_SCHEMA = pa.schema(
    [
        *STRETCH_FIELDS,
        pa.field("first_document_id", pa.string()),
    ]
)
"""As :data:`taojin.curation.repeats.found.CUT_SCHEMA` has them; words are cut at white
space."""


def find_near_paragraphs(
    documents: Shards,
    kept: Shards,
    config: NearParagraphsConfig,
    *,
    workspace: Path,
    engine: EngineConfig,
) -> Shards:
    """Find the paragraphs of kept documents that nearly repeat an earlier one.

    Args:
        documents: All documents; the first of two copies in their order stays.
        kept: Decisions on them, in the same parts and rows.
        config: What counts as nearly the same.
        workspace: Folder for the result and for work files.
        engine: Where to run; the result does not depend on it.

    Returns:
        Rows of :data:`PARAGRAPH_SCHEMA`, in the parts of the documents. None if
        ``config`` is not enabled.
    """
    copies: pa.Table | None = None
    if config.enabled:
        chosen = map_partitions(
            RowWise(keep_rows),
            [documents, kept],
            workspace / "kept",
            engine=engine,
            fingerprint=fingerprint_of("kept for paragraphs"),
            label="Choosing paragraphs",
            columns=[("document_id", "text"), ("kept",)],
        )
        bands = measure_paragraph_bands(chosen, config, workspace / "bands", engine)
        copies = find_repeated_paragraphs(
            bands, config, workspace=workspace, engine=engine
        )
    return map_partitions(
        partial(place_part, copies=copies),
        [documents],
        workspace / "near_paragraphs",
        engine=EngineConfig(num_workers=1),
        fingerprint=fingerprint_of("paragraphs", config, kept.fingerprint),
        label="Placing paragraphs",
        columns=[("document_id", "text") if config.enabled else ("document_id",)],
    )


def keep_rows(documents: pa.Table, kept: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    """Leave the documents that stay."""
    return documents.filter(kept["kept"]), {}


def place_part(
    documents: pa.Table, copies: pa.Table | None
) -> tuple[pa.Table, dict[str, int]]:
    """Say in which rows of a part the repeated paragraphs stand."""
    if copies is None:
        return PARAGRAPH_SCHEMA.empty_table(), {}
    ids = documents["document_id"].combine_chunks()
    rows = pc.index_in(copies["document_id"], value_set=ids).cast(pa.int64())
    found = copies.append_column("row", rows).filter(pc.is_valid(rows))
    table = found.select(["document_id", "row", "start", "end"])
    words = [
        len(documents["text"][row].as_py().encode()[start:end].split())
        for row, start, end in zip(
            *(table[name].to_pylist() for name in ("row", "start", "end")), strict=True
        )
    ]
    table = table.append_column("num_words", pa.array(words, pa.int64()))
    table = table.append_column("first_document_id", found["kept_document_id"])
    order = [("row", "ascending"), ("start", "ascending")]
    return table.cast(PARAGRAPH_SCHEMA).sort_by(order), {}
