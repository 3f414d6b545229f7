"""Kernel distance, the headline of realism: unbiased whatever the number of items.

The squared maximum mean discrepancy under a polynomial kernel, as in the kernel
Inception distance (Binkowski et al. 2018), estimated by the U-statistic of all pairs
(Gretton et al. 2012) instead of by random subsets, so that no draw adds noise.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.estimates import Estimate
from taojin.core.randomness import generator
from taojin.evaluation.distances.draws import POWER, Rows
from taojin.evaluation.features import (
    FeatureTable,
    canonical_rows,
    require_same_extractor,
)
from taojin.evaluation.scores import Score, require_items

_MIN_ITEMS = 8
_ROWS = 256
_COLUMNS = 1024
"""Two megabytes of kernel values at once stay near the processor."""
_POWER_STEPS = 30


class KernelConfig(StageConfig):
    """The kernel, ``(x.y / dims + offset) ** degree``, and the work."""

    degree: int = Field(default=3, ge=1, le=8)
    offset: float = Field(default=1.0, ge=0.0)
    block_items: int = Field(default=10_000, ge=8)
    """More items than this are cut into blocks of about this size, over which the
    distance is averaged (Zaremba et al. 2013): the work grows no longer with the
    square."""
    num_null_splits: int = Field(default=500, ge=100)
    """Random splits of real items that show what real items get."""
    max_null_items: int = Field(default=2000, ge=16)
    """Real items that are split."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)
    """Nominal coverage."""
    seed: int = Field(default=0, ge=0)


@dataclass(frozen=True)
class KernelDistance:
    """A distance, and how far it is known.

    Attributes:
        value: The squared discrepancy; below 0 by chance where there is none.
        variance: Of the estimate.
        null_variance: Its part of second order, all of it where nothing differs.
    """

    value: float
    variance: float
    null_variance: float


@dataclass(frozen=True)
class _Sums:
    """Sums of a matrix of kernel values; of one set with itself, without diagonal."""

    rows: NDArray[np.float64]
    columns: NDArray[np.float64]
    squares: float


def kernel_distance(
    items: Rows, reference: Rows, config: KernelConfig
) -> KernelDistance:
    """Compute the distance of two sets, each pair of items once.

    The variance has a part of first order, the jackknife's, and one of second order,
    which remains where both sets are alike. The jackknife contains the second twice,
    so one is taken off.

    Args:
        items: ``[n, dims]``, at least two rows.
        reference: ``[m, dims]``, at least two rows.
        config: The kernel.
    """
    inner = [_sums(rows, rows, config) for rows in (items, reference)]
    cross = _sums(items, reference, config)
    sizes = (len(items), len(reference))
    own = [sums.rows / (size - 1) for sums, size in zip(inner, sizes, strict=True)]
    to_other = [cross.rows / sizes[1], cross.columns / sizes[0]]
    value = own[0].mean() + own[1].mean() - 2.0 * to_other[0].mean()
    jackknife = sum(
        4.0 * np.var(mine - theirs, ddof=1) / size
        for mine, theirs, size in zip(own, to_other, sizes, strict=True)
    )
    second = 4.0 * _spread(cross, to_other[0], to_other[1], sizes[0] * sizes[1])
    second /= sizes[0] * sizes[1]
    for sums, means, size in zip(inner, own, sizes, strict=True):
        pairs = size * (size - 1)
        second += 2.0 * _spread(sums, means, means, pairs) / pairs
    variance = max(float(jackknife) - second, second)
    return KernelDistance(float(value), variance, second)


def block_kernel_distance(
    items: Rows, reference: Rows, config: KernelConfig
) -> KernelDistance:
    """Average the distance over random blocks where there are very many items.

    See :func:`kernel_distance`; the order of the items makes no difference.
    """
    largest = max(len(items), len(reference))
    num_blocks = max(1, round(largest / config.block_items))
    num_blocks = min(num_blocks, len(items) // 2, len(reference) // 2)
    sides = []
    for rows in (items, reference):
        ranked = canonical_rows(rows)
        order = generator(config.seed, "blocks").permutation(len(rows))
        sides.append(ranked[order] if num_blocks > 1 else ranked)
    blocks = [
        kernel_distance(
            sides[0][block::num_blocks], sides[1][block::num_blocks], config
        )
        for block in range(num_blocks)
    ]
    return KernelDistance(
        sum(block.value for block in blocks) / num_blocks,
        sum(block.variance for block in blocks) / num_blocks**2,
        sum(block.null_variance for block in blocks) / num_blocks**2,
    )


def score_kernel_distance(
    generated: FeatureTable,
    real: FeatureTable,
    other: FeatureTable | None,
    config: KernelConfig,
) -> Score:
    """Score the distance between generated and real items, all of them.

    What real items get is 0, for the estimate is unbiased; its band is that of random
    splits of real items, scaled to the numbers at hand: without a difference the
    estimate has the same distribution at all sizes, times the sum of the inverse
    sizes. With other real items the null is their distance, and its band covers both.

    Args:
        generated: What is judged.
        real: What it should be like.
        other: More real items.
        config: The kernel and the numbers.

    Raises:
        DataError: If the extractors differ, or there are too few items.
    """
    extractor = require_same_extractor(generated, real, other)
    require_items("kernel_distance", len(generated), _MIN_ITEMS)
    require_items("kernel_distance", len(real), 2 * _MIN_ITEMS, "real")
    measured = block_kernel_distance(generated.values, real.values, config)
    scale = 1.0 / len(generated) + 1.0 / len(real)
    low, high, direction = _null_band(real.values, scale, config)
    null = Estimate(
        value=0.0,
        low=low,
        high=high,
        num_samples=len(real),
        confidence=config.confidence,
    )
    if other is not None:
        require_items("kernel_distance", len(other), _MIN_ITEMS, "other real")
        null = _widened(null, block_kernel_distance(other.values, real.values, config))
    return Score(
        name="kernel_distance",
        axis="realism",
        better="lower",
        estimate=_estimate(measured, len(generated), config),
        null=null,
        min_detectable=_min_detectable(null, measured, scale * direction),
        extractor=extractor,
        num_generated=len(generated),
        num_real=len(real),
    )


def _kernel(items: Rows, reference: Rows, config: KernelConfig) -> Rows:
    base = items @ reference.T
    base /= items.shape[1]
    base += config.offset
    kernel = base.copy()
    for _ in range(config.degree - 1):  # far quicker than a power
        kernel *= base
    return kernel


def _sums(items: Rows, reference: Rows, config: KernelConfig) -> _Sums:
    """Sum kernel values block by block; half of the blocks where the set is one."""
    same = items is reference
    rows, columns = np.zeros(len(items)), np.zeros(len(reference))
    squares = 0.0
    for top in range(0, len(items), _ROWS):
        above = slice(top, top + _ROWS)
        for left in range(top if same else 0, len(reference), _COLUMNS):
            beside = slice(left, left + _COLUMNS)
            block = _kernel(items[above], reference[beside], config)
            if same and left == top:  # each pair once, no item with itself
                block[np.tril_indices(len(block), 0, block.shape[1])] = 0.0
            rows[above] += block.sum(axis=1)
            columns[beside] += block.sum(axis=0)
            squares += float(np.vdot(block, block))
    if same:
        rows = rows + columns
        columns, squares = rows, 2.0 * squares
    return _Sums(rows, columns, squares)


def _spread(sums: _Sums, first: Rows, second: Rows, num_pairs: int) -> float:
    """Variance of kernel values about the means of both their items."""
    mean = first.mean()
    spread = sums.squares / num_pairs - np.mean(first**2) - np.mean(second**2)
    return max(float(spread + mean**2), 0.0)


def _null_band(
    real: Rows, scale: float, config: KernelConfig
) -> tuple[float, float, float]:
    """Quantiles of the distance of real from real, and the kernel's main variance."""
    ranked = canonical_rows(real)
    random = generator(config.seed, "null")
    half = min(len(ranked), config.max_null_items) // 2
    chosen = ranked[random.permutation(len(ranked))[: 2 * half]]
    kernel = _kernel(chosen, chosen, config)
    diagonal = float(np.trace(kernel))
    total = float(kernel.sum()) - diagonal
    signs = np.ones((2 * half, config.num_null_splits))
    signs[half:] = -1.0
    signs = random.permuted(signs, axis=0)
    # Pairs of one half minus pairs of different halves.
    contrast = np.einsum("ns,ns->s", signs, kernel @ signs) - diagonal
    within, across = (total + contrast) / 2.0, (total - contrast) / 2.0
    distances = within / (half * (half - 1)) - across / half**2
    tail = (1.0 - config.confidence) / 2.0
    low, high = np.quantile(distances, [tail, 1.0 - tail]) * scale * half / 2.0
    return float(min(low, 0.0)), float(max(high, 0.0)), _main_variance(kernel)


def _main_variance(kernel: Rows) -> float:
    """Largest eigenvalue of the centred kernel, an item's share of it."""
    centred = kernel - kernel.mean(axis=0)
    centred -= centred.mean(axis=1, keepdims=True)
    vector = centred[:, int(np.argmax(np.diag(centred)))].copy()
    size = 0.0
    for _ in range(_POWER_STEPS):
        size = float(np.linalg.norm(vector))
        if size == 0.0:
            return 0.0
        vector = centred @ (vector / size)
    return float(np.linalg.norm(vector)) / len(kernel)


def _estimate(measured: KernelDistance, size: int, config: KernelConfig) -> Estimate:
    quantile = NormalDist().inv_cdf((1.0 + config.confidence) / 2.0)
    width = quantile * measured.variance**0.5
    return Estimate(
        value=measured.value,
        low=measured.value - width,
        high=measured.value + width,
        num_samples=size,
        confidence=config.confidence,
    )


def _widened(null: Estimate, measured: KernelDistance) -> Estimate:
    quantile = NormalDist().inv_cdf((1.0 + null.confidence) / 2.0)
    width = quantile * measured.variance**0.5
    return null.model_copy(
        update={
            "value": measured.value,
            "low": min(null.low, measured.value - width),
            "high": max(null.high, measured.value + width),
        }
    )


def _min_detectable(null: Estimate, measured: KernelDistance, slope: float) -> float:
    """Find the distance that lies above the band four times in five.

    Its variance grows with it: by at most ``4 * slope`` for a shift along the main
    direction of the kernel.
    """
    power = NormalDist().inv_cdf(POWER)
    reach = null.high - null.value
    # d = reach + power * sqrt(second + 4 * slope * d), solved for d.
    middle = reach + 2.0 * slope * power**2
    rest = reach**2 - power**2 * measured.null_variance
    return float(middle + np.sqrt(max(middle**2 - rest, 0.0)))
