"""Configuration of curation, in four parts that are fingerprinted apart.

Signals are measured from texts, which is slow; rules and duplicates only read
signals. So a changed threshold replays decisions and measures nothing again.
"""

from typing import Self

from pydantic import Field, field_validator, model_validator

from taojin.core.config import StageConfig
from taojin.curation.personal_data import KINDS, PersonalDataKind
from taojin.curation.signal_schema import SIGNAL_NAMES

LICENCE_RULE = "licence"
LANGUAGE_RULE = "language"
EXACT_DUPLICATE_RULE = "exact_duplicate"
NEAR_DUPLICATE_RULE = "near_duplicate"
BUILT_IN_RULES = (
    LICENCE_RULE,
    LANGUAGE_RULE,
    EXACT_DUPLICATE_RULE,
    NEAR_DUPLICATE_RULE,
)


class MinHashConfig(StageConfig):
    """Locality-sensitive hashing of word shingles.

    Two documents of Jaccard similarity s share a band with probability
    1 - (1 - s^rows)^bands: one half at 0.71 by default, 0.92 at 0.8.
    """

    ngram: int = Field(default=5, ge=1, le=32)
    """Words a shingle; Chinese and Japanese characters count as words."""
    num_bands: int = Field(default=14, ge=1, le=256)
    num_rows: int = Field(default=8, ge=1, le=64)
    """Minima a band."""
    seed: int = Field(default=1, ge=0, lt=2**63)


class SignalsConfig(StageConfig):
    """What is measured; a change here measures every document anew."""

    minhash: MinHashConfig = MinHashConfig()
    personal_data: tuple[PersonalDataKind, ...] = KINDS
    """Kinds to look for and count; the counts of others are 0."""


class ThresholdRule(StageConfig):
    """Keep a document only if a signal lies within bounds, both inclusive."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)
    """Stands in every decision and report."""
    signal: str
    """One of :data:`taojin.curation.signal_schema.SIGNAL_NAMES`."""
    at_least: float | None = None
    at_most: float | None = None
    languages: tuple[str, ...] | None = None
    """Judge only documents measured to be in these; null judges all."""

    @field_validator("signal")
    @classmethod
    def _signal_is_measured(cls, signal: str) -> str:
        return _require_signal(signal)

    @model_validator(mode="after")
    def _bounds_leave_room(self) -> Self:
        low, high = self.at_least, self.at_most
        if low is None and high is None:
            message = f"rule {self.name!r} needs at_least, at_most, or both"
            raise ValueError(message)
        if low is not None and high is not None and low > high:
            message = f"rule {self.name!r} keeps nothing: {low} is above {high}"
            raise ValueError(message)
        return self


class RulesConfig(StageConfig):
    """Which documents stay; replayed over signals in seconds."""

    languages: tuple[str, ...] | None = None
    """Measured languages to keep; null keeps all, ``und`` is what nothing tells."""
    thresholds: tuple[ThresholdRule, ...] = ()
    """Applied in order; a document is dropped by the first that it fails."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [*BUILT_IN_RULES, *(rule.name for rule in self.thresholds)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            message = f"rules need names of their own; used twice: {twice}"
            raise ValueError(message)
        return self


class DuplicatesConfig(StageConfig):
    """Which documents count as copies, and which copy stays."""

    exact: bool = True
    near: bool = True
    min_shingles: int = Field(default=8, ge=1)
    """Shorter documents are no near duplicates of anything: chance rules there."""
    keep_highest: str = "num_words"
    """Signal by which the copy that stays is chosen; ties go to the lowest id."""

    @field_validator("keep_highest")
    @classmethod
    def _signal_is_measured(cls, signal: str) -> str:
        return _require_signal(signal)


class PersonalDataConfig(StageConfig):
    """Which personal data is replaced by placeholders in curated documents."""

    redact: tuple[PersonalDataKind, ...] = KINDS


class CurationConfig(StageConfig):
    """Everything that curation can be told; the licence policy is governance's."""

    signals: SignalsConfig = SignalsConfig()
    rules: RulesConfig = RulesConfig()
    duplicates: DuplicatesConfig = DuplicatesConfig()
    personal_data: PersonalDataConfig = PersonalDataConfig()


def _require_signal(name: str) -> str:
    if name not in SIGNAL_NAMES:
        message = f"{name!r:.60} is no signal; choose of {', '.join(SIGNAL_NAMES)}"
        raise ValueError(message)
    return name
