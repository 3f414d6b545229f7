"""Configuration of the search for copies."""

from typing import Literal

from pydantic import Field, field_validator

from taojin.core.config import StageConfig
from taojin.curation.signal_schema import require_signal


class MinHashConfig(StageConfig):
    """Locality-sensitive hashing of shingles, of words or of characters.

    Two documents of Jaccard similarity s share a band with probability
    1 - (1 - s^rows)^bands: one half at 0.71 by default, 0.92 at 0.8.
    """

    unit: Literal["word", "character", "auto"] = "auto"
    """What shingles are made of; ``auto`` takes characters for documents in scripts
    without spaces between words (Chinese, Japanese, Thai and others)."""
    ngram: int = Field(default=5, ge=1, le=32)
    """Words a shingle."""
    ngram_chars: int = Field(default=5, ge=1, le=64)
    """Characters a shingle, white space and punctuation left out."""
    num_bands: int = Field(default=14, ge=1, le=256)
    num_rows: int = Field(default=8, ge=1, le=64)
    """Minima a band."""
    seed: int = Field(default=1, ge=0, lt=2**32)


class DuplicatesConfig(StageConfig):
    """Which documents count as copies, and which copy stays."""

    exact: bool = True
    near: bool = True
    min_shingles: int = Field(default=8, ge=1)
    """Shorter documents are no near duplicates of anything: chance rules there."""
    keep_highest: str = "num_words"
    """Signal by which the copy that stays is chosen; ties go to the lowest id."""
    memory_limit_mb: int = Field(default=512, ge=16)
    """Memory for the search, of all workers together; what does not fit goes to disk.
    Beyond it come 32 bytes a document, and the copies that were found."""

    @field_validator("keep_highest")
    @classmethod
    def _signal_is_measured(cls, signal: str) -> str:
        return require_signal(signal)


class ParagraphsConfig(StageConfig):
    """Which paragraphs count as near copies of an earlier one."""

    minhash: MinHashConfig = MinHashConfig()
    min_shingles: int = Field(default=16, ge=1)
    """Shorter paragraphs are left out; 16 shingles of 5 words are 20 words."""
    memory_limit_mb: int = Field(default=512, ge=16)
    """As of :class:`DuplicatesConfig`, with 16 bytes a paragraph."""
