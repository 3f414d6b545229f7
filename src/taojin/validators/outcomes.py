"""What checks found, as records, as a report and as a message."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from taojin.core.files import write_text

MAX_CHECKS_SHOWN = 10
MAX_EXAMPLES = 5
MAX_EXAMPLE_CHARS = 80
_MAX_ERROR_CHARS = 300


@dataclass(frozen=True)
class Outcome:
    """Result of one check over the whole table.

    Attributes:
        check: Name of the check.
        column: The columns it looked at, joined by commas; null for the table.
        arguments: What it was told.
        severity: ``contract`` or ``warning``.
        why: What its breach means.
        passed: Whether it holds.
        num_unexpected: Rows that break it; null where it judges a single figure.
        share: ``num_unexpected`` as a share of all rows, nulls included.
        examples: Up to five different values that break it, each of at most 80
            characters; the figure that was found, where it judges a figure.
        error: Why it could not be evaluated; null if it could.
    """

    check: str
    column: str | None
    arguments: dict[str, Any]
    severity: Literal["contract", "warning"]
    why: str
    passed: bool
    num_unexpected: int | None = None
    share: float | None = None
    examples: tuple[str, ...] = ()
    error: str | None = None

    @property
    def stops(self) -> bool:
        """Whether the data must not be saved; a check in error stops it, too."""
        return self.error is not None or (
            not self.passed and self.severity == "contract"
        )


def example(value: Any) -> str:
    """Render one value in at most 80 characters."""
    text = value if isinstance(value, str) else repr(value)
    if len(text) > MAX_EXAMPLE_CHARS:
        text = text[: MAX_EXAMPLE_CHARS - 1] + "…"
    return text


def report_of(
    dataset: str, suite: str, num_rows: int, outcomes: Sequence[Outcome]
) -> dict[str, Any]:
    """Assemble the report of one dataset; plain JSON values."""
    evaluated = [outcome for outcome in outcomes if outcome.error is None]
    failures = [outcome for outcome in evaluated if not outcome.passed]
    errors = [outcome for outcome in outcomes if outcome.error is not None]
    return {
        "dataset": dataset,
        "suite": suite,
        "num_rows": num_rows,
        "num_checks": len(outcomes),
        "num_failed_contracts": sum(item.severity == "contract" for item in failures),
        "num_warnings": sum(item.severity == "warning" for item in failures),
        "num_errors": len(errors),
        "checks": [_without_findings(outcome) for outcome in outcomes],
        "failures": [asdict(outcome) for outcome in failures],
        "errors": [asdict(outcome) for outcome in errors],
    }


def write_report(report: dict[str, Any], path: Path) -> None:
    """Write a report as JSON, atomically.

    Non-ASCII is escaped: examples may hold lone surrogates, which UTF-8 cannot.
    """
    write_text(path, json.dumps(report, indent=1, default=str) + "\n")


def describe_breaches(dataset: str, num_rows: int, stops: Sequence[Outcome]) -> str:
    """Say in bounded length what keeps the data from being saved."""
    head = f"{dataset} ({num_rows:,} rows) fails {len(stops)} of its checks:"
    lines = [f"  - {_describe(outcome)}" for outcome in stops[:MAX_CHECKS_SHOWN]]
    hidden = len(stops) - len(lines)
    if hidden:
        lines.append(f"  - and {hidden} more; the report has them all")
    return "\n".join([head, *lines])


def _describe(outcome: Outcome) -> str:
    where = outcome.column or "table"
    if outcome.error is not None:
        return (
            f"{where}: {outcome.check} could not be evaluated, which says nothing "
            f"about the data: {outcome.error[:_MAX_ERROR_CHARS]}"
        )
    found = ", ".join(repr(value) for value in outcome.examples)
    if outcome.num_unexpected is None or outcome.share is None:
        counted = f"found {found or 'nothing'}"
    else:
        counted = f"{outcome.num_unexpected:,} rows ({outcome.share:.2%})"
        counted += f", such as {found}" if found else ""
    return f"{where}: {outcome.check}: {counted}. {outcome.why}"


def _without_findings(outcome: Outcome) -> dict[str, Any]:
    return {
        "check": outcome.check,
        "column": outcome.column,
        "arguments": outcome.arguments,
        "severity": outcome.severity,
        "passed": outcome.passed,
    }
