"""The better members of the clusters that sampled documents belong to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.shards import Shards
from taojin.curation.config import CurationConfig
from taojin.curation.judging import FIXED_COLUMNS, Ledger, Verdict, judge
from taojin.curation.members import Members
from taojin.curation.report.sampling import Frame
from taojin.curation.report.survey import judged_signals

NUM_RIVALS = 8
"""Members of a cluster that are looked at; of the others the best is taken to stay."""

_ORDER = ["cluster_id", "score", "document_id", "row"]
_ASCENDING = [True, False, True, True]


class Rivals(NamedTuple):
    """Rows to set beside a sample, and who competes with whom.

    Attributes:
        unsampled: Rivals of sampled documents that are not sampled themselves.
        clusters: For each cluster ``rows`` (numbers in the sample followed by
            ``unsampled``, the best first), ``twins`` (equal numbers for exact copies
            of each other) and ``beyond`` (1 where better members than this one are
            not among the rows).
    """

    unsampled: Frame
    clusters: list[dict[str, list[int]]]


def find_rivals(
    sample: Frame,
    signals: Shards,
    clusters: Frame,
    config: CurationConfig,
    verdicts: Mapping[str | None, Verdict],
    contamination: Members,
) -> Rivals:
    """Find the members of clusters that could stay in place of a sampled copy.

    Members that fail a fixed rule never stay and are left out. Of each cluster the
    :data:`NUM_RIVALS` best are found, and the sampled ones; those that are worse than
    every sampled member do not matter.
    """
    known = clusters.drop_duplicates("document_id")
    of_sample = known["document_id"].isin(sample["document_id"])
    concerned = known["cluster_id"].isin(set(known.loc[of_sample, "cluster_id"]))
    members = Members(known[concerned])
    if not len(members):
        return Rivals(sample.iloc[:0], [])
    fixed = config.rules.model_copy(update={"thresholds": ()})
    contest = _Contest(members, frozenset(sample["row"]))
    start = 0
    for part in signals.tables(_columns(config)):
        rows, found = members.find(part["document_id"])
        ledger = Ledger(part.take(pa.array(rows)), explains=False)
        judge(ledger, fixed, verdicts, contamination)
        scores = ledger.numeric(config.duplicates.keep_highest)
        table = ledger.signals.to_pandas().assign(row=rows + start, score=scores)
        contest.enter(table[ledger.kept], found[ledger.kept])
        start += part.num_rows
    return contest.settle(sample)


@dataclass
class _Contest:
    """Members of clusters, of which only those that may matter are held."""

    members: Members
    sampled: frozenset[int]
    entered: Frame = field(default_factory=pd.DataFrame)
    sizes: Frame = field(default_factory=lambda: pd.Series(dtype="int64"))
    """Members that entered, by cluster, whether they are held or not."""

    def enter(self, rows: Frame, found: NDArray[np.int64]) -> None:
        """Take documents of a part, ``found`` being their places among members."""
        entering = rows.assign(
            cluster_id=self.members.column("cluster_id")[found],
            twin_id=self.members.column("twin_id")[found],
        )
        sizes = entering.groupby("cluster_id").size()
        self.sizes = self.sizes.add(sizes, fill_value=0).astype("int64")
        every: Frame = pd.concat([self.entered, entering]).sort_values(
            _ORDER, ascending=_ASCENDING, ignore_index=True
        )
        is_best = every.groupby("cluster_id").cumcount() < NUM_RIVALS
        self.entered = every[is_best | every["row"].isin(self.sampled)]

    def settle(self, sample: Frame) -> Rivals:
        """Say who competes with whom."""
        rank = self.entered.groupby("cluster_id").cumcount()
        is_sampled = self.entered["row"].isin(self.sampled)
        clusters = self.entered["cluster_id"]
        worst = rank[is_sampled].groupby(clusters[is_sampled]).max()
        hidden = clusters.map(self.sizes - clusters.value_counts()) > 0
        held = self.entered.assign(beyond=(hidden & (rank >= NUM_RIVALS)).astype(int))
        held = held[rank <= clusters.map(worst)]
        unsampled = held[~held["row"].isin(self.sampled)].reindex(
            columns=sample.columns
        )
        every_row = [*sample["row"], *unsampled["row"]]
        numbers = {row: number for number, row in enumerate(every_row)}
        groups = [
            {
                "rows": [numbers[row] for row in rows["row"]],
                "twins": pd.factorize(rows["twin_id"])[0].tolist(),
                "beyond": rows["beyond"].tolist(),
            }
            for _, rows in held.groupby("cluster_id")
            if len(rows) > 1
        ]
        return Rivals(unsampled, groups)


def _columns(config: CurationConfig) -> list[str]:
    return list(dict.fromkeys([*FIXED_COLUMNS, *judged_signals(config)]))
