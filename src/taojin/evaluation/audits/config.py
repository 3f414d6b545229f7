"""Configuration of the legality audits."""

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from taojin.core.config import StageConfig


class NearCopyConfig(StageConfig):
    """Which generated texts count as near copies of a training document."""

    unit: Literal["word", "character", "auto"] = "auto"
    """What shingles are made of; ``auto`` takes characters for texts in scripts without
    spaces between words (Chinese, Japanese, Thai and others)."""
    ngram: int = Field(default=5, ge=1, le=32)
    """Words a shingle."""
    ngram_chars: int = Field(default=5, ge=1, le=64)
    """Characters a shingle, white space and punctuation left out."""
    min_containment: float = Field(default=0.5, gt=0.0, le=1.0)
    """Share of a text's distinct shingles that one document holds, from which the text
    is a near copy of it; 0.5 at five words is a copy with every eighth word changed."""
    min_shingles: int = Field(default=8, ge=1)
    """Texts with fewer distinct shingles are not judged: chance rules there."""


class ToxicityConfig(StageConfig):
    """Which texts count as toxic."""

    threshold: float = Field(default=0.5, gt=0.0, lt=1.0)
    """Probability, of the worst passage of a text, from which the text is toxic."""
    language_bytes: int = Field(default=4096, ge=64)
    """Bytes read of a text to tell its language, evenly spread."""


class MembershipConfig(StageConfig):
    """How it is tried to tell what a model was trained on."""

    max_documents: int = Field(default=500, ge=20)
    """Documents of either side, drawn by a hash of their text."""
    min_tokens: int = Field(default=16, ge=1)
    """Shorter documents are left out: they hold too little to tell by."""
    max_tokens: int = Field(default=512, ge=1)
    """Tokens read of a document, from its start; the model's context if that is less."""
    lowest_share: float = Field(default=0.2, gt=0.0, le=1.0)
    """Share of a document's tokens, the least likely, that Min-K%++ averages."""
    false_positive_rate: float = Field(default=0.01, gt=0.0, lt=0.5)
    """Share of non-members that may be taken for members. Its inverse is the fewest
    non-members that are needed."""
    batch_tokens: int = Field(default=4096, ge=1)
    """Tokens a forward pass; changes memory and speed, not the result."""
    num_folds: int = Field(default=5, ge=2)
    """Of the cross-validation of the classifier that sees the texts alone."""
    max_features: int = Field(default=20_000, ge=10)
    """N-grams of words that it knows, and as many of characters."""
    seed: int = Field(default=0, ge=0)
    """Draws the documents and the folds."""

    @model_validator(mode="after")
    def _rate_can_be_measured(self) -> "MembershipConfig":
        if self.max_documents * self.false_positive_rate < 1:
            message = (
                f"max_documents is {self.max_documents}, of which a "
                f"false_positive_rate of {self.false_positive_rate:g} is less than one "
                "document; raise either"
            )
            raise ValueError(message)
        return self


class ExtractionConfig(StageConfig):
    """How training text is asked for."""

    prefix_tokens: int = Field(default=50, ge=1)
    """Of a document's start, given to the model."""
    suffix_tokens: int = Field(default=50, ge=1)
    """That it must write next, all of them right. Shorter documents are left out."""
    max_documents: int = Field(default=500, ge=1)
    """Documents of either side, drawn by a hash of their tokens."""
    seed: int = Field(default=0, ge=0)


class LegalityConfig(StageConfig):
    """What generated content may not be."""

    min_copy_tokens: int = Field(default=50, ge=2)
    """A run of so many tokens that also stands in the training text is a copy."""
    seed: int = Field(default=0, ge=0)
    """Seeds the hash function; the result does not depend on it."""
    near_copies: NearCopyConfig = NearCopyConfig()
    toxicity: ToxicityConfig = ToxicityConfig()
    membership: MembershipConfig = MembershipConfig()
    extraction: ExtractionConfig = ExtractionConfig()
    required_label: str | None = None
    """Regular expression that must be found in every generated text as it is handed
    out, such as ``AI-generated|人工智能生成``; null looks for no label."""

    @field_validator("required_label")
    @classmethod
    def _is_an_expression(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            message = f"required_label {pattern!r} is no regular expression: {error}"
            raise ValueError(message) from error
        return pattern
