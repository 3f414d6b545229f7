"""What generations lean on, and which words decisions rest on."""

from collections.abc import Mapping
from typing import Any

from taojin.core.foreign_text import shorten
from taojin.core.numbers import format_estimate, format_number
from taojin.reporting.inputs import Report, part_of, rows_of
from taojin.reporting.texts import Texts

_MAX_CHARACTERS = 400
_STEPS = 5
"""Shades of a token; few, since the page carries each as a class."""


def view_reasons(explanations: Report | None, say: Texts) -> dict[str, Any] | None:
    """Prepare both parts; none where nothing was explained."""
    generations = rows_of(explanations, "generations")
    decisions = rows_of(explanations, "decisions")
    removal = part_of(explanations, "removal")
    if not generations and not decisions and not removal:
        return None
    return {
        "removal": _removal(removal, say) if removal else "",
        "generations": [_generation(row) for row in generations],
        "decisions": [_decision(row, say) for row in decisions],
    }


def _generation(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "text": shorten(row["text"], _MAX_CHARACTERS),
        "documents": [
            {
                "title": one["title"] or one["document_id"],
                "source": one["source"],
                "licence": one["licence"],
                "text": shorten(one["text"], _MAX_CHARACTERS),
                "gradient": format_number(one["gradient"]),
                "representation": format_number(one["representation"]),
            }
            for one in row["documents"]
        ],
    }


def _removal(found: Mapping[str, Any], say: Texts) -> str:
    if "problem" in found:
        return say("reasons.removal_problem", problem=found["problem"])
    verdict = say("reasons.shown" if found["is_shown"] else "reasons.not_shown")
    return say(
        "reasons.removal",
        verdict=verdict,
        difference=format_estimate(found["difference"]),
        generations=found["num_generations"],
        named=found["num_named"],
        trainings=found["num_trainings"],
    )


def _decision(row: Mapping[str, Any], say: Texts) -> dict[str, Any]:
    if "problem" in row:
        return {"lead": str(row["truth"]), "parts": [], "problem": row["problem"]}
    largest = max((abs(value) for value in row["values"]), default=0.0) or 1.0
    return {
        "lead": say("reasons.decided", label=row["label"], truth=row["truth"]),
        "parts": [
            {
                "text": part,
                "shade": round(_STEPS * abs(value) / largest),
                "side": "for" if value > 0 else "against",
                "value": format_number(value),
            }
            for part, value in zip(row["parts"], row["values"], strict=True)
        ],
        "problem": "",
    }
