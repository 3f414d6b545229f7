"""Decide which documents stay, from signals alone; no text is read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from taojin.core.errors import ConfigurationError, EmptyStageError
from taojin.core.shards import Shards, require_same_rows, write_shards
from taojin.curation.config import CurationConfig
from taojin.curation.copies import Copies, CopyChooser, drop_copies
from taojin.curation.judging import FIXED_COLUMNS, Ledger, Verdict, judge
from taojin.curation.members import Members

REASONS = (
    "licence_not_allowed",
    "language_not_wanted",
    "in_evaluation_set",
    "too_low",
    "too_high",
    "copy_of_kept",
)
"""Stable words that stand in ``reason``."""

_MAX_NAMED = 5
"""Missing signals that an error names."""

NO_CONTAMINATION = pd.DataFrame(
    columns=["document_id", "evaluation_set", "num_ngrams", "share", "example"]
)


def decide(
    signals: Shards,
    clusters: pd.DataFrame,
    config: CurationConfig,
    verdicts: Mapping[str | None, Verdict],
    output: Path,
    contamination: pd.DataFrame = NO_CONTAMINATION,
) -> Shards:
    """Decide on every document.

    A document is dropped by the first rule that it fails: licence, language,
    contamination, the thresholds in their order, then copies: of the members of a
    cluster that got so far, the one with the highest ``duplicates.keep_highest``
    stays. Parts are judged one at a time, twice where there are copies: which copy
    is best is known only when all parts have been judged once.

    Args:
        signals: Measured documents.
        clusters: Copies, see :func:`taojin.curation.duplicates.find_duplicates`.
        config: ``rules`` and ``duplicates`` are read, the rest does not matter.
        verdicts: For each licence that occurs; one that is absent is not allowed.
        output: Folder to write to.
        contamination: Documents that share text with an evaluation set, see
            :func:`taojin.curation.decontamination.find_contamination`.

    Returns:
        Rows of :data:`taojin.core.records.DECISION_SCHEMA`, in the parts and the
        order of ``signals``.

    Raises:
        ConfigurationError: If a rule needs a signal that was not measured.
        EmptyStageError: If no document stays.
    """
    _require_measured(signals, config)
    columns = _needed_columns(config)
    judge_part = partial(
        judge,
        rules=config.rules,
        verdicts=verdicts,
        contamination=Members(_explained(contamination)),
    )
    chooser = CopyChooser(Members(clusters))
    start = 0
    for table in signals.tables(columns) if len(clusters) else ():
        ledger = Ledger(table, explains=False)
        judge_part(ledger)
        chooser.collect(ledger, config.duplicates.keep_highest, start)
        start += table.num_rows
    dropped: Counter[str] = Counter()
    ledgers = _settled(signals, columns, judge_part, chooser.choose(), dropped)
    result = write_shards((ledger.to_table() for ledger in ledgers), output)
    require_same_rows(signals, result, stage="curation decisions")
    _require_survivors(result.num_rows, dropped)
    return result


def _settled(
    signals: Shards,
    columns: list[str],
    judge_part: "partial[None]",
    copies: Copies,
    dropped: Counter[str],
) -> Iterator[Ledger]:
    """Judge each part for good; count the dropped by rule on the way."""
    start = 0
    for table in signals.tables(columns):
        ledger = Ledger(table)
        judge_part(ledger)
        drop_copies(ledger, copies, start)
        start += table.num_rows
        dropped.update(ledger.rules_of_dropped())
        yield ledger


def _needed_columns(config: CurationConfig) -> list[str]:
    judged = [rule.signal for rule in config.rules.thresholds]
    return list(
        dict.fromkeys([*FIXED_COLUMNS, config.duplicates.keep_highest, *judged])
    )


def _require_measured(signals: Shards, config: CurationConfig) -> None:
    """Refuse rules over signals of families that were left out."""
    if not signals.parts:
        return
    found = set(pq.read_schema(signals.path(signals.parts[0])).names)
    users = [
        *(("every decision", name) for name in FIXED_COLUMNS),
        ("curation.duplicates.keep_highest", config.duplicates.keep_highest),
        *((f"the rule {rule.name!r}", rule.signal) for rule in config.rules.thresholds),
    ]
    lacking = [f"{user} needs {name!r}" for user, name in users if name not in found]
    if lacking:
        shown = "; ".join(lacking[:_MAX_NAMED])
        more = f"; and {len(lacking) - _MAX_NAMED} more" * (len(lacking) > _MAX_NAMED)
        message = (
            f"signals that were not measured are asked for: {shown}{more}; add their "
            "families to curation.signals.families, or take the rules out of "
            "curation.rules"
        )
        raise ConfigurationError(message)


def _explained(contamination: pd.DataFrame) -> pd.DataFrame:
    """One row a document: its largest share, and the sets in words."""
    if not len(contamination):
        return pd.DataFrame(columns=["document_id", "share", "detail"])
    ordered = contamination.sort_values(
        ["document_id", "share", "evaluation_set"], ascending=[True, False, True]
    )
    grouped = ordered.groupby("document_id", sort=False)
    return pd.DataFrame(
        {
            "share": grouped["share"].first(),
            "detail": "in "
            + grouped["evaluation_set"].agg(", ".join)
            + ": "
            + grouped["example"].first(),
        }
    ).reset_index()


def _require_survivors(num_documents: int, dropped: Counter[str]) -> None:
    if num_documents and dropped.total() == num_documents:
        rule, count = min(dropped.items(), key=lambda entry: (-entry[1], entry[0]))
        message = (
            f"curation dropped all {num_documents} documents; the rule {rule!r} alone "
            f"dropped {count}; loosen it, or look at what the source delivers"
        )
        raise EmptyStageError(message)
