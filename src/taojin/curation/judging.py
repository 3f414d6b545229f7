"""Judge one part of the signals by the rules; the first rule that fails decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from taojin.core.records import DECISION_SCHEMA
from taojin.curation.config import (
    CONTAMINATION_RULE,
    LANGUAGE_RULE,
    LICENCE_RULE,
    RulesConfig,
    ThresholdRule,
)
from taojin.curation.members import Members

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]

FIXED_COLUMNS = ("document_id", "source", "licence", "language", "num_bytes")
"""What judging reads beside the signals that rules name."""


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


@dataclass
class Ledger:
    """Which documents of a part are still in, and by what the others were dropped.

    Attributes:
        signals: The part.
        explains: Whether ``detail`` is written; it takes most of the time.
        kept: Marks the documents that are still in.
    """

    signals: pa.Table
    explains: bool = True
    kept: Mask = field(init=False)

    def __post_init__(self) -> None:
        size = self.signals.num_rows
        self.kept = np.ones(size, dtype=bool)
        self._words = {
            name: np.full(size, None, dtype=object)
            for name in ("rule", "reason", "detail")
        }
        self._numbers = {name: np.full(size, np.nan) for name in ("value", "threshold")}

    def numeric(self, name: str) -> NDArray[np.float64]:
        """A signal as floating-point numbers."""
        return self.signals[name].to_numpy().astype(np.float64)

    def drop(self, rows: Rows, rule: str, reason: str) -> None:
        """Drop documents, by row number."""
        self.kept[rows] = False
        self._words["rule"][rows] = rule
        self._words["reason"][rows] = reason

    def measure(self, rows: Rows, values: NDArray[np.float64], bound: float) -> None:
        """Record what was measured of dropped documents, and what was wanted."""
        self._numbers["value"][rows] = values
        self._numbers["threshold"][rows] = bound

    def explain(self, rows: Rows, details: Any) -> None:
        """Record the reason in words, one for all or one each."""
        self._words["detail"][rows] = details

    def rules_of_dropped(self) -> list[str]:
        """The rule that dropped each document that is not in any more."""
        return self._words["rule"][~self.kept].tolist()

    def to_table(self) -> pa.Table:
        """The decisions, in the order of the signals."""
        columns = {name: self.signals[name] for name in ("document_id", "source")}
        columns |= {"kept": self.kept, "num_bytes": self.signals["num_bytes"]}
        columns |= {
            name: pa.array(values, type=pa.string())
            for name, values in self._words.items()
        }
        columns |= {
            name: pa.array(values, from_pandas=True)
            for name, values in self._numbers.items()
        }
        ordered = {name: columns[name] for name in DECISION_SCHEMA.names}
        return pa.table(ordered, schema=DECISION_SCHEMA)


def judge(
    ledger: Ledger,
    rules: RulesConfig,
    verdicts: Mapping[str | None, Verdict],
    contamination: Members,
) -> None:
    """Drop what fails licence, language, contamination or a threshold, in this order.

    Args:
        ledger: The part; changed.
        rules: With their presets resolved.
        verdicts: For each licence that occurs; one that is absent is not allowed.
        contamination: Documents that share text with an evaluation set, with the
            columns ``share`` and ``detail``.
    """
    _apply_licences(ledger, verdicts)
    _apply_languages(ledger, rules.languages)
    _apply_contamination(ledger, contamination, rules.max_contaminated_share)
    for rule in rules.thresholds:
        _apply_threshold(ledger, rule)


def _apply_licences(ledger: Ledger, verdicts: Mapping[str | None, Verdict]) -> None:
    encoded = pc.dictionary_encode(
        ledger.signals["licence"].combine_chunks(), null_encoding="encode"
    )
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    for code, licence in enumerate(encoded.dictionary.to_pylist()):
        verdict = verdicts.get(licence)
        if verdict is None or not verdict.allowed:
            rows = np.flatnonzero(codes == code)
            ledger.drop(rows, LICENCE_RULE, "licence_not_allowed")
            reason = verdict.reason if verdict else f"nobody judged {licence}"
            ledger.explain(rows, reason)


def _apply_languages(ledger: Ledger, wanted: tuple[str, ...] | None) -> None:
    if wanted is None:
        return
    rows = np.flatnonzero(~_is_in(ledger.signals["language"], wanted) & ledger.kept)
    ledger.drop(rows, LANGUAGE_RULE, "language_not_wanted")
    if ledger.explains:
        languages = ledger.signals["language"].to_numpy()[rows]
        ledger.explain(
            rows, [f"measured as {x}, wanted {', '.join(wanted)}" for x in languages]
        )


def _apply_contamination(
    ledger: Ledger, contamination: Members, max_share: float
) -> None:
    rows, found = contamination.find(ledger.signals["document_id"])
    if not len(rows):
        return
    shares = contamination.column("share")[found].astype(np.float64)
    chosen = (shares > max_share) & ledger.kept[rows]
    rows, found = rows[chosen], found[chosen]
    ledger.drop(rows, CONTAMINATION_RULE, "in_evaluation_set")
    ledger.measure(rows, shares[chosen], max_share)
    ledger.explain(rows, contamination.column("detail")[found])


def _apply_threshold(ledger: Ledger, rule: ThresholdRule) -> None:
    values = ledger.numeric(rule.signal)
    judged = ledger.kept
    for column, wanted in (("language", rule.languages), ("source", rule.sources)):
        if wanted is not None:
            judged = judged & _is_in(ledger.signals[column], wanted)
    bounds = (
        (rule.at_least, "too_low", "at least", np.less),
        (rule.at_most, "too_high", "at most", np.greater),
    )
    for bound, reason, words, fails in bounds:
        if bound is None:
            continue
        rows = np.flatnonzero(judged & fails(values, bound))
        ledger.drop(rows, rule.name, reason)
        ledger.measure(rows, values[rows], bound)
        if ledger.explains:
            wanted = f"wanted {words} {bound:.4g}"
            details = [f"{rule.signal} is {x:.4g}, {wanted}" for x in values[rows]]
            ledger.explain(rows, details)


def _is_in(column: pa.ChunkedArray, wanted: tuple[str, ...]) -> Mask:
    found = pc.is_in(column, value_set=pa.array(wanted, type=column.type))
    return found.to_numpy()
