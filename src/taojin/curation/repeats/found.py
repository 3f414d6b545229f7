"""All text of documents that stood in the corpus before, as one table of cuts."""

from functools import partial
from pathlib import Path

import pyarrow as pa

from taojin.core.fingerprints import fingerprint_of
from taojin.core.shards import Shards
from taojin.curation.repeats.config import RepeatsConfig
from taojin.curation.repeats.near_paragraphs import find_near_paragraphs
from taojin.curation.repeats.spans import find_repeated_spans
from taojin.curation.repeats.texts import STRETCH_FIELDS
from taojin.curation.repeats.units import find_repeated_units
from taojin.engines import EngineConfig, map_partitions

CUT_SCHEMA = pa.schema(
    [
        *STRETCH_FIELDS,
        pa.field("level", pa.string(), nullable=False),
        pa.field("first_document_id", pa.string()),
    ]
)
"""A stretch of a document that is to be removed; stretches may overlap.

* ``row``: row of the document in its part.
* ``start``, ``end``: bytes of its UTF-8 text.
* ``num_words``: plain words of the stretch.
* ``level``: ``span``, ``line``, ``paragraph`` or ``near_paragraph``.
* ``first_document_id``: where it stood first; null for lines and paragraphs.
"""


def find_repeated_text(
    documents: Shards,
    kept: Shards,
    config: RepeatsConfig,
    *,
    workspace: Path,
    engine: EngineConfig,
) -> Shards:
    """Find repeated spans, and lines or paragraphs, of the documents that stay.

    Args:
        documents: All documents; the first of two copies in their order stays.
        kept: Decisions on them, in the same parts and rows.
        config: What counts; boilerplate lines are another matter.
        workspace: Folder for the result and for work files.
        engine: Where to run; the result does not depend on it.

    Returns:
        Rows of :data:`CUT_SCHEMA`, in the parts of the documents; the counts are
        ``num_<level>s`` and ``num_<level>_words``.
    """
    spans = find_repeated_spans(
        documents, kept, config.spans, workspace=workspace, engine=engine
    )
    units = find_repeated_units(
        documents, kept, config.units, workspace=workspace, engine=engine
    )
    near = find_near_paragraphs(
        documents, kept, config.near_paragraphs, workspace=workspace, engine=engine
    )
    return map_partitions(
        partial(join_part, level=config.units.level),
        [spans, units, near],
        workspace / "cuts",
        engine=EngineConfig(num_workers=1),
        fingerprint=fingerprint_of("cuts", config.units.level),
        label="Joining repeated text",
    )


def join_part(
    spans: pa.Table, units: pa.Table, near: pa.Table, level: str
) -> tuple[pa.Table, dict[str, int]]:
    """Put the spans, units and near paragraphs of one part into one table."""
    counts: dict[str, int] = {}
    tables = []
    for name, table in (
        ("span", spans),
        (level, units),
        ("near_paragraph", near),
    ):
        counts[f"num_{name}s"] = table.num_rows
        counts[f"num_{name}_words"] = sum(table["num_words"].to_pylist())
        columns = {
            field.name: table[field.name]
            if field.name in table.column_names
            else pa.nulls(table.num_rows, field.type)
            for field in CUT_SCHEMA
        }
        columns["level"] = pa.array([name] * table.num_rows, pa.string())
        tables.append(pa.table(columns, schema=CUT_SCHEMA))
    return pa.concat_tables(tables), counts
