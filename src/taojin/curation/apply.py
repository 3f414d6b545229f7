"""Carry decisions out: part the documents, clean and redact what stays."""

from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute

from taojin.core.config import StageConfig
from taojin.core.errors import CountMismatchError
from taojin.core.fingerprints import fingerprint_of
from taojin.core.records import DECISION_SCHEMA, DOCUMENT_SCHEMA
from taojin.core.shards import Shards, require_same_rows
from taojin.curation.cleaning import LineRules, clean_texts
from taojin.curation.personal_data import KINDS, PersonalDataKind, redact_texts
from taojin.engines import EngineConfig, RowWise, map_partitions

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

APPLY_VERSION = 2
"""Raised when a recogniser changes, so that finished parts are redacted anew."""

_EXPLANATION = ("rule", "reason", "value", "threshold", "detail")


class ApplyConfig(StageConfig):
    """What is taken out of documents that stay, beside repeated text."""

    redact: tuple[PersonalDataKind, ...] = KINDS
    """Personal data that is replaced by placeholders."""
    clean_lines: LineRules | None = None
    """Whose line rules remove lines; null keeps all lines."""


DROPPED_SCHEMA = pa.schema(
    [*DOCUMENT_SCHEMA, *(DECISION_SCHEMA.field(name) for name in _EXPLANATION)]
)
"""A document that did not stay, as it came, and why."""


def apply_decisions(
    documents: Shards,
    decisions: Shards,
    cuts: Shards,
    config: ApplyConfig,
    *,
    output_kept: Path,
    output_dropped: Path,
    engine: EngineConfig,
) -> tuple[Shards, Shards]:
    """Part the documents by their decisions; clean and redact those that stay.

    Args:
        documents: All documents.
        decisions: One a document, in the same parts and order.
        cuts: Repeated text, in the same parts.
        config: What to remove and to redact in the documents that stay.
        output_kept: Folder for these.
        output_dropped: Folder for the others.
        engine: Where to run.

    Returns:
        Documents that stay, cleaned and redacted, under their old ``document_id``; and
        dropped ones unchanged, with the columns of :data:`DROPPED_SCHEMA`.

    Raises:
        CountMismatchError: If documents and decisions do not belong together.
    """
    kept = map_partitions(
        partial(keep_part, config=config),
        [documents, decisions, cuts],
        output_kept,
        engine=engine,
        fingerprint=fingerprint_of("kept", APPLY_VERSION, config),
        label="Keeping documents",
    )
    dropped = map_partitions(
        RowWise(drop_part),
        [documents, decisions],
        output_dropped,
        engine=engine,
        fingerprint=fingerprint_of("dropped", APPLY_VERSION),
        label="Setting documents aside",
    )
    require_same_rows(documents, kept, dropped, stage="curation")
    return kept, dropped


def keep_part(
    documents: pa.Table, decisions: pa.Table, cuts: pa.Table, config: ApplyConfig
) -> tuple[pa.Table, dict[str, int]]:
    """Keep, clean and redact.

    Counts are ``num_documents``, ``num_redacted_<kind>``, and what cleaning removed.
    """
    _require_same_documents(documents, decisions)
    cleaned, counts = clean_texts(documents["text"], cuts, config.clean_lines)
    position = DOCUMENT_SCHEMA.get_field_index("text")
    field = DOCUMENT_SCHEMA.field("text")
    kept = documents.select(DOCUMENT_SCHEMA.names)
    kept = kept.set_column(position, field, cleaned).filter(decisions["kept"])
    text, found, _ = redact_texts(kept["text"], config.redact)
    counts |= {f"num_redacted_{kind}": number for kind, number in found.items()}
    kept = kept.set_column(position, field, text).cast(DOCUMENT_SCHEMA)
    return kept, {"num_documents": kept.num_rows, **counts}


def drop_part(
    documents: pa.Table, decisions: pa.Table
) -> tuple[pa.Table, dict[str, int]]:
    """Set aside with the reason; counts are ``num_dropped_<rule>``."""
    _require_same_documents(documents, decisions)
    chosen = pc.invert(decisions["kept"])
    dropped = documents.filter(chosen).select(DOCUMENT_SCHEMA.names)
    for name in _EXPLANATION:
        dropped = dropped.append_column(name, decisions[name].filter(chosen))
    counts = {
        f"num_dropped_{entry['values']}": entry["counts"]
        for entry in pc.value_counts(dropped["rule"]).to_pylist()
    }
    return dropped.cast(DROPPED_SCHEMA), counts


def _require_same_documents(documents: pa.Table, decisions: pa.Table) -> None:
    if not documents["document_id"].equals(decisions["document_id"]):
        message = (
            f"a part holds {documents.num_rows} documents and {decisions.num_rows} "
            "decisions that are not about the same documents in the same order; "
            "delete the decisions and run curation again"
        )
        raise CountMismatchError(message)
