"""Configuration of the ingestion stage."""

from typing import Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.core.shards import PART_BYTES
from taojin.ingestion.registry import SourceRegistry

__all__ = [
    "HtmlConfig",
    "IngestionConfig",
    "PythonDocumentationConfig",
    "SourceRegistry",
]


class HtmlConfig(StageConfig):
    """How the main text of a web page is told from its surroundings."""

    favour: Literal["precision", "balance", "recall"] = "balance"
    """Less boilerplate, or less lost text."""
    include_tables: bool = True
    """Whether the cells of tables are text."""


class PythonDocumentationConfig(StageConfig):
    """Which documentation of installed distributions becomes documents."""

    min_chars: int = Field(default=200, ge=1)
    """A shorter docstring or description is not a record at all."""
    max_bytes_per_distribution: int = Field(default=700_000, ge=1)
    """Stop reading a distribution after this much text, so that none dominates."""
    distributions: tuple[str, ...] | None = None
    """Names of distributions to read, ``python`` being the standard library; null
    reads every one that is installed."""
    skipped_folders: frozenset[str] = frozenset({"test", "tests"})
    """Folders whose modules are not read."""


class IngestionConfig(StageConfig):
    """Everything the ingestion stage can be told."""

    on_unreadable: Literal["stop", "skip"] = "stop"
    """What a file that cannot be read at all does: end the run, or be recorded."""
    max_document_bytes: int = Field(default=10 << 20, ge=1, le=1 << 30)
    """A document with more UTF-8 bytes of text is rejected."""
    max_record_bytes: int = Field(default=64 << 20, ge=1, le=1 << 31)
    """A line, page or file with more bytes as stored is rejected without being
    held in memory."""
    max_metadata_bytes: int = Field(default=8192, ge=64, le=1 << 20)
    """Fields that do not fit are left out of a document's metadata, by name."""
    part_bytes: int = Field(default=PART_BYTES, ge=1, le=1 << 30)
    """Text bytes after which a new part is begun."""
    html: HtmlConfig = HtmlConfig()
    python_documentation: PythonDocumentationConfig = PythonDocumentationConfig()

    @model_validator(mode="after")
    def _a_document_fits_into_a_record(self) -> Self:
        if self.max_document_bytes > self.max_record_bytes:
            message = (
                f"max_document_bytes {self.max_document_bytes} exceeds "
                f"max_record_bytes {self.max_record_bytes}; raise the latter"
            )
            raise ValueError(message)
        return self
