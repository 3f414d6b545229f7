"""Section 2: what was dropped, and why."""

from collections.abc import Iterator
from typing import Any

from taojin.core.foreign_text import shorten
from taojin.core.numbers import (
    format_bytes,
    format_count,
    format_number,
    format_share,
    share_of,
)
from taojin.reporting.charts.bars import Bar, amounts, horizontal_bars, waterfall_step
from taojin.reporting.charts.histogram import histogram
from taojin.reporting.inputs import Report, part_of, rows_of
from taojin.reporting.texts import Texts

_MAX_EXAMPLES = 3
_MAX_EXAMPLE_CHARS = 600
_MAX_LANGUAGES = 8
_MAX_ROWS = 200


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
        "distributions": list(_histograms(report, say)),
        "sources": rows_of(report, "sources"),
        "licences": _most_first(report, "licences", "num_documents"),
        "languages": _language_chart(report, say),
        "duplicates": _duplicates(report, say),
        "personal_data": _most_first(report, "personal_data", "num_found"),
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
    """The waterfall: all that came in, what each rule took, what is left."""
    total = left = report["num_documents"]
    size = format_bytes(report["num_bytes"])
    name = say("dropped.came_in")
    whole = Bar(name, 0, total, format_count(total), size, "quiet")
    yield _step(whole, total)
    for rule in rows_of(report, "rules"):
        count = rule["num_dropped"]
        if not count:
            continue
        share, size = share_of(count, total), format_bytes(rule["num_bytes_dropped"])
        note = say("dropped.step_note", share=format_share(share), size=size)
        amount = f"−{format_count(count)}"
        bar = Bar(str(rule["rule"]), left - count, left, amount, note, "loss")
        yield _step(bar, total) | {"examples": _examples(rule, say)}
        left -= count
    kept, size = report["num_kept"], format_bytes(report["num_bytes_kept"])
    note = say(
        "dropped.step_note", share=format_share(share_of(kept, total)), size=size
    )
    yield _step(Bar(say("dropped.kept"), 0, kept, format_count(kept), note), total)


def _step(bar: Bar, total: int) -> dict[str, Any]:
    return {"bar": bar, "chart": waterfall_step(bar, total), "examples": None}


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


def _histograms(report: Report, say: Texts) -> Iterator[dict[str, Any]]:
    for row in rows_of(report, "distributions"):
        if not row["counts"] or len(row["edges"]) != len(row["counts"]) + 1:
            continue
        low, high = row.get("threshold_low"), row.get("threshold_high")
        chart = histogram(row["signal"], row["edges"], row["counts"], low, high)
        is_log = row.get("scale") == "log"
        note = say("dropped.log_scale") if is_log else ""
        yield {
            "signal": row["signal"],
            "rule": row.get("rule") or "",
            "note": note,
            "chart": chart,
        }


def _most_first(report: Report, key: str, count: str) -> list[Any]:
    return sorted(rows_of(report, key), key=lambda row: -row[count])[:_MAX_ROWS]


def _language_chart(report: Report, say: Texts) -> str | None:
    rows = _most_first(report, "languages", "num_documents")[:_MAX_LANGUAGES]
    if not rows:
        return None
    values = [
        (
            row["language"] or say("came_in.unknown_licence"),
            row["num_documents"],
            format_count(row["num_documents"]),
        )
        for row in rows
    ]
    return horizontal_bars(say("dropped.languages"), amounts(values))


def _duplicates(report: Report, say: Texts) -> dict[str, Any]:
    found = part_of(report, "duplicates")
    if not found.get("num_exact") and not found.get("num_near"):
        return {"lead": say("dropped.no_duplicates"), "largest": []}
    lead = say(
        "dropped.duplicates_lead",
        exact=say.count(found.get("num_exact", 0), "document"),
        near=format_count(found.get("num_near", 0)),
        clusters=say.count(found.get("num_clusters", 0), "cluster"),
    )
    largest = [
        {
            "size": cluster["size"],
            "titles": [shorten(str(title), 80) for title in cluster["examples"][:3]],
        }
        for cluster in (found.get("largest") or ())[:5]
    ]
    return {"lead": lead, "largest": largest}
