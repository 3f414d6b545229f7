"""Counts of documents and bytes: of all, by source, by licence, by language."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from taojin.curation.judging import Verdict
from taojin.curation.report.sampling import Frame

Json = dict[str, Any]


def count_totals(cells: Frame) -> Json:
    """Count all documents, and those that stayed."""
    kept = cells[cells["rule"].isna()]
    total, num_kept = _total(cells, "num_documents"), _total(kept, "num_documents")
    return {
        "num_documents": total,
        "num_kept": num_kept,
        "num_dropped": total - num_kept,
        "num_bytes": _total(cells, "num_bytes"),
        "num_bytes_kept": _total(kept, "num_bytes"),
    }


def count_rules(cells: Frame, names: Sequence[str]) -> list[Json]:
    """Count what each rule dropped, in the order of the names.

    A rule that is not among the names comes after the others, lest a document be
    counted nowhere.
    """
    dropped = cells.groupby("rule")[["num_documents", "num_bytes"]].sum()
    unnamed = sorted(name for name in dropped.index if name not in set(names))
    counts = dropped.reindex([*names, *unnamed], fill_value=0)
    return [
        {
            "rule": str(row.Index),
            "num_dropped": int(row.num_documents),
            "num_bytes_dropped": int(row.num_bytes),
        }
        for row in counts.itertuples()
    ]


def count_sources(
    cells: Frame, personal_data: Frame, names: Sequence[str]
) -> list[Json]:
    """Count each source by rule, language, licence and kind of personal data."""
    report: list[Json] = []
    for source, rows in cells.groupby("source", sort=True):
        found = personal_data[personal_data["source"] == source]
        report.append(
            {
                "source": str(source),
                **count_totals(rows),
                "rules": [
                    rule for rule in count_rules(rows, names) if rule["num_dropped"]
                ],
                "languages": count_values(rows, "language"),
                "licences": count_values(rows, "licence"),
                "personal_data": [
                    row for row in count_personal_data(found) if row["num_found"]
                ],
            }
        )
    return report


def count_values(cells: Frame, column: str) -> list[Json]:
    """Count documents by a word that each has or lacks; the most frequent first."""
    report: list[Json] = []
    for value, rows in cells.groupby(column, dropna=False, sort=False):
        totals = count_totals(rows)
        del totals["num_dropped"]
        report.append({column: None if pd.isna(value) else str(value), **totals})
    return sorted(report, key=lambda row: (-row["num_documents"], str(row[column])))


def count_licences(cells: Frame, verdicts: Mapping[str | None, Verdict]) -> list[Json]:
    """Count documents by concluded licence, with the verdict on it."""
    report: list[Json] = []
    for row in count_values(cells, "licence"):
        verdict = verdicts.get(row["licence"])
        judged = {
            "allowed": verdict is not None and verdict.allowed,
            "reason": verdict.reason if verdict else "nobody judged it",
        }
        report.append({"licence": row["licence"], **judged, **row})
    return report


def count_personal_data(found: Frame) -> list[Json]:
    """Count what was found of each kind that was looked for."""
    sums = found.groupby("kind", sort=False)[["num_found", "num_documents"]].sum()
    return [
        {
            "kind": str(row.Index),
            "num_found": int(row.num_found),
            "num_documents": int(row.num_documents),
        }
        for row in sums.itertuples()
    ]


def _total(cells: Frame, column: str) -> int:
    return int(cells[column].sum())
