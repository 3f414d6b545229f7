"""What curation did, as plain values for a page, a card or a test."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from taojin.core.errors import CountMismatchError
from taojin.core.shards import Shards
from taojin.curation.config import (
    EXACT_DUPLICATE_RULE,
    LANGUAGE_RULE,
    LICENCE_RULE,
    NEAR_DUPLICATE_RULE,
    CurationConfig,
)
from taojin.curation.decisions import Verdict
from taojin.curation.distributions import measure_distributions
from taojin.curation.personal_data import KINDS, redact

NUM_EXAMPLES = 3
NUM_LARGEST_CLUSTERS = 5
MAX_EXAMPLE_CHARS = 300
_MAX_DETAIL_CHARS = 200

Json = dict[str, Any]


def report_curation(
    documents: Shards,
    signals: Shards,
    decisions: Shards,
    clusters: pd.DataFrame,
    config: CurationConfig,
    verdicts: Mapping[str | None, Verdict],
) -> Json:
    """Count what stayed and what went, with examples.

    Args:
        documents: All documents; titles are read of all, texts of examples only.
        signals: Their measurements, in the same order.
        decisions: Their decisions, in the same order.
        clusters: Copies.
        config: ``rules`` are read: those that were applied.
        verdicts: For each licence.

    Returns:
        A JSON-able report; the documents of all rules and those kept add up to all.
        Texts of examples are redacted whatever the configuration says.

    Raises:
        CountMismatchError: If the three tables are not about the same documents.
    """
    frame = _join(documents, signals, decisions)
    return {
        **_totals(frame),
        "rules": _report_rules(frame, documents, config),
        "sources": _report_groups(frame, "source"),
        "licences": _report_licences(frame, verdicts),
        "languages": [
            {"language": language, "num_documents": number}
            for language, number in _sorted_counts(frame["language"]).items()
        ],
        "duplicates": _report_duplicates(frame, clusters),
        "personal_data": _report_personal_data(frame),
        "distributions": measure_distributions(signals, config.rules.thresholds),
    }


def _join(documents: Shards, signals: Shards, decisions: Shards) -> pd.DataFrame:
    counts = [f"num_{kind}" for kind in KINDS]
    frame = decisions.read().to_pandas()
    measured = signals.read(["document_id", "licence", "language", *counts]).to_pandas()
    titles = documents.read(["document_id", "title", "uri"]).to_pandas()
    for other in (measured, titles):
        if not frame["document_id"].equals(other["document_id"]):
            message = (
                f"decisions are about {len(frame)} documents, signals or documents "
                f"about {len(other)} or others; delete them and run curation again"
            )
            raise CountMismatchError(message)
    parts = [frame, measured.drop(columns="document_id"), titles[["title", "uri"]]]
    return pd.concat(parts, axis=1)


def _totals(frame: pd.DataFrame) -> Json:
    kept = frame["kept"]
    return {
        "num_documents": len(frame),
        "num_kept": _total(kept),
        "num_dropped": _total(~kept),
        "num_bytes": _total(frame["num_bytes"]),
        "num_bytes_kept": _total(frame.loc[kept, "num_bytes"]),
    }


def _report_rules(
    frame: pd.DataFrame, documents: Shards, config: CurationConfig
) -> list[Json]:
    names = [
        LICENCE_RULE,
        LANGUAGE_RULE,
        *(rule.name for rule in config.rules.thresholds),
        EXACT_DUPLICATE_RULE,
        NEAR_DUPLICATE_RULE,
    ]
    dropped = {name: frame.loc[frame["rule"] == name] for name in names}
    chosen = {name: _choose_examples(rows) for name, rows in dropped.items()}
    rows = sorted(row for some in chosen.values() for row in some.index)
    texts = _read_texts(documents, rows)
    return [
        {
            "rule": name,
            "num_dropped": len(dropped[name]),
            "num_bytes_dropped": _total(dropped[name]["num_bytes"]),
            "examples": [
                _describe_example(example, texts)
                for example in chosen[name].itertuples()
            ],
        }
        for name in names
    ]


def _choose_examples(rows: pd.DataFrame) -> pd.DataFrame:
    """Take the ends and the middle of what a rule dropped, by value, then by size.

    The outermost twentieth on either side is left out: it is mostly odd.
    """
    ordered = rows.sort_values(["value", "num_bytes", "document_id"])
    shares = np.linspace(0.05, 0.95, NUM_EXAMPLES)
    positions = np.unique((shares * (len(ordered) - 1)).round().astype(int))
    return ordered.iloc[positions if len(ordered) else []]


def _describe_example(example: Any, texts: Mapping[int, str]) -> Json:
    text, _ = redact(texts[example.Index])
    return {
        "document_id": example.document_id,
        "uri": example.uri,
        "title": _none_if_missing(example.title),
        "value": _none_if_missing(example.value),
        "threshold": _none_if_missing(example.threshold),
        "detail": str(example.detail)[:_MAX_DETAIL_CHARS],
        "text": _shorten(text.strip(), MAX_EXAMPLE_CHARS),
    }


def _read_texts(documents: Shards, rows: list[int]) -> dict[int, str]:
    """Read the texts at these row numbers, part after part."""
    texts: dict[int, str] = {}
    start = 0
    for part, table in zip(documents.parts, documents.tables(["text"]), strict=True):
        for row in rows:
            if start <= row < start + part.num_rows:
                texts[row] = table["text"][row - start].as_py()
        start += part.num_rows
    return texts


def _report_groups(frame: pd.DataFrame, column: str) -> list[Json]:
    return [
        {
            column: name,
            "num_documents": len(rows),
            "num_kept": _total(rows["kept"]),
            "num_bytes": _total(rows["num_bytes"]),
            "num_bytes_kept": _total(rows.loc[rows["kept"], "num_bytes"]),
        }
        for name, rows in frame.groupby(column, sort=True)
    ]


def _report_licences(
    frame: pd.DataFrame, verdicts: Mapping[str | None, Verdict]
) -> list[Json]:
    report: list[Json] = []
    for name, rows in frame.groupby("licence", dropna=False):
        licence = _none_if_missing(name)
        verdict = verdicts.get(licence)
        report.append(
            {
                "licence": licence,
                "allowed": verdict is not None and verdict.allowed,
                "reason": verdict.reason if verdict else "nobody judged it",
                "num_documents": len(rows),
                "num_kept": _total(rows["kept"]),
            }
        )
    return sorted(report, key=lambda row: (-row["num_documents"], str(row["licence"])))


def _report_duplicates(frame: pd.DataFrame, clusters: pd.DataFrame) -> Json:
    named = frame.drop_duplicates("document_id").set_index("document_id")
    titles = named["title"].fillna(named["uri"])
    sizes = _sorted_counts(clusters["cluster_id"])
    largest = []
    for cluster, size in list(sizes.items())[:NUM_LARGEST_CLUSTERS]:
        members = clusters.loc[clusters["cluster_id"] == cluster, "document_id"]
        names = list(dict.fromkeys(titles.reindex(members).dropna()))
        largest.append({"size": size, "examples": names[:NUM_EXAMPLES]})
    return {
        "num_exact": _total(clusters["kind"] == "exact"),
        "num_near": _total(clusters["kind"] == "near"),
        "num_clusters": len(sizes),
        "largest": largest,
    }


def _report_personal_data(frame: pd.DataFrame) -> list[Json]:
    return [
        {
            "kind": kind,
            "num_found": _total(frame[f"num_{kind}"]),
            "num_documents": _total(frame[f"num_{kind}"] > 0),
        }
        for kind in KINDS
    ]


def _total(values: Any) -> int:
    return int(np.sum(values))


def _sorted_counts(column: Any) -> dict[str, int]:
    """Count values, the most frequent first, equals by name."""
    counts = Counter(column)
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def _none_if_missing(value: Any) -> Any:
    return None if pd.isna(value) else value


def _shorten(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"
