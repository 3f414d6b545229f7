"""Fréchet distance between Gaussians fitted to features (Heusel et al. 2017).

It is biased upwards by about 1/n, so it is computed at equal numbers only, and says
little without what real items get at the same number; the excess over that is given,
too. The headline is :mod:`~taojin.evaluation.distances.kernel_distance`.
"""

from dataclasses import replace

import numpy as np

from taojin.core.errors import DataError
from taojin.evaluation.distances.draws import (
    DrawConfig,
    Measured,
    Rows,
    compare,
)
from taojin.evaluation.features import FeatureTable
from taojin.evaluation.scores import Score

_MIN_ITEMS = 16


def frechet_distance(items: Rows, reference: Rows) -> float:
    """Squared Fréchet distance of two sets of equal size; 0 or above.

    The trace of the square root of the product of both covariances is the sum of the
    square roots of the eigenvalues of a symmetric matrix, so nothing turns complex
    where a covariance is singular.

    Args:
        items: ``[n, dims]``.
        reference: ``[n, dims]``.

    Raises:
        DataError: If the sizes differ or are below two.
    """
    if len(items) != len(reference) or len(items) <= 1:
        message = (
            f"frechet_distance: {len(items)} items beside {len(reference)}; it is "
            "biased by their numbers, which must be equal and at least 2"
        )
        raise DataError(message)
    first, second = (
        np.atleast_2d(np.cov(rows, rowvar=False)) for rows in (items, reference)
    )
    shift = items.mean(axis=0) - reference.mean(axis=0)
    eigenvalues, vectors = np.linalg.eigh(first)
    root = vectors * np.sqrt(eigenvalues.clip(min=0.0))
    product = np.linalg.eigvalsh(root.T @ second @ root)
    shared = np.sqrt(product.clip(min=0.0)).sum()
    distance = shift @ shift + np.trace(first) + np.trace(second) - 2.0 * shared
    return float(max(distance, 0.0))


def score_frechet(
    generated: FeatureTable,
    real: FeatureTable,
    other: FeatureTable | None,
    config: DrawConfig,
) -> list[Score]:
    """Score the distance, and its excess over that of real items.

    Both are computed on equal numbers of items; the scores say on how many.

    Args:
        generated: What is judged.
        real: What it should be like.
        other: More real items; without them halves of the real ones stand for them.
        config: Numbers and seed.

    Returns:
        ``frechet_distance``, and ``frechet_excess``, of which a perfect generator gets
        about 0.

    Raises:
        DataError: If the extractors differ, or there are too few items.
    """
    sets = (generated, real, other)
    plain = compare(
        "frechet_distance", _statistic, sets, _MIN_ITEMS, config, null_order=2
    )
    excess = replace(
        plain, values=plain.values - plain.nulls, nulls=np.zeros_like(plain.nulls)
    )
    return [
        plain.score(0, Measured("frechet_distance", "realism", "lower", lowest=0.0)),
        excess.score(0, Measured("frechet_excess", "realism", "lower")),
    ]


def _statistic(items: Rows, reference: Rows) -> Rows:
    return np.array([frechet_distance(items, reference)])
