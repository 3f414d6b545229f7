"""Decide which images or recordings stay, from signals alone."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from taojin.core.errors import EmptyStageError
from taojin.core.records import DECISION_SCHEMA
from taojin.core.shards import Shards, require_same_rows, write_shards
from taojin.curation.config import RulesConfig
from taojin.curation.copies import Copies, CopyChooser, drop_copies
from taojin.curation.judging import Ledger, Verdict, judge
from taojin.curation.media.config import Bounds, MediaRules
from taojin.curation.members import Members

_ID = "document_id"
_WORTH = "worth"
_NOTHING = pd.DataFrame(columns=[_ID, "share", "detail"])


def decision_schema(id_column: str) -> pa.Schema:
    """``DECISION_SCHEMA`` of items with this id in place of documents."""
    field = DECISION_SCHEMA.field(_ID).with_name(id_column)
    return DECISION_SCHEMA.set(DECISION_SCHEMA.get_field_index(_ID), field)


def decide_media(
    signals: Shards,
    clusters: pd.DataFrame,
    rules: MediaRules,
    verdicts: Mapping[str | None, Verdict],
    output: Path,
    id_column: str,
) -> Shards:
    """Decide on every image or recording.

    An item is dropped by the first rule that it fails: its licence, the bounds in
    their order, then copies: of the members of a cluster that got so far, the largest
    stays, of these the sharpest, of these the one with the lowest id. Parts are judged
    one at a time, twice where there are copies.

    Args:
        signals: Measured items.
        clusters: Copies, see :func:`taojin.curation.media.copies.find_media_copies`.
        rules: Bounds.
        verdicts: For each licence that occurs; one that is absent is not allowed.
        output: Folder to write to.
        id_column: ``image_id`` or ``clip_id``.

    Returns:
        Rows of :func:`decision_schema`, in the parts and the order of ``signals``.

    Raises:
        EmptyStageError: If nothing stays.
    """
    chooser = CopyChooser(Members(clusters.rename(columns={id_column: _ID})))
    start = 0
    for table in signals.tables() if len(clusters) else ():
        ledger = Ledger(_judged(table, id_column), explains=False)
        _judge(ledger, rules, verdicts)
        chooser.collect(ledger, _WORTH, start)
        start += table.num_rows
    copies = chooser.choose()
    dropped: Counter[str] = Counter()

    def tables() -> Iterator[pa.Table]:
        for ledger in _settled(signals, rules, verdicts, copies, id_column):
            dropped.update(ledger.rules_of_dropped())
            yield ledger.to_table().rename_columns(decision_schema(id_column).names)

    result = write_shards(tables(), output)
    require_same_rows(signals, result, stage="curation decisions")
    _require_survivors(result.num_rows, dropped)
    return result


def _settled(
    signals: Shards,
    rules: MediaRules,
    verdicts: Mapping[str | None, Verdict],
    copies: Copies,
    id_column: str,
) -> Iterator[Ledger]:
    start = 0
    for table in signals.tables():
        ledger = Ledger(_judged(table, id_column))
        _judge(ledger, rules, verdicts)
        drop_copies(ledger, copies, start)
        start += table.num_rows
        yield ledger


def _judged(signals: pa.Table, id_column: str) -> pa.Table:
    """The part in the words of the ledger, with what a copy is worth."""
    names = [_ID if name == id_column else name for name in signals.column_names]
    table = signals.rename_columns(names)
    if "sharpness" in names:
        sizes = table["width"].to_numpy().astype(np.float64)
        sizes = sizes * table["height"].to_numpy()
        sharpness = table["sharpness"].to_numpy()
        worth = sizes + sharpness / (1.0 + sharpness)  # below 1: it decides of equals
    else:
        worth = table["seconds"].to_numpy()
    return table.append_column(_WORTH, pa.array(worth, type=pa.float64()))


def _judge(
    ledger: Ledger, rules: MediaRules, verdicts: Mapping[str | None, Verdict]
) -> None:
    judge(ledger, RulesConfig(), verdicts, Members(_NOTHING))
    for name, bounds in rules.bounds():
        _apply(ledger, name, bounds)


def _apply(ledger: Ledger, name: str, bounds: Bounds) -> None:
    values = ledger.numeric(name)
    sides = (
        (bounds.at_least, "too_low", "at least", np.less),
        (bounds.at_most, "too_high", "at most", np.greater),
    )
    for bound, reason, words, fails in sides:
        if bound is None:
            continue
        rows = np.flatnonzero(ledger.kept & fails(values, bound))
        ledger.drop(rows, name, reason)
        ledger.measure(rows, values[rows], bound)
        if ledger.explains:
            wanted = f"wanted {words} {bound:.4g}"
            ledger.explain(rows, [f"{name} is {x:.4g}, {wanted}" for x in values[rows]])


def _require_survivors(num_items: int, dropped: Counter[str]) -> None:
    if num_items and dropped.total() == num_items:
        rule, count = min(dropped.items(), key=lambda entry: (-entry[1], entry[0]))
        message = (
            f"curation dropped all {num_items} items; the rule {rule!r} alone dropped "
            f"{count}; loosen it, or look at what the source delivers"
        )
        raise EmptyStageError(message)
