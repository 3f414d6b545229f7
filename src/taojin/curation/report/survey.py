"""One pass over signals and decisions, from which the whole report is written.

What it holds does not grow with the corpus, but for one row a member of a cluster
of copies or of an evaluation set's matches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
from numpy.typing import NDArray

from taojin.core.errors import CountMismatchError
from taojin.core.shards import Shards
from taojin.curation.config import CurationConfig
from taojin.curation.members import Members
from taojin.curation.personal_data import KINDS
from taojin.curation.report.sampling import Frame, LowestHashes, hash_ids

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

NUM_SAMPLED = 5000
"""Documents that the threshold explorer is given."""
_NUM_CANDIDATES = 500
"""Dropped documents of each rule among which examples are chosen."""

_CELL = ["source", "licence", "language", "rule"]
_DECIDED = ["document_id", "source", "kept", "rule", "num_bytes"]
_EXPLAINED = [*_DECIDED, "value", "threshold", "detail"]
_NO_COUNTS = {
    "source": pd.Series(dtype="str"),
    "kind": pd.Series(dtype="str"),
    "num_found": pd.Series(dtype="int64"),
    "num_documents": pd.Series(dtype="int64"),
}


class Survey(NamedTuple):
    """What a pass over all documents found.

    Attributes:
        cells: Documents and bytes for each source, licence, language and rule that
            occur together; the rule of kept documents is null.
        personal_data: For each source and kind ``num_found`` and ``num_documents``.
        dropped: For each rule a sample of what it dropped, with the row number.
        sample: A sample of all documents with the signals that rules judge by.
        copies: What became of each member of a cluster of copies, by
            ``document_id``: row number, source, rule, bytes.
        leaks: The same of documents that share text with an evaluation set.
    """

    cells: Frame
    personal_data: Frame
    dropped: Frame
    sample: Frame
    copies: Frame
    leaks: Frame


class _Part(NamedTuple):
    signals: pa.Table
    decisions: pa.Table
    start: int
    """Row number of its first document in the corpus."""


def survey(
    documents: Shards,
    signals: Shards,
    decisions: Shards,
    clusters: Frame,
    contamination: Frame,
    config: CurationConfig,
) -> Survey:
    """Read signals and decisions once, part by part.

    Args:
        documents: Only their identifiers are read.
        signals: In the parts and the order of ``documents``.
        decisions: Likewise.
        clusters: Copies.
        contamination: Documents that share text with an evaluation set.
        config: ``rules`` and ``duplicates.keep_highest`` name the signals to read.

    Raises:
        CountMismatchError: If the three tables are not about the same documents.
    """
    surveyor = _Surveyor(
        copies=_Fates(Members(clusters)), leaks=_Fates(Members(contamination))
    )
    for part in _parts(documents, signals, decisions, config):
        surveyor.add(part)
    return Survey(
        cells=_merge_cells(surveyor.cells).to_pandas(),
        personal_data=surveyor.personal_data,
        dropped=surveyor.dropped.frame(),
        sample=surveyor.sample.frame(),
        copies=surveyor.copies.frame(),
        leaks=surveyor.leaks.frame(),
    )


def judged_signals(config: CurationConfig) -> list[str]:
    """Signals that thresholds or the choice among copies read, each once."""
    judged = [rule.signal for rule in config.rules.thresholds]
    return list(dict.fromkeys([*judged, config.duplicates.keep_highest]))


def _parts(
    documents: Shards, signals: Shards, decisions: Shards, config: CurationConfig
) -> Iterator[_Part]:
    everything = (documents, signals, decisions)
    if len({tuple(p.num_rows for p in shards.parts) for shards in everything}) > 1:
        raise _mismatch(*(shards.num_rows for shards in everything))
    wanted = ["document_id", "source", "licence", "language", *judged_signals(config)]
    columns = list(dict.fromkeys([*wanted, *_personal_columns(signals)]))
    start = 0
    for ids, measured, decided in zip(
        documents.tables(["document_id"]),
        signals.tables(columns),
        decisions.tables(_EXPLAINED),
        strict=True,
    ):
        names = [table["document_id"] for table in (ids, measured, decided)]
        if not (names[0].equals(names[1]) and names[1].equals(names[2])):
            raise _mismatch(*(len(column) for column in names))
        yield _Part(measured, decided, start)
        start += len(decided)


def _personal_columns(signals: Shards) -> list[str]:
    """Counts of personal data that were measured; older signals have fewer kinds."""
    if not signals.parts:
        return []
    names = set(pq.read_schema(signals.path(signals.parts[0])).names)
    return [f"num_{kind}" for kind in KINDS if f"num_{kind}" in names]


def _mismatch(num_documents: int, num_signals: int, num_decisions: int) -> Exception:
    message = (
        f"decisions are about {num_decisions} documents, signals about {num_signals} "
        f"and documents are {num_documents}, or they are about others; delete the "
        "signals and decisions and run curation again"
    )
    return CountMismatchError(message)


@dataclass
class _Fates:
    """Looks up what became of the documents that a table is about."""

    members: Members
    _found: list[Frame] = field(default_factory=list)

    def add(self, part: _Part) -> None:
        rows, _ = self.members.find(part.decisions["document_id"])
        if len(rows):
            self._found.append(_take(part, rows, _DECIDED))

    def frame(self) -> Frame:
        if not self._found:
            return pd.DataFrame(columns=[*_DECIDED, "row"])
        found = pd.concat(self._found, ignore_index=True)
        return found.drop_duplicates("document_id", ignore_index=True)


@dataclass
class _Surveyor:
    copies: _Fates
    leaks: _Fates
    cells: list[pa.Table] = field(default_factory=list)
    dropped: LowestHashes = field(default_factory=lambda: LowestHashes(_NUM_CANDIDATES))
    sample: LowestHashes = field(default_factory=lambda: LowestHashes(NUM_SAMPLED))
    personal_data: Frame = field(default_factory=lambda: pd.DataFrame(_NO_COUNTS))

    def add(self, part: _Part) -> None:
        signals, decisions = part.signals, part.decisions
        columns = [decisions["source"], signals["licence"], signals["language"]]
        cells = pa.table([*columns, decisions["rule"]], names=_CELL)
        cells = cells.append_column("num_bytes", decisions["num_bytes"])
        grouped = cells.group_by(_CELL).aggregate(
            [("num_bytes", "count"), ("num_bytes", "sum")]
        )
        named = _named(grouped, "num_bytes_count", "num_bytes_sum")
        self.cells = [_merge_cells([*self.cells, named])]
        self._add_personal_data(signals, decisions["source"])
        self.copies.add(part)
        self.leaks.add(part)
        self._add_to_samples(part)

    def _add_personal_data(self, signals: pa.Table, sources: pa.ChunkedArray) -> None:
        kinds = [kind for kind in KINDS if f"num_{kind}" in signals.column_names]
        table = pa.table([sources], names=["source"])
        for kind in kinds:
            counts = signals[f"num_{kind}"].cast(pa.int64())
            table = table.append_column(f"{kind}_found", counts)
            has_some = pc.greater(counts, 0).cast(pa.int64())
            table = table.append_column(f"{kind}_documents", has_some)
        names = table.column_names[1:]
        totals = table.group_by("source").aggregate([(name, "sum") for name in names])
        found = [
            pd.DataFrame(
                {
                    "source": totals["source"].to_pandas(),
                    "kind": kind,
                    "num_found": totals[f"{kind}_found_sum"].to_numpy(),
                    "num_documents": totals[f"{kind}_documents_sum"].to_numpy(),
                }
            )
            for kind in kinds
        ]
        self.personal_data = (
            pd.concat([self.personal_data, *found])
            .groupby(["source", "kind"], as_index=False, sort=False)[
                ["num_found", "num_documents"]
            ]
            .sum()
        )

    def _add_to_samples(self, part: _Part) -> None:
        hashes = hash_ids(part.decisions["document_id"])
        everything = np.full(len(hashes), "", dtype=object)
        rows = self.sample.wanted(hashes, everything)
        if len(rows):
            chosen = _take(part, rows, _DECIDED)
            measured = part.signals.take(pa.array(rows)).to_pandas()
            known = [name for name in measured if name not in chosen.columns]
            chosen = pd.concat([chosen, measured[known]], axis=1)
            self.sample.add(chosen.assign(hash=hashes[rows], group=""))
        dropped = np.flatnonzero(pc.invert(part.decisions["kept"]).to_numpy())
        if not len(dropped):
            return
        rules = part.decisions["rule"].take(pa.array(dropped)).to_pandas()
        groups = rules.to_numpy(dtype=object)
        rows = dropped[self.dropped.wanted(hashes[dropped], groups)]
        if len(rows):
            chosen = _take(part, rows, _EXPLAINED)
            self.dropped.add(chosen.assign(hash=hashes[rows], group=chosen["rule"]))


def _take(part: _Part, rows: NDArray[np.int64], columns: Sequence[str]) -> Frame:
    """Rows of the decisions of a part, with their row number in the corpus."""
    chosen = part.decisions.select(columns).take(pa.array(rows)).to_pandas()
    return chosen.assign(row=rows + part.start)


def _merge_cells(pieces: Sequence[pa.Table]) -> pa.Table:
    sums = [("num_documents", "sum"), ("num_bytes", "sum")]
    if not pieces:
        words = {name: pa.array([], pa.string()) for name in _CELL}
        numbers = {name: pa.array([], pa.int64()) for name, _ in sums}
        return pa.table(words | numbers)
    merged = pa.concat_tables(pieces).group_by(_CELL).aggregate(sums)
    return _named(merged, "num_documents_sum", "num_bytes_sum")


def _named(grouped: pa.Table, number: str, size: str) -> pa.Table:
    chosen = grouped.select([*_CELL, number, size])
    return chosen.rename_columns([*_CELL, "num_documents", "num_bytes"])
