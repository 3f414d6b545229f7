"""Comparisons at equal numbers of items, beside the same comparison of real items.

Most distances depend on how many items they are computed on, so a value means nothing
without what real items get at the same number. Here every set is cut into random
halves, again and again: halves of the generated items are compared with as large
halves of the real ones, and those with halves of other real items or, where there are
none, with each other. Values are means over the cuts.

Errors come from the same cuts. Two disjoint halves are independent, so how their
deviations from the mean go against each other is the variance of that mean, without
bias (Wang and Lindsay 2014). A bootstrap would repeat items, and an item that occurs
twice is its own nearest neighbour; leaving out single items is wrong for statistics
that jump, such as counts of neighbours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import stats

from taojin.core.config import StageConfig
from taojin.core.estimates import Estimate
from taojin.core.randomness import generator
from taojin.evaluation.features import (
    FeatureTable,
    canonical_rows,
    require_same_extractor,
)
from taojin.evaluation.scores import Axis, Direction, Score, require_items

Rows = NDArray[np.float64]
Statistic = Callable[[Rows, Rows], Rows]
"""Numbers ``[K]`` of items ``[n, dims]`` beside reference items ``[n, dims]``."""
Sets = tuple[FeatureTable, FeatureTable, FeatureTable | None]
"""Generated items, real ones, and other real ones if there are."""

POWER = 0.8
"""With it a difference of ``min_detectable`` is found."""
_LEAST_SHARE = 1.0 / 3.0
"""Of the variance over halves is that of their mean at least, see :func:`_variances`."""


class DrawConfig(StageConfig):
    """How many items are compared how often."""

    max_items: int = Field(default=5000, ge=8)
    """Compare at most so many items of each side; most costs grow with the square."""
    num_cuts: int = Field(default=20, ge=8)
    """How often the sets are cut into halves."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)
    """Nominal coverage of intervals."""
    seed: int = Field(default=0, ge=0)


class Measured(NamedTuple):
    """What a score says beside its numbers.

    Attributes:
        name: Of the score.
        axis: What it speaks about.
        better: Which values are good.
        lowest: No value is below.
        highest: No value is above.
        is_share: Whether it is a share of the items. Its error is then at least that
            of a share of independent items, for cuts show none near 0 and 1.
    """

    name: str
    axis: Axis
    better: Direction
    lowest: float = -np.inf
    highest: float = np.inf
    is_share: bool = False


@dataclass(frozen=True)
class Comparison:
    """Statistics of generated items and of real ones, ``[K]`` each.

    Attributes:
        values: Of generated items beside real ones.
        nulls: Of real items beside other real ones.
        errors: Standard errors of the values.
        null_errors: Standard errors of what a perfect generator would get.
        num_items: That are compared with as many at once; values depend on it.
        num_samples: Items of each side that were used.
        config: How they were computed.
        extractor: Who made the features.
    """

    values: Rows
    nulls: Rows
    errors: Rows
    null_errors: Rows
    num_items: int
    num_samples: int
    config: DrawConfig
    extractor: str

    def score(self, index: int, what: Measured) -> Score:
        """Make the score of one of the statistics."""
        value, null = float(self.values[index]), float(self.nulls[index])
        error, null_error = float(self.errors[index]), float(self.null_errors[index])
        if what.is_share:
            error = max(error, _share_error(value, self.num_samples))
            null_error = max(null_error, _share_error(null, self.num_samples))
        reach = self.quantile + NormalDist().inv_cdf(POWER)
        return Score(
            name=what.name,
            axis=what.axis,
            better=what.better,
            estimate=self._estimate(value, error, what),
            null=self._estimate(null, null_error, what),
            min_detectable=reach * null_error,
            extractor=self.extractor,
            num_generated=self.num_items,
            num_real=self.num_items,
        )

    @property
    def quantile(self) -> float:
        """Errors to either side of a value; of Student, as errors are estimated."""
        upper = (1.0 + self.config.confidence) / 2.0
        return float(stats.t.ppf(upper, self.config.num_cuts - 1))

    def _estimate(self, value: float, error: float, what: Measured) -> Estimate:
        width = self.quantile * error
        return Estimate(
            value=value,
            low=min(value, max(what.lowest, value - width)),
            high=max(value, min(what.highest, value + width)),
            num_samples=self.num_samples,
            confidence=self.config.confidence,
        )


def compare(
    metric: str,
    statistic: Statistic,
    sets: Sets,
    num_needed: int,
    config: DrawConfig,
    *,
    ignores_reference: bool = False,
    null_order: Literal[1, 2] = 1,
) -> Comparison:
    """Compute a statistic of generated and of real items, with their errors.

    The order of the items makes no difference. Of larger sets random parts are used.

    Args:
        metric: For messages.
        statistic: Of items and reference items, as many of each.
        sets: What is compared.
        num_needed: Fewest items that the statistic is computed on.
        config: Numbers and seed.
        ignores_reference: Whether the statistic is one of the items alone, so that
            the null's own error counts beside that of the value.
        null_order: Power of the inverse number of items with which the variance of
            the statistic falls where nothing differs: 1 for means, 2 for squares of
            differences and divergences.

    Raises:
        DataError: If the extractors differ, or there are too few items; every set
            must hold twice as many as are compared at once.
    """
    extractor = require_same_extractor(*sets)
    # Without other real items these are cut once more, for the error of the null.
    factors = (2, 4) if sets[2] is None else (2, 2, 2)
    for side, table, factor in zip(
        ("generated", "real", "other real"), sets, factors, strict=False
    ):
        if table is not None:
            require_items(metric, len(table), factor * num_needed, side)
    pools = [canonical_rows(table.values) for table in sets if table is not None]
    half = min(config.max_items, *map(len, pools)) // 2
    cuts = [
        _cut(statistic, pools, half, number, config)
        for number in range(config.num_cuts)
    ]
    values, nulls, among_real = (np.stack(parts) for parts in zip(*cuts, strict=True))
    null_variances = _variances(among_real)
    if sets[2] is None:
        # They were computed on half as many real items as there are.
        null_variances = null_variances / 2.0**null_order
    if ignores_reference:
        null_variances = null_variances * 2.0
    return Comparison(
        values=values.mean(axis=(0, 1)),
        nulls=nulls.mean(axis=(0, 1)),
        errors=np.sqrt(_variances(values)),
        null_errors=np.sqrt(null_variances),
        num_items=half,
        num_samples=2 * half,
        config=config,
        extractor=extractor,
    )


def _cut(
    statistic: Statistic, pools: list[Rows], half: int, number: int, config: DrawConfig
) -> tuple[Rows, Rows, Rows]:
    """Values, nulls, and real items beside independent real ones, ``[2, K]`` each."""
    halves = []
    for place, pool in enumerate(pools):
        order = generator(config.seed, "cuts", number, place).permutation(len(pool))
        halves.append((pool[order[:half]], pool[order[half : 2 * half]]))
    generated, real, *other = halves
    values = _both(statistic, generated, real)
    if other:
        nulls = _both(statistic, other[0], real)
        return values, nulls, nulls
    nulls = _both(statistic, (real[1], real[0]), real)
    quarter = half // 2
    parts = [(rows[:quarter], rows[quarter : 2 * quarter]) for rows in real]
    return values, nulls, _both(statistic, parts[1], parts[0])


def _both(
    statistic: Statistic, items: tuple[Rows, Rows], reference: tuple[Rows, Rows]
) -> Rows:
    return np.stack([statistic(*pair) for pair in zip(items, reference, strict=True)])


def _variances(values: Rows) -> Rows:
    """Variance ``[K]`` of the mean of values of disjoint halves, ``[cuts, 2, K]``.

    Where a statistic is nearly a mean over items, halves deviate by opposite amounts,
    and their variance is that of the mean. Where it is nearly a mean over pairs, as
    squares of small differences are, it is three times that; the estimate is kept
    between the two, for few cuts leave it noisy. The noise of the cuts is added.
    """
    deviations = values - values.mean(axis=(0, 1))
    variance = np.mean(deviations**2, axis=(0, 1)) * len(values) / (len(values) - 1)
    opposed = -np.mean(deviations[:, 0] * deviations[:, 1], axis=0)
    kept = np.clip(opposed, _LEAST_SHARE * variance, variance)
    return kept + variance / (2 * len(values))


def _share_error(share: float, num_items: int) -> float:
    """Standard error that is not 0 at the ends (Agresti and Coull 1998)."""
    moved = (share * num_items + 2.0) / (num_items + 4.0)
    return float(np.sqrt(moved * (1.0 - moved) / num_items))
