"""Other domains, times, sources and speakers: a column of the data says which."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student_t

from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.evaluation.comparison.corrections import adjust
from taojin.evaluation.comparison.resampling import detectable, resampled_sums
from taojin.evaluation.intervals import bootstrap_mean
from taojin.evaluation.scores import Score
from taojin.evaluation.shifts.drops import Drop, Quantity, RobustnessConfig

_MIN_ITEMS = 2


def held_out_groups(
    groups: Sequence[str], min_items: int = _MIN_ITEMS
) -> dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Split by groups: each in turn against the rest.

    Args:
        groups: The group of each item: its domain, year, source or speaker.
        min_items: Fewest items of a group, and of its rest.

    Returns:
        By group, in the order of names: indices of the rest (to fit on), and of the
        group (to judge on).

    Raises:
        DataError: If there are fewer than two groups, or one is too small; the
            message names it.
    """
    names = np.asarray([str(group) for group in groups])
    known, counts = np.unique(names, return_counts=True)
    if len(known) < 2:
        message = (
            f"a shift between groups needs two of them, found {known.tolist()}; name a "
            "column that tells items apart"
        )
        raise DataError(message)
    for name, count in zip(known.tolist(), counts.tolist(), strict=True):
        if min(count, len(names) - count) < min_items:
            message = (
                f"group {name!r} has {count} of {len(names)} items, and at least "
                f"{min_items} are needed in it and outside; join groups, or add items"
            )
            raise DataError(message)
    return {
        name: (np.flatnonzero(names != name), np.flatnonzero(names == name))
        for name in known.tolist()
    }


def group_drops(
    values: ArrayLike,
    groups: Sequence[str],
    quantity: Quantity,
    config: RobustnessConfig,
) -> list[Drop]:
    """Compare a measure in each group with that in the rest.

    The items differ, so nothing is paired: both sides are resampled on their own, and
    the p-value is Welch's. All groups are corrected together.

    Args:
        values: The measure of each item, by a model that did not see its group where
            :func:`held_out_groups` was used to fit it.
        groups: The group of each item.
        quantity: What the values are.
        config: Intervals and correction; strengths are not used.

    Returns:
        One drop a group, in the order of names, at strength 1.

    Raises:
        DataError: If groups are too few or small, values are not one an item, or not
            finite, or the quantity wants to be like that of real items.
    """
    measured = np.asarray(values, dtype=np.float64)
    if measured.shape != (len(groups),):
        message = (
            f"{quantity.name}: values have shape {measured.shape} and there are "
            f"{len(groups)} groups; give one value and one group an item"
        )
        raise DataError(message)
    found = [
        _drop(name, measured[rest], measured[own], quantity, config)
        for name, (rest, own) in held_out_groups(groups).items()
    ]
    adjusted = adjust([drop.p_value for drop in found], config.correction)
    return [
        drop.decided(float(p_value))
        for drop, p_value in zip(found, adjusted, strict=True)
    ]


def _drop(
    name: str,
    rest: NDArray[np.float64],
    own: NDArray[np.float64],
    quantity: Quantity,
    config: RobustnessConfig,
) -> Drop:
    intervals = config.intervals
    sign = quantity.sign()
    sides = [np.sort(sign * side) for side in (rest, own)]
    # bootstrap_mean refuses what is not finite.
    before, after = (bootstrap_mean(np.sort(side), intervals) for side in (rest, own))
    variances = [side.var(ddof=1) / len(side) for side in sides]
    error = float(np.sqrt(sum(variances)))
    drop = float(sides[0].mean() - sides[1].mean())
    drawn = [
        _resampled_means(side, which, config)
        for which, side in zip(("rest", name), sides, strict=True)
    ]
    tail = (1.0 - intervals.confidence) / 2.0
    low, high = np.quantile(drawn[0] - drawn[1], [tail, 1.0 - tail])
    estimate = Estimate(
        value=drop,
        low=float(low),
        high=float(high),
        num_samples=len(own),
        confidence=intervals.confidence,
    )
    return Drop(
        shift=name,
        strength=1.0,
        before=before,
        after=after,
        score=Score(
            name=f"{quantity.name}_drop",
            axis=quantity.axis,
            better="lower",
            estimate=estimate,
            min_detectable=detectable(error, intervals.confidence),
            extractor=quantity.extractor,
            num_generated=len(own),
            num_real=len(rest),
        ),
        p_value=_welch(drop, variances, [len(side) for side in sides]),
    )


def _resampled_means(
    side: NDArray[np.float64], name: str, config: RobustnessConfig
) -> NDArray[np.float64]:
    sums = resampled_sums(side[:, None], config.intervals, "group_drops", name)
    return sums[:, 0] / len(side)


def _welch(drop: float, variances: list[float], sizes: list[int]) -> float:
    total = float(sum(variances))
    if total == 0.0:
        return 1.0 if drop == 0.0 else 0.0
    parts = [
        variance**2 / (size - 1)
        for variance, size in zip(variances, sizes, strict=True)
    ]
    return float(2.0 * student_t.sf(abs(drop) / np.sqrt(total), total**2 / sum(parts)))
