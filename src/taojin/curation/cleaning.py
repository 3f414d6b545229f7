"""Take out of documents that stay what stands elsewhere or is no prose."""

from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import EmptyStageError
from taojin.core.fingerprints import fingerprint_of
from taojin.core.records import DECISION_SCHEMA
from taojin.core.shards import Shards, require_same_rows
from taojin.curation.config import TOO_LITTLE_LEFT_RULE
from taojin.curation.kernels.c4 import clean_c4_lines
from taojin.curation.repeats.removal import remove_spans
from taojin.engines import EngineConfig, map_partitions

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

CLEANING_VERSION = 1
"""Raised when cleaning changes, so that finished parts are cleaned anew."""

LineRules = Literal["c4"]

C4_LINE_SIGNALS = (
    "c4_num_lines_long_word",
    "c4_num_lines_no_terminal_mark",
    "c4_num_lines_few_words",
    "c4_num_lines_javascript",
    "c4_num_lines_policy",
)


class CleaningConfig(StageConfig):
    """What a document must still hold when repeated text and lines are gone."""

    min_chars_left: int = Field(default=50, ge=1)
    """A document that cleaning leaves with fewer characters is dropped."""


def clean_texts(
    text: pa.ChunkedArray, cuts: pa.Table, clean_lines: LineRules | None
) -> tuple[pa.Array, dict[str, int]]:
    """Remove repeated text, then lines that the line rules reject.

    Args:
        text: Texts of a part.
        cuts: Its repeated text; ``row``, ``start`` and ``end`` are read.
        clean_lines: Whose line rules; null keeps all lines.

    Returns:
        Texts in the same order, and counts.
    """
    cleaned, counts = remove_spans(text, _join_overlaps(cuts))
    if clean_lines == "c4":
        cleaned, judged = clean_c4_lines(pa.chunked_array([cleaned]))
        removed = sum(int(judged[name].sum()) for name in C4_LINE_SIGNALS)
        counts = {**counts, "num_lines_rejected": removed}
    return cleaned, counts


def settle_decisions(
    documents: Shards,
    decisions: Shards,
    cuts: Shards,
    config: CleaningConfig,
    clean_lines: LineRules | None,
    *,
    output: Path,
    engine: EngineConfig,
) -> Shards:
    """Drop kept documents of which cleaning leaves too little.

    Args:
        documents: All documents.
        decisions: One a document, in the same parts and order.
        cuts: Repeated text of the kept ones, in the same parts.
        config: How much must be left.
        clean_lines: Whose line rules; null keeps all lines.
        output: Folder to write to.
        engine: Where to run.

    Returns:
        The decisions; what was dropped before is as it was.

    Raises:
        EmptyStageError: If no document stays.
    """
    settled = map_partitions(
        partial(settle_part, config=config, clean_lines=clean_lines),
        [documents, decisions, cuts],
        output,
        engine=engine,
        fingerprint=fingerprint_of("settled", CLEANING_VERSION, config, clean_lines),
        label="Settling decisions",
        columns=[("text",), None, ("row", "start", "end")],
    )
    require_same_rows(decisions, settled, stage="cleaning")
    if settled.num_rows and not any(
        pc.any(table["kept"]).as_py() for table in settled.tables(["kept"])
    ):
        message = (
            "cleaning leaves nothing of the documents that the rules keep; raise "
            "curation.repeats.spans.min_words, lower curation.cleaning.min_chars_left, "
            "or leave clean_lines out"
        )
        raise EmptyStageError(message)
    return settled


def settle_part(
    documents: pa.Table,
    decisions: pa.Table,
    cuts: pa.Table,
    config: CleaningConfig,
    clean_lines: LineRules | None,
) -> tuple[pa.Table, dict[str, int]]:
    """Settle one part; counts are what cleaning removes, of dropped documents too."""
    text, counts = clean_texts(documents["text"], cuts, clean_lines)
    chars = pc.utf8_length(pc.utf8_trim_whitespace(text)).to_numpy()
    changed = pc.not_equal(text, documents["text"].combine_chunks()).to_numpy(
        zero_copy_only=False
    )
    kept = decisions["kept"].to_numpy()
    dropped = kept & changed & (chars < config.min_chars_left)
    if not dropped.any():
        return decisions.cast(DECISION_SCHEMA), counts
    rows = np.flatnonzero(dropped)
    details = [
        f"cleaning leaves {left} characters, wanted {config.min_chars_left}"
        for left in chars[rows]
    ]
    return _drop(decisions, dropped, chars[rows], details, config), counts


def _drop(
    decisions: pa.Table,
    dropped: np.ndarray[Any, Any],
    chars: np.ndarray[Any, Any],
    details: list[str],
    config: CleaningConfig,
) -> pa.Table:
    size = len(details)
    replacements = {
        "kept": pa.array([False] * size),
        "rule": pa.array([TOO_LITTLE_LEFT_RULE] * size),
        "reason": pa.array(["too_low"] * size),
        "value": pa.array(chars.astype(np.float64)),
        "threshold": pa.array([float(config.min_chars_left)] * size),
        "detail": pa.array(details),
    }
    mask = pa.array(dropped)
    columns = {
        name: pc.replace_with_mask(
            decisions[name].combine_chunks(), mask, replacements[name]
        )
        if name in replacements
        else decisions[name]
        for name in DECISION_SCHEMA.names
    }
    return pa.table(columns, schema=DECISION_SCHEMA)


def _join_overlaps(cuts: pa.Table) -> pa.Table:
    """Make one cut of cuts of a document that touch or overlap."""
    if not cuts.num_rows:
        return cuts
    ordered = cuts.sort_by([("row", "ascending"), ("start", "ascending")])
    rows, starts, ends = (ordered[name].to_numpy() for name in ("row", "start", "end"))
    # Ends are compared within a row: the row number stands in the high bits.
    wide = np.maximum.accumulate((rows << 40) + ends)
    is_new = np.append(True, (rows[1:] << 40) + starts[1:] > wide[:-1])
    first = np.flatnonzero(is_new)
    last = np.append(first[1:], len(rows)) - 1
    return pa.table(
        {
            "row": rows[first],
            "start": starts[first],
            "end": wide[last] - (rows[last] << 40),
        }
    )
