"""Generated texts that say, nearly word for word, what one training document says.

By the share of a text's shingles that one document holds: containment (Broder 1997). It
is counted, not estimated by MinHash. A signature estimates the Jaccard index, which for
a text beside a document of many times its length is low even where the text was copied
out of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.evaluation.audits.config import NearCopyConfig
from taojin.evaluation.audits.drawing import cut_texts_alike
from taojin.evaluation.audits.origins import NEAR, Copies
from taojin.evaluation.audits.results import AuditResult, require_long_enough
from taojin.evaluation.audits.shingles import ShingleIndex


def audit_near_copies(
    texts: Sequence[str],
    training: Iterable[pa.Table],
    config: NearCopyConfig,
    confidence: float = 0.95,
    real: Sequence[str] = (),
) -> AuditResult:
    """Look for near copies of training documents, and say whose they are.

    Args:
        texts: Generated texts, prompt left out.
        training: Tables with ``document_id``, ``text``, ``source``, ``licence``: all
            that was trained on; read once.
        config: What counts as a near copy.
        confidence: Coverage of the intervals.
        real: Held-out real texts, cut to the generated ones' lengths: how much is usual.

    Returns:
        Scores ``near_copy_rate`` and ``restricted_near_copy_rate``, shares of the texts
        that are long enough. Facts: ``num_long_enough``, ``num_copies``,
        ``highest_containment``. Tables: ``near_copies_by_origin``, see
        :meth:`taojin.evaluation.audits.origins.Copies.by_origin`, and ``near_copies``, one
        row a text with the document that holds most of it.

    Raises:
        DataError: If no text is long enough.
    """
    return NearCopies([texts], training, config, real).result(0, confidence)


class NearCopies:
    """Near copies of the texts of several sets, for one reading of all documents."""

    def __init__(
        self,
        sets: Sequence[Sequence[str]],
        training: Iterable[pa.Table],
        config: NearCopyConfig,
        real: Sequence[str] = (),
    ) -> None:
        """Look for them; the arguments are those of :func:`audit_near_copies`."""
        self._config = config
        self._num_texts = [len(texts) for texts in sets]
        beside = [[*texts, *cut_texts_alike(real, texts)] for texts in sets]
        self._firsts = np.cumsum([0, *map(len, beside)])
        index = ShingleIndex([text for texts in beside for text in texts], config)
        self._num_shingles = index.num_shingles
        self._copies, self._shares = index.containments(training)

    def result(self, place: int, confidence: float = 0.95) -> AuditResult:
        """What :func:`audit_near_copies` says of the set at some place.

        Raises:
            DataError: If no text of it is long enough.
        """
        config, num_texts = self._config, self._num_texts[place]
        first, last = self._firsts[place : place + 2]
        chosen = (self._copies.items >= first) & (self._copies.items < last)
        copies, shares = self._copies.only(chosen), self._shares[chosen]
        copies = replace(copies, items=copies.items - first)
        is_long = self._num_shingles[first:last] >= config.min_shingles
        own = np.arange(last - first) < num_texts
        num_long_enough = int((is_long & own).sum())
        needed = f"{config.min_shingles} shingles"
        require_long_enough("near_copy_rate", num_long_enough, num_texts, needed)
        near = copies.only(shares >= config.min_containment)
        generated = near.only(own[near.items])
        return AuditResult(
            scores=near.shares(NEAR, is_long, own, confidence),
            facts={
                "num_long_enough": num_long_enough,
                "num_copies": len(np.unique(generated.items)),
                "highest_containment": float(
                    shares[own[copies.items]].max(initial=0.0)
                ),
            },
            tables={
                "near_copies_by_origin": generated.by_origin(
                    num_long_enough, confidence
                ),
                "near_copies": _list_copies(copies, shares, config, num_texts),
            },
        )


def _list_copies(
    copies: Copies, shares: NDArray[np.float64], config: NearCopyConfig, num_texts: int
) -> list[dict[str, Any]]:
    """One row a near copy, with the document that holds most of it."""
    firsts = np.unique(copies.items, return_index=True)[1]
    is_best = np.zeros(len(copies.items), dtype=np.bool_)
    is_best[firsts] = True
    chosen = is_best & (shares >= config.min_containment) & (copies.items < num_texts)
    best = copies.only(chosen)
    return [
        {"sample": item, "containment": share, **row}
        for item, share, row in zip(
            best.items.tolist(), shares[chosen].tolist(), best.rows(), strict=True
        )
    ]
