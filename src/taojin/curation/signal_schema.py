"""The table of signals: one row a document, one column a measurement."""

import difflib
from collections.abc import Collection
from typing import Literal, get_args

import pyarrow as pa

from taojin.curation import custom_signals as custom_signals  # registers signals
from taojin.curation.kernels import measure
from taojin.curation.learned.measure import LEARNED_RATIO_SIGNALS
from taojin.curation.personal_data import ALL_KINDS
from taojin.curation.registry import registered_signals

Family = Literal["general", "gopher", "c4", "fineweb", "rps", "cjk"]
"""Heuristic signals that are measured together; see :mod:`taojin.curation.kernels`."""

FAMILIES: tuple[Family, ...] = get_args(Family)

OTHER_COUNTS = ("num_shingles", *(f"num_{kind}" for kind in ALL_KINDS))

COUNT_SIGNALS = (*measure.COUNT_SIGNALS, *OTHER_COUNTS)
"""Whole numbers."""

RATIO_SIGNALS = (*measure.RATIO_SIGNALS, *LEARNED_RATIO_SIGNALS)
"""Fractions, means and scores."""

SIGNAL_NAMES = (
    *COUNT_SIGNALS,
    *RATIO_SIGNALS,
    *registered_signals(),
)
"""What a rule may put a threshold on."""


def require_signal(name: str) -> str:
    """Return the name of a signal.

    Raises:
        ValueError: If there is no such signal.
    """
    if name not in SIGNAL_NAMES:
        near = difflib.get_close_matches(name, SIGNAL_NAMES, n=3, cutoff=0.5)
        hint = f"; nearest: {', '.join(near)}" if near else ""
        message = f"{name!r:.60} is no signal{hint}; see docs/guides/curation.md"
        raise ValueError(message)
    return name


def signal_schema(num_bands: int, families: Collection[str] = FAMILIES) -> pa.Schema:
    """Make the schema of the table.

    * ``language``: BCP 47 tag that was measured; ``und`` where nothing tells.
    * ``exact_hash``: of the text in lower case with single spaces.
    * ``band_hashes``: one MinHash band each; meaningless if ``num_shingles`` is 0.
    * Signals of families that are not measured are absent.
    """
    measured = [name for family in families for name in measure.family_signals(family)]
    counts = [name for name in measured if name in measure.COUNT_SIGNALS]
    ratios = [name for name in measured if name not in measure.COUNT_SIGNALS]
    registered = registered_signals()
    return pa.schema(
        [
            pa.field("document_id", pa.string(), nullable=False),
            pa.field("source", pa.string(), nullable=False),
            pa.field("licence", pa.string()),
            pa.field("language", pa.string(), nullable=False),
            *(_field(name, pa.int64()) for name in (*counts, *OTHER_COUNTS)),
            *(_field(name, pa.float64()) for name in (*ratios, *LEARNED_RATIO_SIGNALS)),
            *(_field(name, pa.float64()) for name in registered),
            pa.field("exact_hash", pa.string(), nullable=False),
            pa.field("band_hashes", pa.list_(pa.uint64(), num_bands), nullable=False),
        ]
    )


def _field(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)
