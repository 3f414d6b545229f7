"""Configuration of the search for leaks of evaluation sets."""

from typing import Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig


class ContaminationConfig(StageConfig):
    """From when on a document counts as contaminated by an evaluation set.

    A text is mostly in unspaced scripts (Chinese, Japanese, Thai, ...) if most of its
    words are single characters of these; then the lengths in characters hold.
    """

    enabled: bool = True
    ngram: int = Field(default=13, ge=2, le=64)
    """Words in a row that only a leak explains (Brown et al. 2020)."""
    min_words: int = Field(default=8, ge=2, le=64)
    """An evaluation text shorter than ``ngram`` is looked for whole, if it has these."""
    ngram_chars: int = Field(default=20, ge=2, le=64)
    """The same as ``ngram`` in characters of unspaced scripts."""
    min_chars: int = Field(default=12, ge=2, le=64)
    """The same as ``min_words`` in characters of unspaced scripts."""
    min_ngrams: int = Field(default=1, ge=1)
    """Matched n-grams from which on a document is reported."""
    max_documents: int | None = Field(default=None, ge=1)
    """N-grams that more documents have are common speech (a licence, a proverb), no
    leak; null takes none for common. The documents are then read twice."""

    @model_validator(mode="after")
    def _whole_texts_are_no_longer_than_ngrams(self) -> Self:
        problems = [
            f"{least}={getattr(self, least)} is above {most}={getattr(self, most)}"
            for least, most in (("min_words", "ngram"), ("min_chars", "ngram_chars"))
            if getattr(self, least) > getattr(self, most)
        ]
        if problems:
            message = f"{'; '.join(problems)}: lower the one or raise the other"
            raise ValueError(message)
        return self
