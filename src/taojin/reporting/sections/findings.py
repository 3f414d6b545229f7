"""Section 5: copies, leaks of evaluation sets, personal data, repairs, models."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from taojin.core.foreign_text import shorten
from taojin.core.numbers import MISSING, format_count, format_share
from taojin.reporting.inputs import Report, part_of, rows_of
from taojin.reporting.sections.flow_table import flow_table
from taojin.reporting.sections.sources import repair_name
from taojin.reporting.settings_table import settings_rows
from taojin.reporting.texts import Texts

_MAX_ROWS = 50
_MAX_TERMS = 40
_MAX_TITLE_CHARS = 80
_TERM_TABLES = ("identity_terms", "identity_false_positives")
"""Names under which a note on a model holds false positives by identity term."""
_TITLES = ("signal", "name", "model")
"""Names under which a note says which model it is about."""


def view_findings(report: Report | None, say: Texts) -> dict[str, Any] | None:
    """Prepare what curation found in the texts; None if it did not run."""
    if not report:
        return None
    return {
        "duplicates": _duplicates(report, say),
        "flows": flow_table(rows_of(part_of(report, "duplicates"), "flows"), say),
        "repeated_spans": [
            (repair_name(name), value)
            for name, value in settings_rows(part_of(report, "repeated_spans"), say)
            if value != "0"
        ],
        "contamination": [
            _contamination(row) for row in rows_of(report, "contamination")[:_MAX_ROWS]
        ],
        "personal_data": sorted(
            rows_of(report, "personal_data"), key=lambda row: -row["num_found"]
        )[:_MAX_ROWS],
        "recognisers": [
            _recogniser(row) for row in rows_of(report, "recognisers")[: 2 * _MAX_ROWS]
        ],
        "repairs": list(_repairs(rows_of(report, "repairs"))),
        "models": [_model(note, say) for note in rows_of(report, "models")[:_MAX_ROWS]],
    }


def _duplicates(report: Report, say: Texts) -> dict[str, Any]:
    found = part_of(report, "duplicates")
    if not found.get("num_exact") and not found.get("num_near"):
        return {"lead": say("findings.no_duplicates"), "largest": []}
    lead = say(
        "findings.duplicates_lead",
        exact=say.count(found.get("num_exact", 0), "document"),
        near=format_count(found.get("num_near", 0)),
        clusters=say.count(found.get("num_clusters", 0), "cluster"),
    )
    largest = [
        {
            "size": cluster["size"],
            "titles": [
                shorten(str(title), _MAX_TITLE_CHARS)
                for title in cluster["examples"][:3]
            ],
        }
        for cluster in (found.get("largest") or ())[:5]
    ]
    return {"lead": lead, "largest": largest}


def _contamination(row: Report) -> dict[str, Any]:
    return {
        "evaluation_set": row["evaluation_set"],
        "num_documents": row["num_documents"],
        "num_dropped": row["num_dropped"],
        "max_share": format_share(row["max_share"]),
        "examples": [shorten(str(text), 120) for text in rows_of(row, "examples")[:3]],
    }


def _recogniser(row: Report) -> dict[str, Any]:
    return {
        "kind": row.get("kind") or "",
        "language": row.get("language") or "",
        "num_planted": row.get("num_planted"),
        "precision": format_share(row.get("precision")),
        "recall": format_share(row.get("recall")),
    }


def _repairs(rows: Sequence[Report]) -> Iterator[tuple[str, str]]:
    """Add the repairs of all sources up, by kind of repair."""
    totals: dict[str, int] = {}
    for row in rows:
        name = str(row["repair"])
        totals[name] = totals.get(name, 0) + row["number"]
    for name, number in sorted(totals.items(), key=lambda item: (-item[1], item[0])):
        yield repair_name(name), format_count(number)


def _model(note: Report, say: Texts) -> dict[str, Any]:
    """A note on a learned model: its facts, and its errors by identity term."""
    terms: Sequence[Mapping[str, Any]] = ()
    for name in _TERM_TABLES:
        terms = terms or rows_of(note, name)
    facts = {
        name: value
        for name, value in note.items()
        if name not in (*_TERM_TABLES, *_TITLES)
    }
    # Words first: what it was trained on, then how well it does.
    ordered = dict(sorted(facts.items(), key=lambda item: not isinstance(item[1], str)))
    tables = {name: value for name, value in ordered.items() if _is_table(value)}
    worst = sorted(
        terms, key=lambda row: (-_number(row.get("rate")), str(row.get("term")))
    )
    return {
        "title": next((note[name] for name in _TITLES if note.get(name)), ""),
        "facts": settings_rows(
            {name: ordered[name] for name in ordered if name not in tables}, say
        ),
        "tables": [_table(name, rows, say) for name, rows in tables.items()],
        "terms": [_term(row, say) for row in worst[:_MAX_TERMS]],
        "num_terms": len(terms),
    }


def _is_table(value: Any) -> bool:
    """Whether figures come in rows: a mapping of nothing but mappings."""
    return (
        isinstance(value, Mapping)
        and len(value) > 0
        and all(isinstance(row, Mapping) for row in value.values())
    )


def _table(name: str, rows: Mapping[str, Any], say: Texts) -> dict[str, Any]:
    """Set nested figures out: a row for each key, a column for each figure."""
    flat = {
        key: dict(settings_rows(row, say))
        for key, row in list(rows.items())[:_MAX_ROWS]
    }
    columns = list(dict.fromkeys(column for row in flat.values() for column in row))
    return {
        "name": name,
        "keys": list(flat),
        "rows": [
            (column, [row.get(column, MISSING) for row in flat.values()])
            for column in columns[:_MAX_ROWS]
        ],
    }


def _term(row: Report, say: Texts) -> tuple[str, str]:
    rate = say(
        "findings.term_rate",
        rate=format_share(row.get("rate")),
        low=format_share(row.get("low")),
        high=format_share(row.get("high")),
        count=format_count(row.get("num_texts")),
    )
    return str(row.get("term") or ""), rate


def _number(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else 0.0
