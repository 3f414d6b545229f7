"""Copies by distance: are generated items nearer to training items than real ones are?

A generator that has learned the distribution is as near to its training items as items
are that it never saw. One that copies is nearer. No threshold on a distance says so by
itself, for what is near depends on the features; held-out real items do.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.estimates import Estimate
from taojin.evaluation.audits.results import (
    detectable_deviations,
    min_detectable_share,
)
from taojin.evaluation.copies.config import CopyConfig
from taojin.evaluation.features import FeatureTable, require_same_extractor
from taojin.evaluation.intervals import proportion
from taojin.evaluation.scores import Direction, Score, require_items
from taojin.evaluation.separation import (
    chance_area,
    estimate_area,
    min_detectable_area,
)

_FEWEST = 30
_BLOCK_NUMBERS = 1 << 23
"""Numbers of a block of distances, 64 MB."""
_REFINED = 4
"""So many candidates are measured exactly: a product of matrices loses the last
digits of small distances, which are what copies have."""


class CopyPair(NamedTuple):
    """A generated item and the training item that it may be a copy of.

    Attributes:
        generated: Row of the generated item.
        training: Row of the nearest training item.
        distance: Euclidean, between their features.
        ratio: To the distance of the nearest held-out item; 0 is a perfect copy.
    """

    generated: int
    training: int
    distance: float
    ratio: float


@dataclass(frozen=True)
class CopyReport:
    """What was found.

    Attributes:
        scores: ``training_nearness``, ``copied_share`` and ``authenticity``.
        pairs: Suspected copies, smallest ratio first.
    """

    scores: tuple[Score, ...]
    pairs: tuple[CopyPair, ...]


class Neighbours(NamedTuple):
    """Who is nearest.

    Attributes:
        rows: Of the nearest reference item to each item.
        distances: To it.
    """

    rows: NDArray[np.int64]
    distances: NDArray[np.float64]


def measure_copies(
    generated: FeatureTable,
    training: FeatureTable,
    held_out: FeatureTable,
    config: CopyConfig | None = None,
) -> CopyReport:
    """Look for copies of training items.

    ``training_nearness`` is the probability that a generated item is nearer to the
    training items than a held-out one is: 1/2 for a perfect generator, more where it
    copies (Meehan, Chaudhuri and Dasgupta 2020, arXiv:2004.05675); below 1/2 it is
    merely far from all real items. ``copied_share`` is the share of generated items
    that are far nearer to a training item than to any held-out one. ``authenticity``
    is the share that are farther from their nearest training item than that one is
    from the training item next to it (Alaa et al. 2022, arXiv:2102.08921).

    Held-out items take the place of generated ones for the nulls; each is then
    compared with the other held-out items. Training items may be more than held-out
    ones: the nulls share whatever comes of that. Intervals hold these training and
    held-out items fixed, and treat generated ones as drawn independently.

    Args:
        generated: Features of generated items.
        training: Of the items that the generator was trained on, best all of them.
        held_out: Of real items that it never saw, drawn like the training items.
        config: What counts as a copy.

    Raises:
        DataError: If the extractors differ, or there are fewer than 30 of a kind.
    """
    config = config or CopyConfig()
    extractor = require_same_extractor(generated, training, held_out)
    for side, table in (("training", training), ("held-out", held_out)):
        require_items("copies", len(table), _FEWEST, side)
    require_items("copies", len(generated), _FEWEST)
    near = nearest(generated.values, training.values)
    near_real = nearest(held_out.values, training.values)
    ratio = _ratio(near.distances, nearest(generated.values, held_out.values).distances)
    ratio_real = _ratio(near_real.distances, nearest_other(held_out.values).distances)
    spacing = nearest_other(training.values).distances
    copied, copied_real = (r <= config.max_ratio for r in (ratio, ratio_real))
    own, own_real = (n.distances > spacing[n.rows] for n in (near, near_real))
    numbers = {
        "extractor": extractor,
        "num_generated": len(generated),
        "num_real": len(training) + len(held_out),
    }
    scores = (
        _nearness(near.distances, near_real.distances, config.confidence, numbers),
        _share("copied_share", "lower", (copied, copied_real), config, numbers),
        _share("authenticity", "higher", (own, own_real), config, numbers),
    )
    return CopyReport(scores, _pairs(near, ratio, copied, config.max_pairs))


def nearest(items: NDArray[np.float64], reference: NDArray[np.float64]) -> Neighbours:
    """Find the nearest reference item to each item, by Euclidean distance.

    Args:
        items: ``[items, dims]``.
        reference: ``[references, dims]``.
    """
    return _nearest(items, reference, skip_own=False)


def nearest_other(items: NDArray[np.float64]) -> Neighbours:
    """Find the nearest other item to each item; two are needed."""
    return _nearest(items, items, skip_own=True)


def _nearest(
    items: NDArray[np.float64], reference: NDArray[np.float64], *, skip_own: bool
) -> Neighbours:
    num_candidates = min(_REFINED, len(reference) - skip_own)
    lengths = (reference**2).sum(axis=1)
    at_once = max(1, _BLOCK_NUMBERS // len(reference))
    rows, distances = [], []
    for start in range(0, len(items), at_once):
        some = items[start : start + at_once]
        # The squared distance, but for what all references of an item share.
        partial = lengths - 2.0 * (some @ reference.T)
        if skip_own:
            own = np.arange(len(some))
            partial[own, start + own] = np.inf
        found = np.argpartition(partial, num_candidates - 1, axis=1)
        found = np.sort(found[:, :num_candidates], axis=1)
        gaps = reference[found] - some[:, None, :]
        exact = np.sqrt((gaps**2).sum(axis=2))
        best = exact.argmin(axis=1)
        places = np.arange(len(some))
        rows.append(found[places, best])
        distances.append(exact[places, best])
    return Neighbours(np.concatenate(rows), np.concatenate(distances))


def _ratio(
    near: NDArray[np.float64], other: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Quotient of distances; 1 where both are nothing: it is a copy of both."""
    both_none = (near == 0.0) & (other == 0.0)
    quotient = np.divide(near, other, out=np.full_like(near, np.inf), where=other > 0)
    return np.where(both_none, 1.0, quotient)


def _nearness(
    distances: NDArray[np.float64],
    real: NDArray[np.float64],
    confidence: float,
    numbers: dict[str, object],
) -> Score:
    counts = len(distances), len(real)
    return Score(
        name="training_nearness",
        axis="legality",
        better="like_real",
        estimate=estimate_area(-distances, -real, confidence),
        null=chance_area(*counts, confidence),
        min_detectable=min_detectable_area(*counts, detectable_deviations(confidence)),
        **numbers,  # pyright: ignore[reportArgumentType]
    )


def _share(
    name: str,
    better: Direction,
    holds: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    config: CopyConfig,
    numbers: dict[str, object],
) -> Score:
    generated, real = (_proportion(which, config.confidence) for which in holds)
    # Copying makes fewer items authentic: a fall of one share is a rise of the other.
    null = real.value if better == "lower" else 1.0 - real.value
    counts = len(holds[0]), len(holds[1])
    return Score(
        name=name,
        axis="legality",
        better=better,
        estimate=generated,
        null=real,
        min_detectable=min_detectable_share(null, *counts, config.confidence),
        **numbers,  # pyright: ignore[reportArgumentType]
    )


def _proportion(which: NDArray[np.bool_], confidence: float) -> Estimate:
    return proportion(int(which.sum()), len(which), confidence)


def _pairs(
    near: Neighbours,
    ratio: NDArray[np.float64],
    copied: NDArray[np.bool_],
    max_pairs: int,
) -> tuple[CopyPair, ...]:
    suspects = np.flatnonzero(copied)
    order = suspects[np.lexsort((near.distances[suspects], ratio[suspects]))]
    return tuple(
        CopyPair(
            int(row), int(near.rows[row]), float(near.distances[row]), float(ratio[row])
        )
        for row in order[:max_pairs]
    )
