"""What generated texts are good for, and what they cost."""

from collections.abc import Mapping
from typing import Any

from taojin.core.numbers import (
    format_bytes,
    format_estimate,
    format_number,
    format_seconds,
)
from taojin.reporting.inputs import Report, part_of
from taojin.reporting.texts import Texts


def view_uses(usability: Report | None, say: Texts) -> dict[str, Any] | None:
    """Prepare costs, and one table a labelled set."""
    if not usability:
        return None
    return {
        "costs": [
            {"name": say.name(name), "value": _cost(name, score)}
            for name, score in part_of(usability, "cost").items()
        ],
        "cost_note": say("uses.cost_note", tokens=usability["max_new_tokens"]),
        "sets": [
            {
                "name": name,
                "rows": [_row(metric, score, say) for metric, score in scores.items()],
                "warnings": part.get("warnings") or [],
            }
            for name, part in part_of(usability, "candidates").items()
            for scores in [part_of(part, "scores")]
        ],
    }


def _row(metric: str, score: Mapping[str, Any], say: Texts) -> dict[str, Any]:
    return {
        "metric": say.name(metric),
        "value": format_estimate(score["estimate"]),
        "null": format_estimate(score["null"]) if score.get("null") else "",
        "detectable": format_number(score.get("min_detectable")),
    }


def _cost(name: str, score: Mapping[str, Any]) -> str:
    estimate = score["estimate"]
    if name.endswith("_bytes"):
        return format_bytes(estimate["value"])
    ends = (estimate["value"], estimate["low"], estimate["high"])
    value, low, high = map(format_seconds, ends)
    return f"{value} ({low}–{high})"
