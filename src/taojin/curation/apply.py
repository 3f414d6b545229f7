"""Carry decisions out: part the documents, and redact what stays."""

from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute

from taojin.core.errors import CountMismatchError
from taojin.core.fingerprints import fingerprint_of
from taojin.core.records import DECISION_SCHEMA, DOCUMENT_SCHEMA
from taojin.core.shards import Shards, require_same_rows
from taojin.curation.config import PersonalDataConfig
from taojin.curation.personal_data import PersonalDataKind, redact
from taojin.engines import EngineConfig, map_partitions

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

APPLY_VERSION = 1
"""Raised when a recogniser changes, so that finished parts are redacted anew."""

_EXPLANATION = ("rule", "reason", "value", "threshold", "detail")

DROPPED_SCHEMA = pa.schema(
    [*DOCUMENT_SCHEMA, *(DECISION_SCHEMA.field(name) for name in _EXPLANATION)]
)
"""A document that did not stay, as it came, and why."""


def apply_decisions(
    documents: Shards,
    decisions: Shards,
    config: PersonalDataConfig,
    *,
    output_kept: Path,
    output_dropped: Path,
    engine: EngineConfig,
) -> tuple[Shards, Shards]:
    """Part the documents by their decisions.

    Args:
        documents: All documents.
        decisions: One a document, in the same parts and order.
        config: What to redact in the documents that stay.
        output_kept: Folder for these.
        output_dropped: Folder for the others.
        engine: Where to run.

    Returns:
        Documents that stay, redacted, under their old ``document_id``; and dropped
        ones unchanged, with the columns of :data:`DROPPED_SCHEMA`.

    Raises:
        CountMismatchError: If documents and decisions do not belong together.
    """
    inputs = [documents, decisions]
    kept = map_partitions(
        partial(keep_part, kinds=config.redact),
        inputs,
        output_kept,
        engine=engine,
        fingerprint=fingerprint_of("kept", APPLY_VERSION, config),
        label="Keeping documents",
    )
    dropped = map_partitions(
        drop_part,
        inputs,
        output_dropped,
        engine=engine,
        fingerprint=fingerprint_of("dropped", APPLY_VERSION),
        label="Setting documents aside",
    )
    require_same_rows(documents, kept, dropped, stage="curation")
    return kept, dropped


def keep_part(
    documents: pa.Table, decisions: pa.Table, kinds: tuple[PersonalDataKind, ...]
) -> tuple[pa.Table, dict[str, int]]:
    """Keep and redact; counts are ``num_documents`` and ``num_redacted_<kind>``."""
    _require_same_documents(documents, decisions)
    kept = documents.filter(decisions["kept"]).select(DOCUMENT_SCHEMA.names)
    counts = {"num_documents": kept.num_rows}
    texts: list[str] = []
    for text in kept["text"].to_pylist():
        redacted, found = redact(text, kinds)
        texts.append(redacted)
        for kind, number in found.items():
            name = f"num_redacted_{kind}"
            counts[name] = counts.get(name, 0) + number
    position = DOCUMENT_SCHEMA.get_field_index("text")
    column = pa.array(texts, type=pa.large_string())
    kept = kept.set_column(position, DOCUMENT_SCHEMA.field("text"), column)
    return kept.cast(DOCUMENT_SCHEMA), counts


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
