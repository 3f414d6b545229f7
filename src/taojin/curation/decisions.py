"""Decide which documents stay, from signals alone; no text is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from taojin.core.errors import EmptyStageError
from taojin.core.records import DECISION_SCHEMA
from taojin.core.shards import Shards, require_same_rows, write_shards
from taojin.curation.config import (
    EXACT_DUPLICATE_RULE,
    LANGUAGE_RULE,
    LICENCE_RULE,
    NEAR_DUPLICATE_RULE,
    CurationConfig,
    ThresholdRule,
)

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

REASONS = (
    "licence_not_allowed",
    "language_not_wanted",
    "too_low",
    "too_high",
    "copy_of_kept",
)
"""Stable words that stand in ``reason``."""

Mask = NDArray[np.bool_]


class Verdict(Protocol):
    """What is known about a licence: may documents under it stay, and why."""

    @property
    def allowed(self) -> bool:
        """Whether documents under it may stay."""
        ...

    @property
    def reason(self) -> str:
        """One clause for people."""
        ...


def decide(
    signals: Shards,
    clusters: pd.DataFrame,
    config: CurationConfig,
    verdicts: Mapping[str | None, Verdict],
    output: Path,
) -> Shards:
    """Decide on every document.

    A document is dropped by the first rule that it fails: licence, language, the
    thresholds in their order, then copies: of the members of a cluster that got so
    far, the one with the highest ``duplicates.keep_highest`` stays.

    Args:
        signals: Measured documents.
        clusters: Copies, see :func:`taojin.curation.duplicates.find_duplicates`.
        config: ``rules`` and ``duplicates`` are read, the rest does not matter.
        verdicts: For each licence that occurs; one that is absent is not allowed.
        output: Folder to write to.

    Returns:
        Rows of :data:`taojin.core.records.DECISION_SCHEMA`, in the parts and the
        order of ``signals``.

    Raises:
        EmptyStageError: If no document stays.
    """
    table = signals.read(_needed_columns(config))
    ledger = _Ledger(table)
    _apply_licences(ledger, verdicts)
    _apply_languages(ledger, config.rules.languages)
    for rule in config.rules.thresholds:
        _apply_threshold(ledger, rule)
    _apply_copies(ledger, clusters, config.duplicates.keep_highest)
    decisions = ledger.to_table()
    _require_survivors(decisions)
    sizes = [part.num_rows for part in signals.parts]
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    pieces = (
        decisions.slice(int(start), size)
        for start, size in zip(starts, sizes, strict=True)
    )
    result = write_shards(pieces, output)
    require_same_rows(signals, result, stage="curation decisions")
    return result


@dataclass
class _Ledger:
    """Which documents are still in, and by what the others were dropped."""

    signals: pa.Table
    kept: Mask = field(init=False)

    def __post_init__(self) -> None:
        size = self.signals.num_rows
        self.kept = np.ones(size, dtype=bool)
        self.words = {
            name: np.full(size, None, dtype=object)
            for name in ("rule", "reason", "detail")
        }
        self.numbers = {name: np.full(size, np.nan) for name in ("value", "threshold")}

    def numeric(self, name: str) -> NDArray[np.float64]:
        """A signal as floating-point numbers."""
        return self.signals[name].to_numpy().astype(np.float64)

    def drop(self, rows: NDArray[np.int64], rule: str, reason: str) -> None:
        """Drop documents, by row number."""
        self.kept[rows] = False
        self.words["rule"][rows] = rule
        self.words["reason"][rows] = reason

    def to_table(self) -> pa.Table:
        """The decisions."""
        columns = {name: self.signals[name] for name in ("document_id", "source")}
        columns |= {"kept": self.kept, "num_bytes": self.signals["num_bytes"]}
        columns |= {
            name: pa.array(values, type=pa.string())
            for name, values in self.words.items()
        }
        columns |= {
            name: pa.array(values, from_pandas=True)
            for name, values in self.numbers.items()
        }
        ordered = {name: columns[name] for name in DECISION_SCHEMA.names}
        return pa.table(ordered, schema=DECISION_SCHEMA)


def _needed_columns(config: CurationConfig) -> list[str]:
    judged = [rule.signal for rule in config.rules.thresholds]
    fixed = ["document_id", "source", "licence", "language", "num_bytes"]
    return list(dict.fromkeys([*fixed, config.duplicates.keep_highest, *judged]))


def _apply_licences(ledger: _Ledger, verdicts: Mapping[str | None, Verdict]) -> None:
    encoded = (
        ledger.signals["licence"]
        .combine_chunks()
        .dictionary_encode(null_encoding="encode")
    )
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    for code, licence in enumerate(encoded.dictionary.to_pylist()):
        verdict = verdicts.get(licence)
        if verdict is None or not verdict.allowed:
            rows = np.flatnonzero(codes == code)
            ledger.drop(rows, LICENCE_RULE, "licence_not_allowed")
            reason = verdict.reason if verdict else f"nobody judged {licence}"
            ledger.words["detail"][rows] = reason


def _apply_languages(ledger: _Ledger, wanted: tuple[str, ...] | None) -> None:
    if wanted is None:
        return
    fails = ~_is_in(ledger.signals["language"], wanted) & ledger.kept
    languages = ledger.signals["language"].to_numpy()
    rows = np.flatnonzero(fails)
    ledger.drop(rows, LANGUAGE_RULE, "language_not_wanted")
    ledger.words["detail"][rows] = [
        f"measured as {language}, wanted {', '.join(wanted)}"
        for language in languages[rows]
    ]


def _apply_threshold(ledger: _Ledger, rule: ThresholdRule) -> None:
    values = ledger.numeric(rule.signal)
    judged = ledger.kept
    if rule.languages is not None:
        judged = judged & _is_in(ledger.signals["language"], rule.languages)
    bounds = (
        (rule.at_least, "too_low", "at least", np.less),
        (rule.at_most, "too_high", "at most", np.greater),
    )
    for bound, reason, words, fails in bounds:
        if bound is None:
            continue
        rows = np.flatnonzero(judged & fails(values, bound))
        ledger.drop(rows, rule.name, reason)
        ledger.numbers["value"][rows] = values[rows]
        ledger.numbers["threshold"][rows] = bound
        ledger.words["detail"][rows] = [
            f"{rule.signal} is {value:.4g}, wanted {words} {bound:.4g}"
            for value in values[rows]
        ]


def _apply_copies(ledger: _Ledger, clusters: pd.DataFrame, score: str) -> None:
    ids = ledger.signals["document_id"].to_pandas()
    rows = pd.DataFrame(
        {"document_id": ids, "row": np.arange(len(ids)), "score": ledger.numeric(score)}
    )[ledger.kept]
    # Should a source yield one record twice, both rows carry the same id.
    known = clusters.drop_duplicates("document_id")
    members = known.merge(rows, on="document_id", how="inner").sort_values(
        ["cluster_id", "score", "document_id", "row"],
        ascending=[True, False, True, True],
    )
    best = members.groupby("cluster_id")[["document_id", "twin_id"]].transform("first")
    is_copy = members.duplicated("cluster_id").to_numpy()
    is_exact = (members["twin_id"] == best["twin_id"]).to_numpy()
    member_rows, kept_ids = members["row"].to_numpy(), best["document_id"].to_numpy()
    for rule, chosen in (
        (EXACT_DUPLICATE_RULE, is_copy & is_exact),
        (NEAR_DUPLICATE_RULE, is_copy & ~is_exact),
    ):
        ledger.drop(member_rows[chosen], rule, "copy_of_kept")
        details = [f"copy of {document_id}" for document_id in kept_ids[chosen]]
        ledger.words["detail"][member_rows[chosen]] = details


def _is_in(column: pa.ChunkedArray, wanted: tuple[str, ...]) -> Mask:
    found = pc.is_in(column, value_set=pa.array(wanted, type=column.type))
    return found.to_numpy()


def _require_survivors(decisions: pa.Table) -> None:
    if decisions.num_rows and not pc.any(decisions["kept"]).as_py():
        counts = pd.Series(decisions["rule"].to_pandas()).value_counts()
        message = (
            f"curation dropped all {decisions.num_rows} documents; the rule "
            f"{counts.index[0]!r} alone dropped {counts.iloc[0]}; loosen it, or look "
            "at what the source delivers"
        )
        raise EmptyStageError(message)
