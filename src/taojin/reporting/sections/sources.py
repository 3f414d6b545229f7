"""Section 4: what became of each source."""

from collections.abc import Iterator, Sequence
from typing import Any

from taojin.core.numbers import format_bytes, format_count, format_share, share_of
from taojin.reporting.charts.bars import Bar, amounts, horizontal_bars, share_bar
from taojin.reporting.inputs import Report, rows_of
from taojin.reporting.sections.waterfall import waterfall_steps
from taojin.reporting.texts import Texts

_MAX_OPEN = 30
"""Sources, the largest first, that have a waterfall of their own."""
_MAX_LISTED = 200
_MAX_LANGUAGES = 8
_MAX_WORDS = 6
"""Languages, licences and the like that are named of a source."""
_MAX_LICENCES = 200

Fact = tuple[str, str]


def view_sources(report: Report | None, say: Texts) -> dict[str, Any] | None:
    """Prepare what curation reported of each source; None if it did not."""
    if not report:
        return None
    ordered = sorted(
        rows_of(report, "sources"),
        key=lambda row: (-row["num_documents"], str(row["source"])),
    )
    return {
        "lead": _lead(ordered, say),
        "sources": [_source(row, report, say) for row in ordered[:_MAX_OPEN]],
        "others": ordered[_MAX_OPEN:_MAX_LISTED],
        "num_hidden": max(len(ordered) - _MAX_LISTED, 0),
        "licences": _most_first(report, "licences")[:_MAX_LICENCES],
        "languages": _language_chart(report, say),
    }


def _lead(sources: Sequence[Report], say: Texts) -> str:
    if not sources:
        return say("sources.lead_nothing")
    if len(sources) == 1:
        return say("sources.lead_one", source=sources[0]["source"])
    shares = [
        (share, str(row["source"]))
        for row in sources
        if (share := share_of(row["num_kept"], row["num_documents"])) is not None
    ]
    (low, worst), (high, best) = min(shares), max(shares)
    return say(
        "sources.lead",
        sources=say.count(len(sources), "source"),
        low=format_share(low),
        worst=worst,
        high=format_share(high),
        best=best,
    )


def _source(row: Report, report: Report, say: Texts) -> dict[str, Any]:
    kept = say(
        "sources.kept",
        kept=format_count(row["num_kept"]),
        documents=format_count(row["num_documents"]),
    )
    bar = Bar(str(row["source"]), 0, row["num_kept"], kept)
    return {
        "source": row["source"],
        "share": format_share(share_of(row["num_kept"], row["num_documents"])),
        "chart": share_bar(bar, row["num_documents"]),
        "kept": kept,
        "steps": list(waterfall_steps(row, say)) if rows_of(row, "rules") else [],
        "facts": list(_facts(row, report, say)),
    }


def _facts(row: Report, report: Report, say: Texts) -> Iterator[Fact]:
    """What is known of a source beside its documents, by name."""
    yield (
        say("sources.text"),
        say(
            "sources.text_kept",
            kept=format_bytes(row["num_bytes_kept"]),
            size=format_bytes(row["num_bytes"]),
        ),
    )
    total = row["num_documents"]
    for key, column in (("languages", "language"), ("licences", "licence")):
        words = [
            (
                str(entry[column] or say("came_in.unknown_licence")),
                format_share(share_of(entry["num_documents"], total)),
            )
            for entry in rows_of(row, key)
        ]
        yield say(f"sources.{key}"), _listed(words, say)
    found = [
        (str(entry["kind"]), format_count(entry["num_found"]))
        for entry in rows_of(row, "personal_data")
    ]
    yield say("sources.personal_data"), _listed(found, say)
    yield say("sources.contamination"), _listed(_leaks(row, report), say)
    if rows_of(report, "repairs"):
        repaired = [
            (repair_name(entry["repair"]), format_count(entry["number"]))
            for entry in rows_of(report, "repairs")
            if entry["source"] == row["source"] and entry["number"]
        ]
        yield say("sources.repairs"), _listed(repaired, say)


def repair_name(word: str) -> str:
    """Say what was repaired, from the name of its count."""
    return word.removeprefix("num_").removeprefix("repaired_").replace("_", " ")


def _leaks(row: Report, report: Report) -> list[Fact]:
    return [
        (str(entry["evaluation_set"]), format_count(found["num_documents"]))
        for entry in rows_of(report, "contamination")
        for found in rows_of(entry, "sources")
        if found["source"] == row["source"]
    ]


def _listed(words: Sequence[Fact], say: Texts) -> str:
    """Say names and amounts in one line, the first few of them."""
    if not words:
        return say("sources.none")
    named = [f"{name} {amount}" for name, amount in words[:_MAX_WORDS]]
    if len(words) > _MAX_WORDS:
        named.append(say("sources.more", count=format_count(len(words) - _MAX_WORDS)))
    return ", ".join(named)


def _most_first(report: Report, key: str) -> list[Report]:
    return sorted(rows_of(report, key), key=lambda row: -row["num_documents"])


def _language_chart(report: Report, say: Texts) -> str | None:
    rows = _most_first(report, "languages")[:_MAX_LANGUAGES]
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
    return horizontal_bars(say("sources.languages"), amounts(values))
