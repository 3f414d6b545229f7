"""Vendi score: how many different items a set amounts to (Friedman and Dieng 2023).

The exponential of an entropy of the eigenvalues of a kernel, here the cosine of
features. Its order says what counts (Pasarkar and Dieng 2024): small orders see rare
items, large ones the most frequent. High is not good in itself, for noise is diverse.
"""

import math

import numpy as np
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.evaluation.distances.draws import (
    DrawConfig,
    Measured,
    Rows,
    compare,
)
from taojin.evaluation.features import FeatureTable
from taojin.evaluation.scores import Score

_MIN_ITEMS = 8
_NEGLIGIBLE = 1e-12
"""Shares below it are rounding; they would count at small orders."""
_VENDI = Measured("vendi_score", "diversity", "like_real", lowest=1.0)


class VendiConfig(StageConfig):
    """What counts as different."""

    order: float = Field(default=1.0, ge=0.0)
    """Of the entropy: 1 is Shannon's; infinity looks at the largest share alone."""
    centre: bool = True
    """Take the mean of the real items off first. Features of networks all point one
    way, so that without it the cosine of any two is nearly 1."""


def vendi_score(items: Rows, order: float = 1.0) -> float:
    """Compute the score, from 1 (all the same) to the number of items.

    The work grows with the smaller of the numbers of items and of features.

    Args:
        items: ``[n, dims]``. Those of length 0 are like nothing but themselves.
        order: Of the entropy, 0 or more; may be infinite.
    """
    lengths = np.linalg.norm(items, axis=1)
    is_zero = lengths == 0.0
    rows = items[~is_zero] / lengths[~is_zero, None]
    narrow = rows.T @ rows if rows.shape[1] < len(rows) else rows @ rows.T
    shares = np.linalg.eigvalsh(narrow).clip(min=0.0) / len(items)
    shares = np.concatenate([shares, np.full(is_zero.sum(), 1.0 / len(items))])
    shares = shares[shares > _NEGLIGIBLE]
    if order == 1.0:
        return float(np.exp(-(shares * np.log(shares)).sum()))
    if math.isinf(order):
        return float(1.0 / shares.max())
    return float((shares**order).sum() ** (1.0 / (1.0 - order)))


def score_vendi(
    generated: FeatureTable,
    real: FeatureTable,
    other: FeatureTable | None,
    config: VendiConfig,
    draws: DrawConfig,
) -> Score:
    """Score the variety of generated items beside that of as many real ones.

    Args:
        generated: What is judged.
        real: What it should be like.
        other: More real items; without them halves of the real ones stand for them.
        config: Order and centre.
        draws: Numbers and seed.

    Raises:
        DataError: If the extractors differ, or there are too few items.
    """

    def statistic(items: Rows, reference: Rows) -> Rows:
        centre = reference.mean(axis=0) if config.centre else 0.0
        return np.array([vendi_score(items - centre, config.order)])

    sets = (generated, real, other)
    measured = compare(
        "vendi_score", statistic, sets, _MIN_ITEMS, draws, ignores_reference=True
    )
    return measured.score(0, _VENDI)
