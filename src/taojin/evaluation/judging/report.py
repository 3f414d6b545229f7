"""All candidates on all axes, as one JSON-able report."""

from collections.abc import Mapping, Sequence
from typing import Any

from taojin.core.errors import DataError
from taojin.evaluation.comparison.curves import CurvePoint, quality_diversity_curve
from taojin.evaluation.comparison.tables import (
    ComparisonConfig,
    Measured,
    compare_models,
)
from taojin.evaluation.scores import Score

QUALITY, DIVERSITY = "kernel_distance", "recall"
"""What the curve over temperatures is drawn of."""


def report_candidates(
    judged: Mapping[str, Sequence[Measured]],
    families: Mapping[str, Mapping[float, str]],
    config: ComparisonConfig,
) -> dict[str, Any]:
    """Put scores, differences and curves together.

    Args:
        judged: Measurements by candidate.
        families: Names of candidates that are one model at several temperatures, by
            model and temperature.
        config: Intervals, correction, baseline.

    Returns:
        ``candidates``, by name the scores by metric; ``comparison``, see
        :func:`~taojin.evaluation.comparison.tables.compare_models`, null for one
        candidate; ``not_compared``, metrics that some candidate lacks; ``curves`` by
        model, see
        :func:`~taojin.evaluation.comparison.curves.quality_diversity_curve`.

    Raises:
        DataError: If extractors differ, or a curve lacks a metric.
    """
    names = [{one.score.name for one in measured} for measured in judged.values()]
    shared = set.intersection(*names)
    comparison = None
    if len(judged) > 1:
        comparison = compare_models(
            {
                name: [one for one in measured if one.score.name in shared]
                for name, measured in judged.items()
            },
            config,
        )
    return {
        "candidates": {
            name: {"scores": {one.score.name: one.score.model_dump() for one in some}}
            for name, some in judged.items()
        },
        "comparison": comparison,
        "not_compared": sorted(set.union(*names) - shared),
        "curves": {
            model: _curve(judged, points)
            for model, points in families.items()
            if len(points) > 1
        },
    }


def _curve(
    judged: Mapping[str, Sequence[Measured]], points: Mapping[float, str]
) -> dict[str, Any]:
    rows = [
        CurvePoint(
            temperature=temperature,
            quality=_score_of(judged[name], QUALITY),
            diversity=_score_of(judged[name], DIVERSITY),
        )
        for temperature, name in points.items()
    ]
    return {
        "quality": QUALITY,
        "diversity": DIVERSITY,
        "points": quality_diversity_curve(rows),
    }


def _score_of(measured: Sequence[Measured], name: str) -> Score:
    for one in measured:
        if one.score.name == name:
            return one.score
    message = (
        f"a curve over temperatures needs {name}, which was not measured; name its "
        "distance in judging.distances, or give one temperature"
    )
    raise DataError(message)
