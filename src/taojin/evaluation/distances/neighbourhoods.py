"""Precision, recall, density and coverage: whose neighbourhoods hold whose items.

The neighbourhood of an item is the open ball up to the k-th nearest other item of its
own set. Precision and recall after Kynkäänniemi et al. 2019, density and coverage
after Naeem et al. 2020. In many dimensions balls hold nearly nothing, and coverage no
longer notices that variety shrinks; so features are first projected on few principal
directions, which the reference items alone choose.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.evaluation.distances.draws import (
    DrawConfig,
    Measured,
    Rows,
    compare,
)
from taojin.evaluation.distances.neighbour_kernels import count_inside, keep_nearest
from taojin.evaluation.features import FeatureTable
from taojin.evaluation.scores import Score

_ROWS = 512
_MEASURED = (
    Measured("precision", "realism", "higher", 0.0, 1.0, is_share=True),
    Measured("recall", "diversity", "higher", 0.0, 1.0, is_share=True),
    Measured("density", "realism", "like_real", 0.0),
    Measured("coverage", "diversity", "higher", 0.0, 1.0, is_share=True),
)


class NeighbourhoodConfig(StageConfig):
    """Size of neighbourhoods, and the space they are in."""

    num_neighbours: int = Field(default=5, ge=1, le=100)
    """Other items of its own set that the closed neighbourhood of an item holds."""
    num_dims: int | None = Field(default=32, ge=1)
    """Principal directions of the reference items that are kept; null keeps the
    features as they are."""


def neighbourhood_shares(
    items: Rows, reference: Rows, config: NeighbourhoodConfig
) -> Rows:
    """Precision, recall, density and coverage, in this order, ``[4]``.

    Args:
        items: ``[n, dims]``.
        reference: ``[m, dims]``.
        config: Size and space.

    Raises:
        DataError: If a side has too few items for a neighbourhood.
    """
    for side, rows in (("generated", items), ("real", reference)):
        if len(rows) <= config.num_neighbours:
            message = (
                f"neighbourhoods: {len(rows)} {side} items, and at least "
                f"{config.num_neighbours + 1} are needed for num_neighbours="
                f"{config.num_neighbours}; give more or lower it"
            )
            raise DataError(message)
    items, reference = project(items, reference, config.num_dims)
    own, real = _radii(items, config), _radii(reference, config)
    inside_real = np.zeros(len(items), np.int64)
    is_recalled = np.zeros(len(reference), np.bool_)
    is_covered = np.zeros(len(reference), np.bool_)
    for start in range(0, len(reference), _ROWS):
        rows = slice(start, start + _ROWS)
        squares = _squared_distances(reference[rows], items)
        count_inside(
            squares, real[rows], own, inside_real, is_recalled[rows], is_covered[rows]
        )
    density = inside_real / config.num_neighbours
    counted = (inside_real > 0, is_recalled, density, is_covered)
    return np.array([float(each.mean()) for each in counted])


def score_neighbourhoods(
    generated: FeatureTable,
    real: FeatureTable,
    other: FeatureTable | None,
    config: NeighbourhoodConfig,
    draws: DrawConfig,
) -> list[Score]:
    """Score precision and density (realism), recall and coverage (diversity).

    Args:
        generated: What is judged.
        real: What it should be like.
        other: More real items; without them halves of the real ones stand for them.
        config: Size and space of neighbourhoods.
        draws: Numbers and seed.

    Raises:
        DataError: If the extractors differ, or there are too few items.
    """
    sets = (generated, real, other)
    measured = compare(
        "neighbourhoods",
        lambda items, reference: neighbourhood_shares(items, reference, config),
        sets,
        2 * (config.num_neighbours + 1),
        draws,
    )
    return [measured.score(index, what) for index, what in enumerate(_MEASURED)]


def project(items: Rows, reference: Rows, num_dims: int | None) -> tuple[Rows, Rows]:
    """Centre both on the reference items and keep their principal directions.

    Args:
        items: ``[n, dims]``.
        reference: ``[m, dims]``; alone decides.
        num_dims: Directions kept; null keeps all and turns nothing.
    """
    centre = reference.mean(axis=0)
    items, reference = items - centre, reference - centre
    if num_dims is None or num_dims >= reference.shape[1]:
        return items, reference
    _, vectors = np.linalg.eigh(reference.T @ reference)
    kept = vectors[:, : -num_dims - 1 : -1]
    return items @ kept, reference @ kept


def _radii(rows: Rows, config: NeighbourhoodConfig) -> Rows:
    """Squared distance of each row from its k-th nearest other row."""
    nearest = np.full((len(rows), config.num_neighbours), np.inf)
    for start in range(0, len(rows), _ROWS):
        block = slice(start, start + _ROWS)
        keep_nearest(_squared_distances(rows[block], rows), start, nearest[block])
    return nearest[:, -1]


def _squared_distances(first: Rows, second: Rows) -> NDArray[np.float64]:
    # The sum of products of the rows joined with their squares, in one product.
    joined = [
        np.column_stack([-2.0 * first, (first**2).sum(axis=1), np.ones(len(first))]),
        np.column_stack([second, np.ones(len(second)), (second**2).sum(axis=1)]),
    ]
    return np.maximum(joined[0] @ joined[1].T, 0.0)
