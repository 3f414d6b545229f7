"""Of the documents that are copies of each other, choose the one that stays."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taojin.curation.config import EXACT_DUPLICATE_RULE, NEAR_DUPLICATE_RULE
from taojin.curation.judging import Ledger
from taojin.curation.members import Members


class Copies(NamedTuple):
    """Documents that another one stands for, by row number in the whole corpus.

    Attributes:
        rows: Ascending.
        is_exact: Whether each is an exact copy of what stays.
        kept_ids: The document that stays in place of each.
    """

    rows: NDArray[np.int64]
    is_exact: NDArray[np.bool_]
    kept_ids: NDArray[np.object_]


@dataclass
class CopyChooser:
    """Collects the members of clusters that passed all rules, part by part.

    Only members of clusters are held, never all documents.
    """

    clusters: Members
    _pieces: list[pd.DataFrame] = field(default_factory=list)

    def collect(self, ledger: Ledger, score: str, start: int) -> None:
        """Take the members of a judged part; ``start`` is its first row number."""
        rows, found = self.clusters.find(ledger.signals["document_id"])
        passed = ledger.kept[rows]
        rows, found = rows[passed], found[passed]
        self._pieces.append(
            pd.DataFrame(
                {
                    "row": rows + start,
                    "member": found,
                    "score": ledger.numeric(score)[rows],
                }
            )
        )

    def choose(self) -> Copies:
        """Name all but the best of each cluster.

        The best has the highest score; equals are settled by the lower id, and rows
        under one id (a source that yields a record twice) by the earlier row.
        """
        if not self._pieces or not len(self.clusters):
            return Copies(np.zeros(0, int), np.zeros(0, bool), np.zeros(0, object))
        table = pd.concat(self._pieces, ignore_index=True)
        member = table["member"].to_numpy()
        table["cluster"] = pd.factorize(self.clusters.column("cluster_id"))[0][member]
        table["twin"] = pd.factorize(self.clusters.column("twin_id"))[0][member]
        ids = self.clusters.column("document_id")
        rank = np.empty(len(ids), dtype=np.int64)
        rank[np.argsort(ids)] = np.arange(len(ids))
        table["rank"] = rank[member]
        table = table.sort_values(
            ["cluster", "score", "rank", "row"], ascending=[True, False, True, True]
        )
        best = table.groupby("cluster")[["member", "twin"]].transform("first")
        chosen = table.duplicated("cluster").to_numpy()
        is_exact = (table["twin"] == best["twin"]).to_numpy()[chosen]
        kept_ids = ids[best["member"].to_numpy()[chosen]]
        rows = table["row"].to_numpy()[chosen]
        order = np.argsort(rows)
        return Copies(rows[order], is_exact[order], kept_ids[order])


def drop_copies(ledger: Ledger, copies: Copies, start: int) -> None:
    """Drop the copies that lie in a part; ``start`` is its first row number."""
    first, last = np.searchsorted(copies.rows, [start, start + len(ledger.kept)])
    rows = copies.rows[first:last] - start
    is_exact, kept_ids = copies.is_exact[first:last], copies.kept_ids[first:last]
    for rule, chosen in (
        (EXACT_DUPLICATE_RULE, is_exact),
        (NEAR_DUPLICATE_RULE, ~is_exact),
    ):
        ledger.drop(rows[chosen], rule, "copy_of_kept")
        ledger.explain(rows[chosen], [f"copy of {x}" for x in kept_ids[chosen]])
