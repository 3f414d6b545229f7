"""Quality against diversity, as the temperature of sampling rises.

One temperature flatters one model: what counts is the curve (Caccia et al. 2020,
"Language GANs falling short").
"""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.core.randomness import generator
from taojin.evaluation.comparison.resampling import (
    centred_p_value,
    percentile_estimate,
)
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.scores import Score, require_comparable

_MIN_POINTS = 2
_NUM_STEPS = 200
"""Steps of the integral over diversity."""


class CurvePoint(StageConfig):
    """One temperature's quality and diversity."""

    temperature: float = Field(ge=0.0)
    quality: Score
    diversity: Score


def quality_diversity_curve(points: Sequence[CurvePoint]) -> list[dict[str, Any]]:
    """Lay out a curve, and say which temperatures no one should choose.

    Args:
        points: At least two, each temperature once.

    Returns:
        JSON-able, by rising temperature: ``temperature``, ``quality`` and
        ``diversity`` (estimates as measured), ``dominated`` (another temperature is no
        worse in both and better in one), ``clearly_dominated`` (another's intervals lie
        wholly on the better side of both).

    Raises:
        DataError: If there are too few points, a temperature stands twice, or a metric
            is not the same along the curve or has no better side.
    """
    ordered = _checked(points)
    values = np.array(
        [[_turned(score).value for score in _both(point)] for point in ordered]
    )
    lows = np.array(
        [[_turned(score).low for score in _both(point)] for point in ordered]
    )
    highs = np.array(
        [[_turned(score).high for score in _both(point)] for point in ordered]
    )
    return [
        {
            "temperature": point.temperature,
            "quality": point.quality.estimate.model_dump(),
            "diversity": point.diversity.estimate.model_dump(),
            "dominated": bool(
                ((values >= own).all(axis=1) & (values > own).any(axis=1)).any()
            ),
            "clearly_dominated": bool((lows > high).all(axis=1).any()),
        }
        for point, own, high in zip(ordered, values, highs, strict=True)
    ]


def area_between(
    first: Sequence[CurvePoint], second: Sequence[CurvePoint], config: IntervalConfig
) -> dict[str, Any]:
    """Average how much better one model's quality is at the same diversity.

    At a diversity a model has the best quality that it, or a mix of two of its
    temperatures, reaches at that diversity or more. The interval redraws every point
    from its own intervals, taken for normal and independent.

    Args:
        first: Curve of one model.
        second: Curve of the other; the same metrics.
        config: Coverage, draws, seed.

    Returns:
        JSON-able: ``gain``, an estimate of first less second in the units of quality,
        averaged over the diversities that both reach, positive where first is better;
        ``p_value``; ``from_diversity`` and ``to_diversity``, as measured.

    Raises:
        DataError: If the curves' metrics are not comparable, or they share no range of
            diversity: one is then more diverse throughout, and no quality compares.
    """
    curves = [_checked(first), _checked(second)]
    for one, other in zip(_both(curves[0][0]), _both(curves[1][0]), strict=True):
        require_comparable(one, other)
    measured = [_turned_values(curve) for curve in curves]
    low = max(points[:, 1].min() for points in measured)
    high = min(points[:, 1].max() for points in measured)
    if low >= high:
        message = (
            f"the curves share no range of {curves[0][0].diversity.name}: one ends at "
            f"{high:.4g} where the other begins at {low:.4g}; sample more temperatures"
        )
        raise DataError(message)
    grid = np.linspace(low, high, _NUM_STEPS + 1)
    value = _mean_gap(measured, grid)
    draws = [
        _draws(curve, side, config)
        for side, curve in zip(("first", "second"), curves, strict=True)
    ]
    gaps = np.array(
        [_mean_gap(pair, grid) for pair in zip(draws[0], draws[1], strict=True)]
    )
    num_items = min(point.quality.num_generated for curve in curves for point in curve)
    turned = _turn(curves[0][0].diversity)
    ends = sorted((turned * low, turned * high))
    return {
        "gain": percentile_estimate(
            value, gaps, num_items, config.confidence
        ).model_dump(),
        "p_value": centred_p_value(value, gaps),
        "from_diversity": float(ends[0]),
        "to_diversity": float(ends[1]),
    }


def _checked(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    temperatures = [point.temperature for point in points]
    if len(set(temperatures)) < max(_MIN_POINTS, len(points)):
        message = (
            f"a curve needs at least {_MIN_POINTS} temperatures, each once; found "
            f"{sorted(temperatures)}"
        )
        raise DataError(message)
    for point in points:
        for one, other in zip(_both(points[0]), _both(point), strict=True):
            require_comparable(one, other)
    for score in _both(points[0]):
        if score.better == "like_real":
            message = (
                f"{score.name} is best in the middle, and a curve needs a better side; "
                "take a metric that wants to be higher or lower"
            )
            raise DataError(message)
    return sorted(points, key=lambda point: point.temperature)


def _both(point: CurvePoint) -> tuple[Score, Score]:
    return point.quality, point.diversity


def _turn(score: Score) -> float:
    return 1.0 if score.better == "higher" else -1.0


def _turned(score: Score) -> Estimate:
    """Turn an estimate so that more is better."""
    estimate = score.estimate
    if score.better == "higher":
        return estimate
    return estimate.model_copy(
        update={
            "value": -estimate.value,
            "low": -estimate.high,
            "high": -estimate.low,
        }
    )


def _turned_values(curve: Sequence[CurvePoint]) -> NDArray[np.float64]:
    """Quality and diversity of each point, more is better: [points, 2]."""
    return np.array(
        [[_turn(score) * score.estimate.value for score in _both(p)] for p in curve]
    )


def _mean_gap(
    curves: Sequence[NDArray[np.float64]], grid: NDArray[np.float64]
) -> float:
    one, other = (_best_quality(points, grid) for points in curves)
    return float(np.trapezoid(one - other, grid) / (grid[-1] - grid[0]))


def _best_quality(
    points: NDArray[np.float64], grid: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Interpolate the upper hull of quality over diversity, never rising."""
    ranked = points[np.lexsort((points[:, 0], points[:, 1]))]
    hull: list[tuple[float, float]] = []
    for quality, diversity in ranked:
        while hull and (
            hull[-1][0] <= quality
            or (len(hull) > 1 and _bends_up(hull, quality, diversity))
        ):
            hull.pop()
        hull.append((float(quality), float(diversity)))
    corners = np.array(hull)
    return np.interp(grid, corners[:, 1], corners[:, 0])


def _bends_up(
    hull: list[tuple[float, float]], quality: float, diversity: float
) -> bool:
    (first_quality, first), (last_quality, last) = hull[-2:]
    rise = (last_quality - first_quality) * (diversity - first)
    return rise <= (quality - first_quality) * (last - first)


def _draws(
    curve: Sequence[CurvePoint], side: str, config: IntervalConfig
) -> NDArray[np.float64]:
    """Draw curves from the points' intervals: [draws, points, 2]."""
    scores = [[score.estimate for score in _both(point)] for point in curve]
    spreads = np.array(
        [
            [
                (one.high - one.low)
                / (2.0 * NormalDist().inv_cdf((1.0 + one.confidence) / 2.0))
                for one in pair
            ]
            for pair in scores
        ]
    )
    random = generator(config.seed, "quality_diversity", side)
    noise = random.standard_normal((config.num_resamples, *spreads.shape))
    return _turned_values(curve) + noise * spreads
