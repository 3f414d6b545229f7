"""Divergence frontier between generated and real items, and which side is lacking.

Features of both sets are quantised together and their histograms are compared with
all mixtures of the two, as MAUVE does (Pillutla et al. 2021; with the smoothing of
Krichevsky and Trofimov, Pillutla et al. 2023). The area says how close they are from
0 to 1 and saturates; the frontier integral (Liu et al. 2021) does not, and it is the
sum of what real items have and generated ones lack, and of the reverse.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import xlogy

from taojin.core.config import StageConfig
from taojin.core.randomness import generator
from taojin.evaluation.distances.draws import (
    DrawConfig,
    Measured,
    Rows,
    compare,
)
from taojin.evaluation.distances.quantisation import quantise
from taojin.evaluation.features import FeatureTable
from taojin.evaluation.scores import Score

_MIN_ITEMS = 30
_SMOOTHING = 0.5
_MIN_BUCKETS = 2
_CLOSE = 1e-8
_MEASURED = (
    Measured("frontier_area", "realism", "higher", 0.0, 1.0),
    Measured("frontier_integral", "realism", "lower", 0.0, 1.0),
    Measured("frontier_missing", "diversity", "lower", 0.0, 1.0),
    Measured("frontier_invented", "realism", "lower", 0.0, 1.0),
)


class FrontierConfig(StageConfig):
    """How features are quantised and compared."""

    items_per_bucket: float = Field(default=20.0, ge=2.0)
    """Of each side. With fewer, real items no longer look like real items."""
    explained: float = Field(default=0.9, gt=0.0, le=1.0)
    """Share of the variance that is kept by principal directions before quantising."""
    scaling: float = Field(default=5.0, gt=0.0)
    """Constant of the area; larger ones lower it."""
    num_mixtures: int = Field(default=25, ge=3)
    """Points of the frontier."""


class Frontier(NamedTuple):
    """How two histograms differ.

    Attributes:
        area: Under the frontier; 1 where they are the same.
        integral: 0 where they are the same, 1 where they share no bucket.
        missing: Its part in buckets where the real histogram is larger.
        invented: Its part in buckets where the generated one is.
    """

    area: float
    integral: float
    missing: float
    invented: float


def divergence_frontier(
    generated: Rows, real: Rows, config: FrontierConfig | None = None
) -> Frontier:
    """Compare two histograms.

    Args:
        generated: ``[buckets]``, adds up to 1.
        real: ``[buckets]``, adds up to 1.
        config: Scaling and number of mixtures.
    """
    settings = config or FrontierConfig()
    terms = _integral_terms(generated, real)
    lacks = real > generated
    return Frontier(
        _area(generated, real, settings),
        float(terms.sum()),
        float(terms[lacks].sum()),
        float(terms[~lacks].sum()),
    )


def score_frontier(
    generated: FeatureTable,
    real: FeatureTable,
    other: FeatureTable | None,
    config: FrontierConfig,
    draws: DrawConfig,
) -> list[Score]:
    """Score area and integral of the frontier, and what is missing or invented.

    Every cut of the items is quantised anew, so that the values are means over many
    quantisations; a single one moves them as much as the items do.

    Args:
        generated: What is judged.
        real: What it should be like.
        other: More real items; without them halves of the real ones stand for them.
        config: Buckets and mixtures.
        draws: Numbers and seed.

    Raises:
        DataError: If the extractors differ, or there are too few items.
    """

    def statistic(items: Rows, reference: Rows) -> Rows:
        own, real_ones = histograms(items, reference, config, draws.seed)
        return np.array(divergence_frontier(smoothed(own), smoothed(real_ones), config))

    sets = (generated, real, other)
    measured = compare("frontier", statistic, sets, _MIN_ITEMS, draws, null_order=2)
    return [measured.score(index, what) for index, what in enumerate(_MEASURED)]


def histograms(
    items: Rows, reference: Rows, config: FrontierConfig, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Quantise two sets together and count what is in each bucket.

    Features are brought to length 1 first, as in MAUVE.

    Args:
        items: ``[n, dims]``.
        reference: ``[m, dims]``.
        config: Buckets.
        seed: Of the quantisation.
    """
    joined = np.concatenate([items, reference])
    lengths = np.linalg.norm(joined, axis=1, keepdims=True)
    joined = np.divide(joined, lengths, out=np.zeros_like(joined), where=lengths > 0.0)
    joined = _reduced(joined, config.explained)
    smaller = min(len(items), len(reference))
    wanted = max(_MIN_BUCKETS, round(smaller / config.items_per_bucket))
    buckets = quantise(joined, wanted, generator(seed, "quantisation"))
    counts = [
        np.bincount(part, minlength=wanted)
        for part in (buckets[: len(items)], buckets[len(items) :])
    ]
    return counts[0], counts[1]


def smoothed(counts: NDArray[np.int64]) -> Rows:
    """Shares of buckets, none of them 0."""
    return (counts + _SMOOTHING) / (counts + _SMOOTHING).sum()


def _reduced(rows: Rows, explained: float) -> Rows:
    centred = rows - rows.mean(axis=0)
    sizes, vectors = np.linalg.eigh(centred.T @ centred)
    shares = sizes[::-1].clip(min=0.0).cumsum()
    if shares[-1] <= 0.0:
        return centred[:, :1]
    num_kept = int(np.searchsorted(shares, explained * shares[-1])) + 1
    return centred @ vectors[:, ::-1][:, :num_kept]


def _area(generated: Rows, real: Rows, config: FrontierConfig) -> float:
    weights = np.linspace(1e-6, 1.0 - 1e-6, config.num_mixtures)[:, None]
    mixtures = weights * generated + (1.0 - weights) * real
    points = [
        np.exp(-config.scaling * _divergences(shares, mixtures))
        for shares in (real, generated)
    ]
    across = np.concatenate([[1.0], points[0], [0.0]])
    up = np.concatenate([[0.0], points[1], [1.0]])
    # Where the sets differ little, rounding alone decides which point is farther
    # right; both axes are therefore taken in turn.
    areas = [
        np.trapezoid(second[order], first[order])
        for first, second in ((across, up), (up, across))
        for order in [np.argsort(first, kind="stable")]
    ]
    return float(np.clip(np.mean(areas), 0.0, 1.0))


def _divergences(shares: Rows, mixtures: Rows) -> Rows:
    """Kullback-Leibler divergence of shares ``[buckets]`` from ``[n, buckets]``."""
    safe = np.where(shares > 0.0, mixtures, 1.0)
    return (xlogy(shares, shares) - xlogy(shares, safe)).sum(axis=1)


def _integral_terms(generated: Rows, real: Rows) -> Rows:
    """Parts of the frontier integral by bucket, closed form of Liu et al. 2021."""
    terms = (generated + real) / 2.0
    apart = np.abs(generated - real) > _CLOSE
    terms[~apart] = 0.0
    both = apart & (generated > 0.0) & (real > 0.0)
    first, second = generated[both], real[both]
    logarithms = np.log(first) - np.log(second)
    terms[both] -= first * second * logarithms / (first - second)
    return terms
