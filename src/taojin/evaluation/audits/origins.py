"""Whose text was copied: by document, source and licence, and what the licence asks."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taojin.evaluation.audits.results import share_score
from taojin.evaluation.intervals import proportion
from taojin.evaluation.scores import Score
from taojin.governance.licences import obligations

Standing = Literal["free", "attribution", "restricted"]
"""What a copy under a licence may do: ``free`` asks nothing, ``attribution`` asks to name
author and licence, ``restricted`` forbids something, asks to share alike, or is unknown."""

RESTRICTED: Standing = "restricted"
VERBATIM, NEAR = "verbatim", "near"
"""Kinds of copies."""
_STRICTNESS: dict[Standing, int] = {"free": 0, "attribution": 1, RESTRICTED: 2}


@dataclass(frozen=True)
class Copies:
    """Pairs of an item and a document that it copies, each once.

    Attributes:
        items: Number of each pair's item.
        documents: Row in ``origins`` of each pair's document.
        origins: ``document_id``, ``source``, ``licence``; other documents may be there.
    """

    items: NDArray[np.int64]
    documents: NDArray[np.int64]
    origins: pd.DataFrame

    def only(self, chosen: NDArray[np.bool_]) -> "Copies":
        """Keep some of the pairs."""
        return Copies(self.items[chosen], self.documents[chosen], self.origins)

    @cached_property
    def standings(self) -> NDArray[np.object_]:
        """What the licence of each pair's document asks, a :data:`Standing`."""
        licences = self._column("licence")
        known = {licence: standing_of(licence) for licence in set(licences)}
        return np.array([known[licence] for licence in licences], dtype=object)

    @property
    def restricted(self) -> "Copies":
        """Those of documents under a restricted licence."""
        return self.only(self.standings == RESTRICTED)

    def flags(self, num_items: int) -> NDArray[np.bool_]:
        """Whether each item copies anything."""
        flags = np.zeros(num_items, dtype=np.bool_)
        flags[self.items] = True
        return flags

    def shares(
        self,
        kind: str,
        is_long: NDArray[np.bool_],
        own: NDArray[np.bool_],
        confidence: float,
    ) -> tuple[Score, Score]:
        """Score the shares of generated items that copy, real items being the null.

        Args:
            kind: ``verbatim`` or ``near``.
            is_long: Which items are long enough to copy, one truth value an item.
            own: Which of them are generated; the others are real.
            confidence: Coverage of the intervals.

        Returns:
            ``<kind>_copy_rate``, and that of documents under a restricted licence.

        Raises:
            DataError: If no generated item is long enough.
        """
        restricted = "restricted" if kind == VERBATIM else f"restricted_{kind}"

        def share(name: str, found: Copies) -> Score:
            flags = found.flags(len(own))
            return share_score(
                f"{name}_copy_rate",
                flags[is_long & own],
                flags[is_long & ~own],
                confidence,
            )

        return share(kind, self), share(restricted, self.restricted)

    def rows(self) -> list[dict[str, Any]]:
        """One row a pair: ``document_id``, ``source``, ``licence``, ``standing``."""
        columns = {
            **{name: self._column(name) for name in ("document_id", "source")},
            "licence": self._column("licence"),
            "standing": self.standings.tolist(),
        }
        return [
            dict(zip(columns, row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]

    def strictest(self) -> "Copies":
        """Keep, of each item, the document of the strictest licence, or the first."""
        strictness = np.array([_STRICTNESS[name] for name in self.standings], int)
        order = np.lexsort((self.documents, -strictness, self.items))
        first = np.unique(self.items[order], return_index=True)[1]
        chosen = order[first]
        return Copies(self.items[chosen], self.documents[chosen], self.origins)

    def by_origin(self, num_items: int, confidence: float) -> list[dict[str, Any]]:
        """Count copies by source and licence.

        Args:
            num_items: Items that were looked at.
            confidence: Coverage of the intervals, Clopper and Pearson's.

        Returns:
            ``source``, ``licence``, ``standing``; ``num_copies``, the items with a copy
            of such a document; ``num_only_here``, those without one of any other;
            ``rate`` of copies. Most copies first.
        """
        copying: dict[tuple[str, str | None, str], set[int]] = defaultdict(set)
        for item, row in zip(self.items.tolist(), self.rows(), strict=True):
            copying[row["source"], row["licence"], row["standing"]].add(item)
        num_origins = Counter(item for items in copying.values() for item in items)
        rows: list[dict[str, Any]] = []
        for (source, licence, standing), items in copying.items():
            rate = proportion(len(items), num_items, confidence, "clopper_pearson")
            rows.append(
                {
                    "source": source,
                    "licence": licence,
                    "standing": standing,
                    "num_copies": len(items),
                    "num_only_here": sum(num_origins[item] == 1 for item in items),
                    "rate": rate.model_dump(),
                }
            )
        return sorted(
            rows,
            key=lambda row: (-row["num_copies"], row["source"], row["licence"] or ""),
        )

    def _column(self, name: str) -> list[str | None]:
        return _texts(self.origins[name].to_numpy(object)[self.documents].tolist())


def standing_of(licence: str | None) -> Standing:
    """Say what a verbatim copy under a licence may do."""
    terms = obligations(licence)
    if not (terms.commercial and terms.derivatives) or terms.share_alike:
        return RESTRICTED
    return "attribution" if terms.attribution else "free"


def _texts(values: Sequence[object]) -> list[str | None]:
    """Unknown licences come as null or as not a number."""
    return [value if isinstance(value, str) else None for value in values]
