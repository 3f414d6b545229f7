"""Rules that a generated text was asked to keep, and whether it does."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from taojin.core.config import StageConfig
from taojin.core.errors import CountMismatchError
from taojin.evaluation.intervals import proportion
from taojin.evaluation.scores import Score, require_items
from taojin.evaluation.words import split_words

JsonType = Literal["string", "number", "integer", "boolean", "array", "object", "null"]


class LengthRule(StageConfig):
    """A text has so many characters or words, both ends included."""

    kind: Literal["length"] = "length"
    unit: Literal["characters", "words"] = "characters"
    """Chinese text goes by its characters either way."""
    at_least: int = Field(default=0, ge=0)
    at_most: int | None = Field(default=None, ge=0)
    """Null sets no limit."""

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.at_most is not None and self.at_most < self.at_least:
            message = f"at_most ({self.at_most}) is below at_least ({self.at_least})"
            raise ValueError(message)
        return self

    def is_kept(self, text: str) -> bool:
        """Tell whether a text keeps to the length."""
        size = len(text) if self.unit == "characters" else len(split_words(text))
        return self.at_least <= size and (self.at_most is None or size <= self.at_most)


class PatternRule(StageConfig):
    """A text holds, or is, or does not hold, what a regular expression says."""

    kind: Literal["pattern"] = "pattern"
    pattern: str
    """Of Python's ``re``."""
    mode: Literal["contains", "whole", "lacks"] = "contains"

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            message = f"pattern {pattern!r} is no regular expression: {error}"
            raise ValueError(message) from error
        return pattern

    def is_kept(self, text: str) -> bool:
        """Tell whether a text keeps to the pattern."""
        if self.mode == "whole":
            return re.fullmatch(self.pattern, text) is not None
        return (re.search(self.pattern, text) is None) == (self.mode == "lacks")


class JsonRule(StageConfig):
    """A text is one JSON object that has these keys, of these types."""

    kind: Literal["json"] = "json"
    keys: dict[str, JsonType] = Field(default_factory=dict)
    """Needed keys. An integer is also a number; a boolean is neither."""
    has_other_keys: bool = True
    """Whether other keys may stand beside them."""

    def is_kept(self, text: str) -> bool:
        """Tell whether a text is such an object."""
        try:
            found = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            return False
        if not isinstance(found, dict):
            return False
        if not self.has_other_keys and found.keys() - self.keys.keys():
            return False
        return all(
            key in found and wanted in _types_of(found[key])
            for key, wanted in self.keys.items()
        )


Rule = Annotated[LengthRule | PatternRule | JsonRule, Field(discriminator="kind")]


def rules_kept(
    texts: Sequence[str],
    rules: Sequence[Mapping[str, LengthRule | PatternRule | JsonRule]],
    confidence: float = 0.95,
) -> list[Score]:
    """Measure how often generated texts keep the rules they were asked to keep.

    Args:
        texts: Generated texts; an empty one keeps what rules it keeps.
        rules: For each text, by name, the rules it was asked to keep; may differ.
        confidence: Nominal coverage.

    Returns:
        ``rules_kept``, the share of texts that keep all of theirs, and for each name of
        a rule ``rule_kept_<name>``, the share of the texts asked for it (Wilson).

    Raises:
        CountMismatchError: If there are not as many sets of rules as texts.
        DataError: If there are no texts.
    """
    require_items("rules_kept", len(texts), 1)
    if len(texts) != len(rules):
        message = f"rules_kept: {len(texts)} texts have {len(rules)} sets of rules"
        raise CountMismatchError(message)
    kept = [
        {name: rule.is_kept(text) for name, rule in asked.items()}
        for text, asked in zip(texts, rules, strict=True)
    ]
    outcomes = {"rules_kept": [all(own.values()) for own in kept]}
    for name in sorted({name for own in kept for name in own}):
        outcomes[f"rule_kept_{name}"] = [own[name] for own in kept if name in own]
    return [
        Score(
            name=name,
            axis="usability",
            better="higher",
            estimate=proportion(sum(values), len(values), confidence),
            num_generated=len(values),
        )
        for name, values in outcomes.items()
    ]


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _types_of(value: Any) -> set[JsonType]:
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int):
        return {"integer", "number"}
    names: dict[type, JsonType] = {
        str: "string",
        float: "number",
        list: "array",
        dict: "object",
        type(None): "null",
    }
    return {names[type(value)]}
