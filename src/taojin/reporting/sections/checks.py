"""Section 3: what the data checks found."""

from collections.abc import Sequence
from typing import Any

from taojin.core.foreign_text import shorten
from taojin.core.numbers import format_count, format_share
from taojin.reporting.inputs import Report, rows_of
from taojin.reporting.settings_table import settings_rows
from taojin.reporting.texts import Texts

_MAX_EXAMPLES = 5
_MAX_EXAMPLE_CHARS = 80
_MAX_WORDS = 200


def view_checks(results: Sequence[Report] | None, say: Texts) -> dict[str, Any] | None:
    """Prepare the results of validation; None if nothing was validated."""
    if not results:
        return None
    num_failed = sum(len(rows_of(result, "failures")) for result in results)
    num_checks = sum(result["num_checks"] for result in results)
    lead = say(
        "checks.lead_failed" if num_failed else "checks.lead_passed",
        failed=format_count(num_failed),
        checks=say.count(num_checks, "check"),
        datasets=say.count(len(results), "dataset"),
    )
    datasets = [
        {
            "name": result["dataset"],
            "num_rows": result["num_rows"],
            "num_checks": result["num_checks"],
            "num_failed": len(rows_of(result, "failures")),
        }
        for result in results
    ]
    failures = [
        _failure(result["dataset"], failure, say)
        for result in results
        for failure in rows_of(result, "failures")
    ]
    return {"lead": lead, "datasets": datasets, "failures": failures}


def _failure(dataset: str, failure: Report, say: Texts) -> dict[str, Any]:
    share = failure.get("share")
    count = format_count(failure.get("num_unexpected"))
    examples = list(failure.get("examples") or ())[:_MAX_EXAMPLES]
    return {
        "dataset": dataset,
        "check": failure["check"],
        "arguments": _arguments(failure.get("arguments") or {}, say),
        "column": failure.get("column") or "",
        "severity": failure.get("severity") or "",
        "concerned": f"{count} ({format_share(share)})" if share is not None else count,
        "examples": [shorten(str(value), _MAX_EXAMPLE_CHARS) for value in examples],
        "why": failure.get("why") or "",
    }


def _arguments(arguments: Report, say: Texts) -> str:
    rows = settings_rows(arguments, say)
    return shorten(", ".join(f"{name} {value}" for name, value in rows), _MAX_WORDS)
