"""What a dataset card is written from."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.records import Source
from taojin.core.shards import Shards
from taojin.governance.card_facts import rows_of

_READ_BYTES = 1 << 20
_REDACTED = "num_redacted_"


class DatasetCardConfig(StageConfig):
    """What only the publisher of a data set can state."""

    name: str = Field(default="taojin-corpus", min_length=1)
    version: str = Field(default="0.1.0", pattern=r"^\d+\.\d+\.\d+$")
    """Of the published data: major.minor.patch."""
    description: str | None = None
    """Stands before what the reports say; null leaves it to these."""
    licence: str | None = None
    """SPDX expression for the whole; null if each document's own is all there is."""
    creators: tuple[str, ...] = ()
    """Names of people or organisations."""
    url: str | None = None
    """Page where the data set is published."""
    date_published: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    citation: str | None = None
    """BibTeX."""
    folder: str = Field(default="curated_documents", pattern=r"^[A-Za-z0-9_.-]+$")
    """Name of the folder that holds the files, beside the card."""
    intended_use: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    maintenance: str | None = None
    """Who will correct or withdraw documents, and how to reach them."""
    tags: tuple[str, ...] = ("taojin",)


class DataFile(NamedTuple):
    """A file of the data set."""

    name: str
    num_rows: int
    num_bytes: int
    sha256: str


@dataclass(frozen=True)
class DatasetCardFacts:
    """What the stages counted; null or empty where a stage did not run.

    Attributes:
        files: The files of the data set, in order.
        num_redacted: Placeholders put into the documents, by kind.
        curation: The curation report.
        ingestion: The ingestion report.
        sources: As they were declared.
        provenance: Run, commit, versions, by name.
    """

    files: Sequence[DataFile] = ()
    num_redacted: Mapping[str, int] = field(default_factory=dict)
    curation: Mapping[str, Any] | None = None
    ingestion: Mapping[str, Any] | None = None
    sources: Sequence[Source] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def num_rows(self) -> int:
        """Documents in all files."""
        return sum(file.num_rows for file in self.files)

    @property
    def kept_sources(self) -> list[Mapping[str, Any]]:
        """Rows of the curation report about sources of which documents stayed."""
        return [row for row in rows_of(self.curation, "sources") if row["num_kept"]]

    @property
    def kept_licences(self) -> list[str]:
        """Licences of the documents that stayed, the most frequent first."""
        rows = [row for row in rows_of(self.curation, "licences") if row["num_kept"]]
        ordered = sorted(rows, key=lambda row: (-row["num_kept"], str(row["licence"])))
        return [row["licence"] for row in ordered if row["licence"]]

    @property
    def kept_languages(self) -> list[str]:
        """Measured languages of the documents that stayed, the most frequent first.

        Older reports do not tell which stayed; then all count.
        """
        rows = rows_of(self.curation, "languages")
        return [
            row["language"]
            for row in rows
            if row["language"] and row["language"] != "und" and row.get("num_kept", 1)
        ]


def describe_files(curated: Shards) -> list[DataFile]:
    """Hash the parts of the curated documents; each is read once."""
    return [
        DataFile(part.name, part.num_rows, path.stat().st_size, _sha256(path))
        for part in curated.parts
        for path in [curated.path(part)]
    ]


def count_redacted(curated: Shards) -> dict[str, int]:
    """Read how many placeholders curation put in, by kind of personal data."""
    return {
        name.removeprefix(_REDACTED): count
        for name, count in sorted(curated.counts.items())
        if name.startswith(_REDACTED)
    }


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
