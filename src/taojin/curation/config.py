"""Configuration of curation, in parts that are fingerprinted apart.

Signals are measured from texts, which is slow; rules and duplicates only read
signals. So a changed threshold replays decisions and measures nothing again.
"""

from typing import Literal, Self

from pydantic import ConfigDict, Field, RootModel, field_validator, model_validator

from taojin.core.config import StageConfig
from taojin.curation.duplicates.config import DuplicatesConfig, MinHashConfig
from taojin.curation.learned.config import LearnedConfig
from taojin.curation.personal_data import KINDS, PersonalDataKind
from taojin.curation.signal_schema import FAMILIES, Family, require_signal

LICENCE_RULE = "licence"
LANGUAGE_RULE = "language"
CONTAMINATION_RULE = "contamination"
EXACT_DUPLICATE_RULE = "exact_duplicate"
NEAR_DUPLICATE_RULE = "near_duplicate"
TOO_LITTLE_LEFT_RULE = "too_little_left"
FIRST_RULES = (LICENCE_RULE, LANGUAGE_RULE, CONTAMINATION_RULE)
"""Built-in rules that come before the thresholds."""
LAST_RULES = (EXACT_DUPLICATE_RULE, NEAR_DUPLICATE_RULE, TOO_LITTLE_LEFT_RULE)
"""Built-in rules that come after them."""


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
    sources: tuple[str, ...] | None = None
    """Judge only documents of these sources; null judges all."""

    @field_validator("signal")
    @classmethod
    def _signal_is_measured(cls, signal: str) -> str:
        return require_signal(signal)

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


class RulePreset(StageConfig):
    """Rules that belong together, under a name."""

    thresholds: tuple[ThresholdRule, ...] = Field(min_length=1)
    clean_lines: Literal["c4"] | None = None
    """Also remove lines from what stays: by the line rules of C4."""


class RulePresets(RootModel[dict[str, RulePreset]]):
    """Presets by name, as written under ``rule_presets:``; add your own there."""

    model_config = ConfigDict(frozen=True)

    def __getitem__(self, name: str) -> RulePreset:
        return self.root[name]

    def names(self) -> list[str]:
        """All names, in order."""
        return sorted(self.root)


class RulesConfig(StageConfig):
    """Which documents stay; replayed over signals in seconds."""

    languages: tuple[str, ...] | None = None
    """Measured languages to keep; null keeps all, ``und`` is what nothing tells."""
    max_contaminated_share: float = Field(default=0.0, ge=0.0, le=1.0)
    """Share of a document's n-grams that may also stand in an evaluation set."""
    presets: tuple[str, ...] = ()
    """Names under ``rule_presets``; their thresholds are applied first."""
    thresholds: tuple[ThresholdRule, ...] = ()
    """Applied in order; a document is dropped by the first that it fails."""
    clean_lines: Literal["c4"] | None = None
    """Remove lines from what stays: by the line rules of C4; null removes none."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [*FIRST_RULES, *LAST_RULES, *(rule.name for rule in self.thresholds)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            message = f"rules need names of their own; used twice: {twice}"
            raise ValueError(message)
        return self

    def names(self) -> tuple[str, ...]:
        """All rules, in the order in which they are applied."""
        return (*FIRST_RULES, *(rule.name for rule in self.thresholds), *LAST_RULES)


class SignalsConfig(StageConfig):
    """What is measured; a change here measures every document anew."""

    families: tuple[Family, ...] = FAMILIES
    """Families of heuristic signals; signals of the others are absent."""
    minhash: MinHashConfig = MinHashConfig()
    personal_data: tuple[PersonalDataKind, ...] = KINDS
    """Kinds to look for and count; the counts of others are 0."""
    learned: LearnedConfig = LearnedConfig()
    """Models that tell language, quality and toxicity."""


class PersonalDataConfig(StageConfig):
    """Which personal data is replaced by placeholders in curated documents."""

    redact: tuple[PersonalDataKind, ...] = KINDS


class CurationConfig(StageConfig):
    """Everything that curation can be told; the licence policy is governance's."""

    signals: SignalsConfig = SignalsConfig()
    rules: RulesConfig = RulesConfig()
    duplicates: DuplicatesConfig = DuplicatesConfig()
    personal_data: PersonalDataConfig = PersonalDataConfig()
