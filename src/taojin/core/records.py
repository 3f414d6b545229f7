"""The data model: what a source, a document and a decision are.

Tables are Arrow. Column names, types and meanings are fixed here; every stage
reads and writes these schemas and nothing else.
"""

from typing import Literal

import pyarrow as pa
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.fingerprints import hash_bytes, hash_text

_UTC = pa.timestamp("us", tz="UTC")

DOCUMENT_SCHEMA = pa.schema(
    [
        pa.field("document_id", pa.string(), nullable=False),
        pa.field("text", pa.large_string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("uri", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("licence_declared", pa.string()),
        pa.field("licence", pa.string()),
        pa.field("language", pa.string()),
        pa.field("created_at", _UTC),
        pa.field("metadata", pa.string(), nullable=False),
    ]
)
"""A document.

* ``document_id``: content hash of source, uri and text (see :func:`document_id`).
* ``uri``: where in the source it came from: file, and position in the file.
* ``licence_declared``: as the source states it, verbatim; null if it states none.
* ``licence``: concluded SPDX expression; null if unknown.
* ``language``: as the source states it, BCP 47; null if it states none.
* ``metadata``: a JSON object of whatever else the source said.
"""

REJECTED_SCHEMA = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("uri", pa.string(), nullable=False),
        pa.field("position", pa.int64()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
    ]
)
"""A record of a source that did not become a document.

* ``uri``: the file.
* ``position``: which record of the file, from 0; null if the file is the record.
* ``reason``: a stable word, one of :data:`REJECTION_REASONS`.
* ``detail``: what was found, at most 200 characters.
"""

REJECTION_REASONS = (
    "unparsable",
    "no_text",
    "wrong_encoding",
    "too_large",
    "bad_field",
    "unreadable_file",
)

DECISION_SCHEMA = pa.schema(
    [
        pa.field("document_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("kept", pa.bool_(), nullable=False),
        pa.field("rule", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("value", pa.float64()),
        pa.field("threshold", pa.float64()),
        pa.field("detail", pa.string()),
        pa.field("num_bytes", pa.int64(), nullable=False),
    ]
)
"""One row a document: kept, or dropped by the first rule that it failed.

``rule`` to ``detail`` are null for kept documents. ``value`` and ``threshold``
are null for rules over words (a licence); those explain themselves in ``detail``.
"""


def document_id(source: str, uri: str, text: str) -> str:
    """Identify a document by content: 32 hexadecimal characters.

    The same text met at two places is two documents, so that a duplicate can be
    dropped, counted and explained without losing its twin.
    """
    return hash_bytes(f"{source}\0{uri}\0{hash_text(text)}".encode())


class FieldMapping(StageConfig):
    """Which field of a record holds what; null where the source has no such field."""

    text: str = "text"
    title: str | None = None
    uri: str | None = None
    licence: str | None = None
    language: str | None = None
    created_at: str | None = None


SourceKind = Literal[
    "jsonl", "csv", "parquet", "text", "html", "warc", "python_documentation"
]


class Source(StageConfig):
    """A declared origin of documents.

    A licence says what the project may do with the content; ``licence_evidence``
    says how that is known. A source without a licence, or with one nobody can
    show, yields documents that no release may contain.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)
    kind: SourceKind
    location: str | None = None
    """Any fsspec URL or path, with ``*`` wild cards; null for embedded kinds."""
    fields: FieldMapping = FieldMapping()
    licence: str | None = None
    """SPDX expression for records that declare none of their own."""
    licence_evidence: str | None = None
    owner: str | None = None
    purposes: tuple[Literal["research", "commercial"], ...] = ()
    unit_cost: float = Field(default=0.0, ge=0.0)
    """Price of one megabyte of its text, in the team's currency."""
    language: str | None = None
    """BCP 47 tag for records that declare none of their own."""
    trusted: bool = False
    """May stand in the core that valuation measures the other sources against."""
    max_megabytes: float | None = Field(default=None, gt=0.0)
    """Stop reading the source after this much text; null reads all of it."""
