"""How many items nearly repeat another of their set, by the cosine of features."""

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

_ROWS = 512
_MIN_ITEMS = 32
_ROUNDING = 1e-12
_RATE = Measured("near_duplicate_rate", "diversity", "lower", 0.0, 1.0, is_share=True)


class NearDuplicateConfig(StageConfig):
    """From where on two items are nearly the same."""

    min_cosine: float | None = Field(default=None, gt=-1.0, le=1.0)
    """Cosine from which two items are near duplicates, of features from which the
    mean of the real ones was taken off. Null: the one that ``real_share`` of as many
    real items reach, for what a cosine means depends on the features."""
    real_share: float = Field(default=0.02, gt=0.0, lt=0.5)
    """Share of real items that are near duplicates by definition, where no cosine is
    given."""


def nearest_cosines(items: Rows) -> Rows:
    """Cosine of each item with the most similar other item, ``[n]``.

    Args:
        items: ``[n, dims]``, at least two rows; one of length 0 is like no other.
    """
    lengths = np.linalg.norm(items, axis=1, keepdims=True)
    rows = np.divide(items, lengths, out=np.zeros_like(items), where=lengths > 0.0)
    nearest = np.empty(len(rows))
    for start in range(0, len(rows), _ROWS):
        cosines = rows[start : start + _ROWS] @ rows.T
        own = np.arange(len(cosines))
        cosines[own, start + own] = -np.inf
        nearest[start : start + _ROWS] = cosines.max(axis=1)
    return nearest


def score_near_duplicates(
    generated: FeatureTable,
    real: FeatureTable,
    other: FeatureTable | None,
    config: NearDuplicateConfig,
    draws: DrawConfig,
) -> Score:
    """Score the share of generated items with a near duplicate among the generated.

    It grows with the number of items, which is therefore the same for real ones.

    Args:
        generated: What is judged.
        real: What it should be like.
        other: More real items; without them halves of the real ones stand for them.
        config: The cosine.
        draws: Numbers and seed.

    Raises:
        DataError: If the extractors differ, or there are too few items.
    """

    def statistic(items: Rows, reference: Rows) -> Rows:
        centre = reference.mean(axis=0)
        limit = config.min_cosine
        if limit is None:
            among_real = nearest_cosines(reference - centre)
            limit = float(np.quantile(among_real, 1.0 - config.real_share))
        # Rounding must not part items that are exactly alike.
        is_near = nearest_cosines(items - centre) >= limit - _ROUNDING
        return np.array([float(is_near.mean())])

    sets = (generated, real, other)
    measured = compare(
        _RATE.name, statistic, sets, _MIN_ITEMS, draws, ignores_reference=True
    )
    return measured.score(0, _RATE)
