"""How far judges agree beyond chance.

Intervals resample the units that were judged (pairs, items), all judges of one together.
Where a resample has one answer throughout, which leaves nothing to agree about, it
counts as no agreement.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.evaluation.comparison.resampling import (
    checked_columns,
    percentile_estimate,
    resampled_sums,
)
from taojin.evaluation.intervals import IntervalConfig

Level = Literal["nominal", "ordinal", "interval"]
"""Whether answers are names, ranks, or numbers whose distances count."""
_MIN_JUDGES = 2
_MIN_ANSWERS = 2


def cohen_kappa(
    first: Sequence[str], second: Sequence[str], config: IntervalConfig
) -> Estimate:
    """Estimate the agreement of two judges on the same units (Cohen 1960).

    Returns:
        1 where they always agree, 0 where as often as by chance from their own shares
        of answers.

    Raises:
        DataError: If they did not judge the same number of units, or fewer than two,
            or gave one and the same answer throughout.
    """
    if len(first) != len(second):
        message = (
            f"kappa: {len(first)} answers beside {len(second)}; one each is needed"
        )
        raise DataError(message)
    names = sorted({*map(str, first), *map(str, second)})
    _require_variety("Cohen's kappa", len(names))
    number = {name: index for index, name in enumerate(names)}
    size = len(names)
    cells = [
        number[str(one)] * size + number[str(other)]
        for one, other in zip(first, second, strict=True)
    ]
    units = np.zeros((len(first), size * size))
    units[np.arange(len(first)), cells] = 1.0

    def kappa(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        table = sums.reshape(-1, size, size)
        table = table / table.sum((1, 2), keepdims=True)
        seen = np.trace(table, axis1=1, axis2=2)
        chance = (table.sum(1) * table.sum(2)).sum(1)
        return _beyond_chance(seen, chance)

    return _estimate("Cohen's kappa", units, kappa, config)


def fleiss_kappa(counts: ArrayLike, config: IntervalConfig) -> Estimate:
    """Estimate the agreement of many judges, not always the same (Fleiss 1971).

    Args:
        counts: How many judges gave each answer to each unit: [units, answers]; as
            many judges a unit.
        config: Coverage, resamples, seed.

    Raises:
        DataError: If units have different numbers of judges, or fewer than two, there
            are fewer than two units, or all answers are the same.
    """
    table = np.asarray(counts, dtype=np.float64)
    totals = table.sum(axis=1) if table.ndim == 2 else np.array([])
    if table.ndim != 2 or len(set(totals.tolist())) != 1 or totals[0] < _MIN_JUDGES:
        message = (
            f"Fleiss' kappa: units have {sorted(set(totals.tolist()))[:5]} judges; as "
            f"many each are needed, at least {_MIN_JUDGES}; Krippendorff's alpha takes "
            "different numbers"
        )
        raise DataError(message)
    _require_variety("Fleiss' kappa", int((table.sum(axis=0) > 0).sum()))
    num_judges = totals[0]
    agreeing = (np.square(table).sum(1) - num_judges) / (num_judges * (num_judges - 1))
    units = np.concatenate([table / num_judges, agreeing[:, None]], axis=1)

    def kappa(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        means = sums / len(units)
        return _beyond_chance(means[:, -1], np.square(means[:, :-1]).sum(1))

    return _estimate("Fleiss' kappa", units, kappa, config)


def krippendorff_alpha(
    ratings: ArrayLike, config: IntervalConfig, level: Level = "nominal"
) -> Estimate:
    """Estimate the agreement of judges who need not all have judged all (Krippendorff).

    Krippendorff 2011, "Computing Krippendorff's alpha-reliability".

    Args:
        ratings: Numbers that stand for answers: [units, judges]; NaN where a judge left
            the unit out. Units with fewer than two answers say nothing and are not
            counted.
        config: Coverage, resamples, seed.
        level: What the numbers mean.

    Raises:
        DataError: If fewer than two units have two answers, or all are the same.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or np.isinf(table).any():
        message = (
            f"Krippendorff's alpha: ratings have shape {table.shape} or are infinite; "
            "needed are numbers or NaN, [units, judges]"
        )
        raise DataError(message)
    table = table[(~np.isnan(table)).sum(axis=1) >= _MIN_JUDGES]
    values = np.unique(table[~np.isnan(table)])
    counts = (table[:, :, None] == values).sum(axis=1).astype(np.float64)
    size = len(values)
    _require_variety("Krippendorff's alpha", size)
    # Ordered pairs of answers of one unit, each unit weighing as much as its answers.
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs -= counts[:, :, None] * np.eye(size)
    pairs /= np.maximum(counts.sum(axis=1) - 1.0, 1.0)[:, None, None]

    def alpha(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        table = sums.reshape(-1, size, size)
        totals = table.sum(axis=2)
        distances = _distances(values, totals, level)
        seen = (table * distances).sum((1, 2)) * (totals.sum(1) - 1.0)
        chance = (totals[:, :, None] * totals[:, None, :] * distances).sum((1, 2))
        return np.where(chance > 0, 1.0 - seen / np.where(chance > 0, chance, 1.0), 0.0)

    return _estimate(
        "Krippendorff's alpha", pairs.reshape(-1, size * size), alpha, config
    )


def _distances(
    values: NDArray[np.float64], totals: NDArray[np.float64], level: Level
) -> NDArray[np.float64]:
    """Squared distances of answers: [resamples or 1, answers, answers]."""
    if level == "nominal":
        return 1.0 - np.eye(len(values))[None]
    if level == "interval":
        return np.square(values[:, None] - values)[None]
    middles = totals.cumsum(axis=1) - totals / 2.0
    return np.square(middles[:, :, None] - middles[:, None, :])


def _beyond_chance(
    seen: NDArray[np.float64], chance: NDArray[np.float64]
) -> NDArray[np.float64]:
    room = 1.0 - chance
    has_room = room > 1e-12
    return np.where(has_room, (seen - chance) / np.where(has_room, room, 1.0), 0.0)


def _require_variety(name: str, num_answers: int) -> None:
    if num_answers < _MIN_ANSWERS:
        message = (
            f"{name}: {num_answers} different answers; with fewer than two there is "
            "nothing to agree about beyond chance; judge units that differ"
        )
        raise DataError(message)


def _estimate(
    name: str,
    units: NDArray[np.float64],
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    config: IntervalConfig,
) -> Estimate:
    rows = checked_columns(units, name)
    value = float(statistic(rows.sum(axis=0, keepdims=True))[0])
    drawn = statistic(resampled_sums(rows, config, name))
    estimate = percentile_estimate(value, drawn, len(rows), config.confidence)
    low, high = min(estimate.low, value), max(estimate.high, value)
    return estimate.model_copy(update={"low": low, "high": high})
