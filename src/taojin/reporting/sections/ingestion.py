"""Section 1: what came in."""

from typing import Any

from taojin.core.foreign_text import shorten
from taojin.core.numbers import format_bytes, format_count
from taojin.reporting.charts.bars import Bar, horizontal_bars
from taojin.reporting.inputs import Report, rows_of
from taojin.reporting.texts import Texts

_MAX_LICENCES = 10
_MAX_EXAMPLES = 5


def view_ingestion(report: Report | None, say: Texts) -> dict[str, Any] | None:
    """Prepare what ingestion reported; None if it did not."""
    if not report:
        return None
    return {
        "lead": say(
            "came_in.lead",
            read=say.count(report["num_read"], "record"),
            sources=say.count(len(rows_of(report, "sources")), "source"),
            documents=say.count(report["num_documents"], "document"),
            size=format_bytes(report["num_bytes"]),
            rejected=format_count(report["num_rejected"]),
        ),
        "sources": rows_of(report, "sources"),
        "licences": _licence_chart(report, say),
        "unknown": _unknown(report, say),
        "rejections": [
            {
                "reason": say.reason(str(row["reason"])),
                "num_records": row["num_records"],
                "examples": list(row.get("examples") or ())[:_MAX_EXAMPLES],
            }
            for row in rows_of(report, "rejections")
        ],
    }


def _licence_chart(report: Report, say: Texts) -> str | None:
    rows = sorted(
        rows_of(report, "licences"),
        key=lambda row: (-row["num_documents"], row["licence"] or ""),
    )
    if not rows:
        return None
    bars = [_licence_bar(row, say) for row in rows[:_MAX_LICENCES]]
    rest = rows[_MAX_LICENCES:]
    if rest:
        total = sum(row["num_documents"] for row in rest)
        name = say("came_in.other_licences", count=format_count(len(rest)))
        bars.append(Bar(name, 0, total, format_count(total), kind="quiet"))
    return horizontal_bars(say("came_in.licences"), bars)


def _licence_bar(row: Report, say: Texts) -> Bar:
    name = row["licence"] or say("came_in.unknown_licence")
    count = row["num_documents"]
    kind = "main" if row["licence"] else "loss"
    return Bar(name, 0, count, format_count(count), _declared(row, say), kind)


def _declared(row: Report, say: Texts) -> str:
    examples = [shorten(str(words), 60) for words in row.get("declared_examples") or ()]
    if not examples:
        return ""
    return say("came_in.declared_as", examples=", ".join(f"“{w}”" for w in examples))


def _unknown(report: Report, say: Texts) -> str:
    """What sources declare where no licence could be concluded."""
    rows = [row for row in rows_of(report, "licences") if not row["licence"]]
    declared = [words for row in rows if (words := _declared(row, say))]
    return say("came_in.unknown_are", declared=declared[0]) if declared else ""
