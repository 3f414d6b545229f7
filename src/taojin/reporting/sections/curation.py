"""Section 2: what was dropped, and why."""

from collections.abc import Iterator
from typing import Any

from taojin.core.foreign_text import shorten
from taojin.core.numbers import format_bytes, format_count, format_number
from taojin.reporting.charts.histogram import Layer, histogram
from taojin.reporting.inputs import Report, rows_of
from taojin.reporting.sections.waterfall import waterfall_steps
from taojin.reporting.texts import Texts

_MAX_EXAMPLES = 3
_MAX_EXAMPLE_CHARS = 600
_MAX_HISTOGRAMS = 36
_LAYERS = {"kept": "main", "dropped_elsewhere": "quiet", "dropped_here": "loss"}
"""Fates of documents and their colours, from the bottom of a bin up."""


def view_curation(report: Report | None, say: Texts) -> dict[str, Any] | None:
    """Prepare what curation reported; None if it did not."""
    if not report:
        return None
    idle = [
        rule["rule"] for rule in rows_of(report, "rules") if not rule["num_dropped"]
    ]
    return {
        "lead": _lead(report, say),
        "steps": list(_steps(report, say)) if report["num_documents"] else [],
        "note": _note(report, say),
        "idle": say("dropped.idle_rules", names=", ".join(idle)) if idle else "",
        **_distributions(report, say),
    }


def _lead(report: Report, say: Texts) -> str:
    if not report["num_documents"]:
        return say("dropped.lead_nothing")
    return say(
        "dropped.lead",
        kept=format_count(report["num_kept"]),
        documents=say.count(report["num_documents"], "document"),
        kept_size=format_bytes(report["num_bytes_kept"]),
        size=format_bytes(report["num_bytes"]),
    )


def _note(report: Report, say: Texts) -> str:
    if report["num_documents"] and not report["num_kept"]:
        return say("dropped.all_dropped")
    if report["num_documents"] and not report["num_dropped"]:
        return say("dropped.none_dropped")
    return ""


def _steps(report: Report, say: Texts) -> Iterator[dict[str, Any]]:
    for step in waterfall_steps(report, say):
        rule = step["rule"]
        yield step | {"examples": None if rule is None else _examples(rule, say)}


def _examples(rule: Report, say: Texts) -> list[dict[str, str]]:
    return [
        _example(example, say) for example in rows_of(rule, "examples")[:_MAX_EXAMPLES]
    ]


def _example(example: Report, say: Texts) -> dict[str, str]:
    return {
        "title": shorten(str(example.get("title") or example.get("uri") or ""), 120),
        "uri": shorten(str(example.get("uri") or ""), 200),
        "facts": shorten(_facts(example, say), 200),
        "text": shorten(str(example.get("text") or ""), _MAX_EXAMPLE_CHARS),
    }


def _facts(example: Report, say: Texts) -> str:
    """Why it was dropped: the rule's own words, or else its numbers."""
    if example.get("detail"):
        return str(example["detail"])
    facts = [
        say(f"dropped.{name}", **{name: format_number(example[name])})
        for name in ("value", "threshold")
        if example.get(name) is not None
    ]
    return " · ".join(facts)


def _distributions(report: Report, say: Texts) -> dict[str, Any]:
    """Histograms, of the rules that dropped the most if there are very many."""
    known = [
        row
        for row in rows_of(report, "distributions")
        if row["counts"] and len(row["edges"]) == len(row["counts"]) + 1
    ]
    drops = {str(r["rule"]): r["num_dropped"] for r in rows_of(report, "rules")}
    most = sorted(known, key=lambda row: -drops.get(str(row.get("rule")), 0))
    chosen = {id(row) for row in most[:_MAX_HISTOGRAMS]}
    shown = [row for row in known if id(row) in chosen]
    hidden = len(known) - len(shown)
    keys = [(say(f"dropped.bin_{name}"), kind) for name, kind in _LAYERS.items()]
    more = say("dropped.more_distributions", count=format_count(hidden))
    return {
        "distributions": [_histogram(row, say) for row in shown],
        "more_distributions": more if hidden else "",
        "keys": keys if any(_layers(row, say) for row in shown) else [],
    }


def _histogram(row: Report, say: Texts) -> dict[str, Any]:
    low, high = row.get("threshold_low"), row.get("threshold_high")
    layers = _layers(row, say)
    return {
        "signal": row["signal"],
        "rule": row.get("rule") or "",
        "note": say("dropped.log_scale") if row.get("scale") == "log" else "",
        "chart": histogram(
            row["signal"], row["edges"], row["counts"], low, high, layers
        ),
    }


def _layers(row: Report, say: Texts) -> list[Layer]:
    """What became of the documents in each bin, if that is known."""
    known = [
        Layer(say(f"dropped.bin_{name}"), kind, row[f"counts_{name}"])
        for name, kind in _LAYERS.items()
        if len(row.get(f"counts_{name}") or ()) == len(row["counts"])
    ]
    return known if len(known) == len(_LAYERS) else []
