"""Configuration of what counts as repeated text."""

from typing import Literal

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.curation.duplicates.config import ParagraphsConfig


class SpansConfig(StageConfig):
    """Long runs of words that stood in the corpus before; the first stays."""

    enabled: bool = True
    min_words: int = Field(default=50, ge=2, le=10_000)
    """Shortest run that counts; a character of an unspaced script is a word."""
    memory_limit_mb: int = Field(default=512, ge=16)
    """What a worker may hold of windows at a time; the rest waits on disk."""


class BoilerplateConfig(StageConfig):
    """Lines that many documents of one source have: menus, notices, headers."""

    enabled: bool = True
    min_documents: int = Field(default=20, ge=2)
    """Documents of the source that have the line."""
    min_share: float = Field(default=0.001, ge=0.0, le=1.0)
    """Share of the source's documents that have it; both bounds must be reached."""
    min_bytes: int = Field(default=40, ge=1)
    """Shorter lines stay, counted without the white space around. In documentation the
    most frequent lines are short and carry meaning (``Returns:``, ``import numpy``);
    for web pages, where they are menus, 1 is a good value."""
    memory_limit_mb: int = Field(default=512, ge=16)
    """What a worker may hold of line counts at a time; the rest waits on disk."""


class UnitsConfig(StageConfig):
    """Whole lines or paragraphs that stood in the corpus before; the first stays."""

    enabled: bool = False
    level: Literal["line", "paragraph"] = "paragraph"
    """A paragraph ends at a line without content."""
    min_words: int = Field(default=8, ge=1)
    """Plain words; shorter units may be repeated."""
    memory_limit_mb: int = Field(default=512, ge=16)
    """What a worker may hold of units at a time; the rest waits on disk."""


class NearParagraphsConfig(ParagraphsConfig):
    """Paragraphs that nearly stood in the corpus before; the first stays."""

    enabled: bool = False


class RepeatsConfig(StageConfig):
    """Everything about text that is repeated across documents."""

    lines: BoilerplateConfig = BoilerplateConfig()
    units: UnitsConfig = UnitsConfig()
    near_paragraphs: NearParagraphsConfig = NearParagraphsConfig()
    spans: SpansConfig = SpansConfig()
