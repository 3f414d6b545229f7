"""The release gate: nothing leaves that its rules, over measured numbers, hold back.

The gate fails closed. A number that is absent, null, not finite or contradicts
its own interval fails the rule that asks for it: what was not measured was not
shown to be good.
"""

import difflib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.core.estimates import Estimate
from taojin.core.numbers import estimate_of, format_estimate, format_number

Bound = Literal["value", "low", "high"]
MetricPath = Annotated[str, Field(pattern=r"^[^.\s]+(\.[^.\s]+)+$", max_length=200)]
"""Dotted path to a number, from the name of its report down."""

_LIMIT_FIELDS = ("at_most", "at_least", "at_most_metric", "at_least_metric")
_OPPOSITE: dict[Bound, Bound] = {"low": "high", "high": "low", "value": "value"}
_END_WORDS: dict[Bound, str] = {"low": "lower end of ", "high": "upper end of "}
_MAX_NAMES = 8


class GateRule(StageConfig):
    """One condition of release: a measured number and the limit it must keep."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)
    metric: MetricPath
    """For example ``evaluation.samples.legality.verbatim_copy_rate``."""
    at_most: float | None = Field(default=None, allow_inf_nan=False)
    at_least: float | None = Field(default=None, allow_inf_nan=False)
    at_most_metric: MetricPath | None = None
    """Another metric that this one must not exceed, such as a baseline's."""
    at_least_metric: MetricPath | None = None
    """Another metric that this one must reach."""
    bound: Bound | None = None
    """Which end of the interval must keep the limit. Null takes the pessimistic
    end: ``high`` for at most, ``low`` for at least. Another metric is read at its
    opposite end, so that by default the two intervals must not overlap."""
    why: str = Field(default="", max_length=500)
    """What the rule protects; printed beside the verdict."""

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        given = [name for name in _LIMIT_FIELDS if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            message = (
                f"gate rule {self.name!r} sets {found}; "
                f"set exactly one of {', '.join(_LIMIT_FIELDS)}"
            )
            raise ValueError(message)
        return self

    @property
    def direction(self) -> Literal["at_most", "at_least"]:
        """Which side of the limit passes; the limit itself does."""
        if self.at_most is None and self.at_most_metric is None:
            return "at_least"
        return "at_most"

    @property
    def bound_used(self) -> Bound:
        """The end of the interval that is compared."""
        if self.bound is not None:
            return self.bound
        return "high" if self.direction == "at_most" else "low"


class GateConfig(StageConfig):
    """The rules of a gate, at least one; all must pass."""

    rules: tuple[GateRule, ...]

    @model_validator(mode="after")
    def _rules_guard_something(self) -> Self:
        # A bound on the length would also complain wherever all rules are broken.
        if not self.rules:
            message = "the gate has no rules and would release anything; give it one"
            raise ValueError(message)
        counts = Counter(rule.name for rule in self.rules)
        twice = [name for name, count in counts.items() if count > 1]
        if twice:
            message = f"gate rules share the names {twice[:_MAX_NAMES]}; rename them"
            raise ValueError(message)
        return self


def decide_release(
    reports: Mapping[str, Mapping[str, Any]], config: GateConfig
) -> dict[str, Any]:
    """Judge measured numbers by the rules of a gate.

    Args:
        reports: Reports by the name that starts a rule's path, such as
            ``evaluation`` or ``curation``. Not changed.
        config: The rules.

    Returns:
        ``released``, true if every rule passed; ``rules``, in the order of the
        configuration, with ``value`` (null if there is none), ``bound_used``,
        ``at_most`` or ``at_least`` (the limit as a number; null if it was to come
        from a metric that is missing), ``limit_metric`` (where the limit came from,
        or null), ``estimate`` (what was measured, whole), ``passed``, ``reason``
        (for people) and ``why``; and ``num_passed`` and ``num_failed``.
    """
    rules = [_judge(rule, reports) for rule in config.rules]
    num_passed = sum(rule["passed"] for rule in rules)
    return {
        "released": num_passed == len(rules),
        "rules": rules,
        "num_passed": num_passed,
        "num_failed": len(rules) - num_passed,
    }


@dataclass(frozen=True)
class _Reading:
    """A number from the reports, or the problem that stood in its way."""

    estimate: Estimate | None
    bound: Bound = "value"
    problem: str = ""

    @property
    def value(self) -> float | None:
        return None if self.estimate is None else getattr(self.estimate, self.bound)

    def words(self, digits: int) -> str:
        number = format_number(self.value, digits)
        if self.estimate is None or self.bound == "value":
            return number
        return f"{number} ({_END_WORDS[self.bound]}{format_estimate(self.estimate)})"


def _judge(rule: GateRule, reports: Mapping[str, Any]) -> dict[str, Any]:
    measured = _read_metric(rule.metric, rule.bound_used, reports)
    limit_metric = rule.at_most_metric or rule.at_least_metric
    limit = _read_limit(rule, limit_metric, reports)
    passed = _keeps(rule, measured, limit)
    return {
        "name": rule.name,
        "metric": rule.metric,
        "value": measured.value,
        "bound_used": measured.bound,
        rule.direction: limit.value,
        "limit_metric": limit_metric,
        "estimate": measured.estimate.model_dump() if measured.estimate else None,
        "passed": passed,
        "reason": _reason(rule, measured, limit, passed=passed),
        "why": rule.why,
    }


def _read_limit(
    rule: GateRule, limit_metric: str | None, reports: Mapping[str, Any]
) -> _Reading:
    if limit_metric is not None:
        return _read_metric(limit_metric, _OPPOSITE[rule.bound_used], reports)
    return _Reading(estimate_of(getattr(rule, rule.direction)))


def _keeps(rule: GateRule, measured: _Reading, limit: _Reading) -> bool:
    if measured.value is None or limit.value is None:
        return False
    if rule.direction == "at_most":
        return measured.value <= limit.value
    return measured.value >= limit.value


def _reason(
    rule: GateRule, measured: _Reading, limit: _Reading, *, passed: bool
) -> str:
    problems = [reading.problem for reading in (measured, limit) if reading.problem]
    if problems:
        return "; ".join(problems)
    relation = {
        ("at_most", True): "is at most",
        ("at_most", False): "is more than",
        ("at_least", True): "is at least",
        ("at_least", False): "is less than",
    }[rule.direction, passed]
    source = rule.at_most_metric or rule.at_least_metric
    of_source = f" of {source}" if source else ""
    digits = _digits_that_tell_apart(measured.value, limit.value)
    return f"{measured.words(digits)} {relation} {limit.words(digits)}{of_source}"


def _digits_that_tell_apart(first: float | None, second: float | None) -> int:
    """So that nobody reads "1 is less than 1" where 0.9999 was."""
    for digits in range(3, 17):
        if format_number(first, digits) != format_number(second, digits):
            return digits
    return 3


def _read_metric(path: str, bound: Bound, reports: Mapping[str, Any]) -> _Reading:
    found: Any = reports
    walked: list[str] = []
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return _Reading(None, bound, _explain_absence(path, name, walked, found))
        found = found[name]
        walked.append(name)
    problem = _problem_with(path, found)
    if problem:
        return _Reading(None, bound, problem)
    # A bare number has no ends to choose from.
    return _Reading(estimate_of(found), bound if _has_ends(found) else "value")


def _problem_with(path: str, found: Any) -> str:
    if found is None:
        return f"{path} is null: it was not measured"
    estimate = estimate_of(found)
    if estimate is None:
        if isinstance(found, Mapping):
            if "value" not in found:
                return f"{path} is not a number; it holds {_listed(found)}"
            found = found["value"]
        return f"{path} is not a finite number with its interval: {found!r:.60}"
    if not estimate.low <= estimate.value <= estimate.high:
        return f"{path} lies outside its own interval: {format_estimate(estimate)}"
    if _has_ends(found) and estimate.num_samples == 0:
        return f"{path} rests on no samples"
    return ""


def _has_ends(found: Any) -> bool:
    return isinstance(found, Mapping | Estimate)


def _explain_absence(path: str, name: str, walked: list[str], found: Any) -> str:
    place = ".".join(walked) or "the set of reports"
    if found is None:
        return f"{path} was not measured: {place} is null"
    if not isinstance(found, Mapping) or not found:
        return f"{path} does not exist: there is nothing below {place}"
    close = difflib.get_close_matches(name, [str(key) for key in found], n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return (
        f"{path} does not exist: {place} has no {name!r}, only {_listed(found)}{hint}"
    )


def _listed(found: Mapping[str, Any]) -> str:
    names = sorted(str(key) for key in found)
    shown = ", ".join(name[:64] for name in names[:_MAX_NAMES])
    return (
        f"{shown} and {len(names) - _MAX_NAMES} more"
        if len(names) > _MAX_NAMES
        else shown
    )
