"""Configuration of the learned signals and of how their models are trained."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from taojin.core.config import StageConfig

BUILT_IN = "built_in"


class LearnedConfig(StageConfig):
    """Which models measure documents; ``built_in`` names the one that is shipped."""

    language_model: Literal["built_in", "fasttext"] = BUILT_IN
    """``fasttext`` tells 176 languages; it needs the optional extra ``language``."""
    language_bytes: int = Field(default=4096, ge=64)
    """Bytes read of a document to tell its language, evenly spread."""
    quality_model: Path | None = Path(BUILT_IN)
    """Of ``train_classifier``; null: every ``quality_score`` is 0.5."""
    quality_languages: tuple[str, ...] | None = ("en",)
    """Languages that the quality model was trained on; null: all. Documents in others
    score 0.5, which says nothing."""
    toxicity_models: dict[str, Path] = Field(
        default_factory=lambda: {"en": Path(BUILT_IN), "zh": Path(BUILT_IN)}
    )
    """By language; documents in other languages score 0, which says nothing."""
    trusted_model: Path | None = None
    """Of ``train_ngram_model``; null: every ``bits_per_byte_trusted`` is 0."""
    trusted_bytes: int = Field(default=1 << 15, ge=1024)
    """Bytes read of a document to measure its perplexity, evenly spread."""
    importance_model: Path | None = None
    """Of ``train_importance``; null: every ``importance_trusted`` is 0."""


class ClassifierConfig(StageConfig):
    """How a classifier over hashed n-grams is trained."""

    kind: Literal["chars", "words"] = "words"
    """N-grams of 1 to 4 characters, or of 1 to 3 words and 4 characters inside words."""
    bits: int = Field(default=17, ge=8, le=20)
    """Buckets are 2^bits; so are bytes of the model, a class."""
    inverse_penalty: float = Field(default=1.0, gt=0.0)
    """C of the logistic regression; larger is less regularised."""
    smoothing: float = Field(default=20.0, gt=0.0)
    """A text with as few n-grams as this counts half."""
    max_bytes: int = Field(default=1 << 15, ge=64)
    """Bytes read of a text, evenly spread."""
    max_iterations: int = Field(default=100, ge=1)
    positive_label: str = "1"
    """Of two labels, the one whose probability is the score."""
    num_folds: int = Field(default=5, ge=2)
    """Of the cross-validation that calibrates a classifier of two labels."""
    seed: int = Field(default=0, ge=0)


class NgramModelConfig(StageConfig):
    """Size of a byte n-gram model."""

    order: int = Field(default=6, ge=2, le=8)
    """Bytes of an n-gram; 6 are two Chinese characters."""
    max_ngrams: int = Field(default=1 << 20, ge=256)
    """Longest n-grams that are kept, the most frequent; bounds memory and file."""
    trusted_sources: tuple[str, ...] = ()
    """Sources to train on; all that are given, if empty."""
    max_bytes: int = Field(default=64 << 20, ge=1024)
    """Text bytes after which training stops reading."""
