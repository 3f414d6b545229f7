"""Carry decisions out: part images or recordings into those that stay and the rest."""

from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute

from taojin.core.errors import CountMismatchError
from taojin.core.fingerprints import fingerprint_of
from taojin.core.records import DECISION_SCHEMA
from taojin.core.shards import Shards, require_same_rows
from taojin.engines import EngineConfig, RowWise, map_partitions

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

_EXPLANATION = ("rule", "reason", "value", "threshold", "detail")


def dropped_schema(schema: pa.Schema) -> pa.Schema:
    """A record that did not stay, as it came, and why."""
    return pa.schema([*schema, *(DECISION_SCHEMA.field(name) for name in _EXPLANATION)])


def apply_media_decisions(
    records: Shards,
    decisions: Shards,
    id_column: str,
    *,
    output_kept: Path,
    output_dropped: Path,
    engine: EngineConfig,
) -> tuple[Shards, Shards]:
    """Part records by their decisions.

    Args:
        records: All images or recordings.
        decisions: One a record, in the same parts and order.
        id_column: ``image_id`` or ``clip_id``.
        output_kept: Folder for records that stay.
        output_dropped: Folder for the others.
        engine: Where to run.

    Returns:
        Records that stay, and dropped ones with the columns of
        :func:`dropped_schema`; both unchanged.

    Raises:
        CountMismatchError: If records and decisions do not belong together.
    """
    kept, dropped = (
        map_partitions(
            RowWise(partial(operator, id_column=id_column)),
            [records, decisions],
            output,
            engine=engine,
            fingerprint=fingerprint_of(name),
            label=label,
        )
        for operator, output, name, label in (
            (keep_part, output_kept, "kept media", "Keeping items"),
            (drop_part, output_dropped, "dropped media", "Setting items aside"),
        )
    )
    require_same_rows(records, kept, dropped, stage="curation")
    return kept, dropped


def keep_part(
    records: pa.Table, decisions: pa.Table, id_column: str
) -> tuple[pa.Table, dict[str, int]]:
    """Keep what stays; counts are ``num_items``."""
    _require_same_items(records, decisions, id_column)
    kept = records.filter(decisions["kept"])
    return kept, {"num_items": kept.num_rows}


def drop_part(
    records: pa.Table, decisions: pa.Table, id_column: str
) -> tuple[pa.Table, dict[str, int]]:
    """Set aside with the reason; counts are ``num_dropped_<rule>``."""
    _require_same_items(records, decisions, id_column)
    chosen = pc.invert(decisions["kept"])
    dropped = records.filter(chosen)
    for name in _EXPLANATION:
        field = DECISION_SCHEMA.field(name)
        dropped = dropped.append_column(field, decisions[name].filter(chosen))
    counts = {
        f"num_dropped_{entry['values']}": entry["counts"]
        for entry in pc.value_counts(dropped["rule"]).to_pylist()
    }
    return dropped, counts


def _require_same_items(records: pa.Table, decisions: pa.Table, id_column: str) -> None:
    if not records[id_column].equals(decisions[id_column]):
        message = (
            f"a part holds {records.num_rows} items and {decisions.num_rows} decisions "
            "that are not about the same items in the same order; delete the decisions "
            "and run curation again"
        )
        raise CountMismatchError(message)
