"""Generated texts that say, nearly word for word, what one training document says.

By the share of a text's shingles that one document holds: containment (Broder 1997). It
is counted, not estimated by MinHash. A signature estimates the Jaccard index, which for
a text beside a document of many times its length is low even where the text was copied
out of it.
"""

from collections.abc import Iterable, Sequence
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
    items = [*texts, *cut_texts_alike(real, texts)]
    index = ShingleIndex(items, config)
    copies, shares = index.containments(training)
    is_long = index.num_shingles >= config.min_shingles
    own = np.arange(len(items)) < len(texts)
    num_long_enough = int((is_long & own).sum())
    needed = f"{config.min_shingles} shingles"
    require_long_enough("near_copy_rate", num_long_enough, len(texts), needed)
    near = copies.only(shares >= config.min_containment)
    generated = near.only(own[near.items])
    return AuditResult(
        scores=near.shares(NEAR, is_long, own, confidence),
        facts={
            "num_long_enough": num_long_enough,
            "num_copies": len(np.unique(generated.items)),
            "highest_containment": float(shares[own[copies.items]].max(initial=0.0)),
        },
        tables={
            "near_copies_by_origin": generated.by_origin(num_long_enough, confidence),
            "near_copies": _list_copies(copies, shares, config, len(texts)),
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
