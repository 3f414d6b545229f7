"""Models beside each other on every axis, as data that a report can draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError, DataError
from taojin.core.estimates import Estimate
from taojin.core.randomness import generator
from taojin.evaluation.comparison.corrections import Correction, adjust
from taojin.evaluation.comparison.paired import paired_difference
from taojin.evaluation.comparison.resampling import (
    centred_p_value,
    checked_columns,
    percentile_estimate,
    resampled_sums,
)
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.scores import Score, require_comparable

_TIE = 0.5


class ComparisonConfig(StageConfig):
    """How models are compared."""

    intervals: IntervalConfig = IntervalConfig()
    """What is found is found at one less the confidence."""
    correction: Correction = "holm"
    """Over all differences of the table."""
    baseline: str | None = None
    """Compare every other model with this one; null compares all pairs."""


@dataclass(frozen=True)
class Measured:
    """A score, and what its interval was made of where that is known.

    Attributes:
        score: The score.
        per_item: Values whose mean the score is, one an item, in an order that all
            models share.
        resamples: Values of the score in resamples of the items that all models share.
    """

    score: Score
    per_item: NDArray[np.float64] | None = None
    resamples: NDArray[np.float64] | None = None


def compare_models(
    models: Mapping[str, Sequence[Measured]], config: ComparisonConfig
) -> dict[str, Any]:
    """Compare models by every metric they share.

    A difference is a gain: positive where the first model is better, which for metrics
    that want to be like real items is nearer to the score's null. Values an item on
    both sides give a paired bootstrap, or else resamples on both sides do; with
    neither, the two intervals are taken for normal and independent, which is said.

    Args:
        models: By name: a measurement a metric. All have the same metrics.
        config: Intervals, correction, baseline.

    Returns:
        JSON-able: ``models``; ``metrics``, for each ``name``, ``axis``, ``better``,
        ``null``, ``scores`` by model, and ``best``, the models that no other beats;
        ``differences``, for each pair and metric ``metric``, ``axis``, ``first``,
        ``second``, ``gain`` (an estimate), ``p_value``, ``adjusted_p_value``,
        ``winner`` (a model, or null where undecided), ``method`` (``paired_items``,
        ``paired_resamples`` or ``independent_intervals``); ``profiles``, by model and
        axis the share of comparisons won, undecided ones half; ``correction``.

    Raises:
        ConfigurationError: If the baseline is none of the models.
        DataError: If there are fewer than two models, their metrics differ or are not
            comparable, a metric wants real items and has no null, or paired values do
            not pair.
    """
    table = _by_metric(models)
    pairs = _pairs(list(models), config.baseline)
    differences = [
        {
            "metric": name,
            "axis": row[first].score.axis,
            "first": first,
            "second": second,
            **_difference(row[first], row[second], config.intervals),
        }
        for name, row in table.items()
        for first, second in pairs
    ]
    level = 1.0 - config.intervals.confidence
    p_values = [difference["p_value"] for difference in differences]
    for difference, p_value in zip(
        differences, adjust(p_values, config.correction), strict=True
    ):
        better = "first" if difference["gain"]["value"] > 0 else "second"
        difference["adjusted_p_value"] = float(p_value)
        difference["winner"] = difference[better] if p_value <= level else None
    return {
        "models": list(models),
        "metrics": [_metric_row(name, row, differences) for name, row in table.items()],
        "differences": differences,
        "profiles": {name: _profile(name, differences) for name in models},
        "correction": config.correction,
    }


def _by_metric(
    models: Mapping[str, Sequence[Measured]],
) -> dict[str, dict[str, Measured]]:
    if len(models) < 2:
        message = f"a comparison needs two models, there are {sorted(models)}"
        raise DataError(message)
    named = {
        model: {measured.score.name: measured for measured in several}
        for model, several in models.items()
    }
    first_model, first = next(iter(named.items()))
    for model, several in named.items():
        if len(several) != len(models[model]):
            names = [measured.score.name for measured in models[model]]
            twice = sorted({name for name in names if names.count(name) > 1})
            message = f"{model} has two scores of {twice}; give one a metric"
            raise DataError(message)
        if several.keys() != first.keys():
            unshared = sorted(several.keys() ^ first.keys())
            message = (
                f"{model} and {first_model} do not share the metrics {unshared[:5]}; "
                "compare models by the same metrics"
            )
            raise DataError(message)
        for name, measured in several.items():
            require_comparable(first[name].score, measured.score)
    return {
        name: {model: several[name] for model, several in named.items()}
        for name in first
    }


def _pairs(models: list[str], baseline: str | None) -> list[tuple[str, str]]:
    if baseline is None:
        return list(combinations(models, 2))
    if baseline not in models:
        message = f"comparison: baseline {baseline!r} is none of the models {models}"
        raise ConfigurationError(message)
    return [(model, baseline) for model in models if model != baseline]


def _difference(
    first: Measured, second: Measured, config: IntervalConfig
) -> dict[str, Any]:
    method = _method(first, second)
    if method == "paired_items":
        _require_means(first, second)
    if method == "paired_items" and first.score.better != "like_real":
        sign = 1.0 if first.score.better == "higher" else -1.0
        values = [sign * np.asarray(one.per_item) for one in (first, second)]
        found = paired_difference(values[0], values[1], config)
        gain, p_value = found.estimate, found.p_value
    else:
        gain, p_value = _resampled_gain(first, second, method, config)
    return {"gain": gain.model_dump(), "p_value": p_value, "method": method}


def _require_means(*measured: Measured) -> None:
    for one in measured:
        mean, value = np.mean(np.asarray(one.per_item)), one.score.estimate.value
        if not np.isclose(mean, value, rtol=1e-6, atol=1e-9):
            message = (
                f"{one.score.name}: the values of the items have mean {mean:.6g}, and "
                f"the score is {value:.6g}; give resamples of a score that is no mean"
            )
            raise DataError(message)


def _method(first: Measured, second: Measured) -> str:
    if first.per_item is not None and second.per_item is not None:
        shapes = np.shape(first.per_item), np.shape(second.per_item)
        method = "paired_items"
    elif first.resamples is not None and second.resamples is not None:
        shapes = np.shape(first.resamples), np.shape(second.resamples)
        method = "paired_resamples"
    else:
        return "independent_intervals"
    if shapes[0] != shapes[1] or len(shapes[0]) != 1:
        message = (
            f"{first.score.name}: values of shapes {shapes[0]} and {shapes[1]} do not "
            "pair; measure both models on the same items in the same order"
        )
        raise DataError(message)
    return method


def _resampled_gain(
    first: Measured, second: Measured, method: str, config: IntervalConfig
) -> tuple[Estimate, float]:
    if method == "paired_items":
        both = np.stack([np.asarray(one.per_item) for one in (first, second)], axis=1)
        rows = checked_columns(both, first.score.name)
        drawn = (resampled_sums(rows, config) / len(rows)).T
        num_units = len(rows)
    else:
        drawn = np.stack(
            [
                np.asarray(one.resamples, np.float64)
                if method == "paired_resamples"
                else _normal_draws(one.score, side, config)
                for side, one in (("first", first), ("second", second))
            ]
        )
        num_units = min(first.score.num_generated, second.score.num_generated)
    if not np.isfinite(drawn).all():
        message = f"{first.score.name}: not every resample is a finite number"
        raise DataError(message)
    gains = _goodness(first.score, drawn[0]) - _goodness(second.score, drawn[1])
    value = float(
        _goodness(first.score, first.score.estimate.value)
        - _goodness(second.score, second.score.estimate.value)
    )
    gain = percentile_estimate(value, gains, num_units, config.confidence)
    return gain, centred_p_value(value, gains)


def _normal_draws(
    score: Score, side: str, config: IntervalConfig
) -> NDArray[np.float64]:
    estimate = score.estimate
    reach = 2.0 * NormalDist().inv_cdf((1.0 + estimate.confidence) / 2.0)
    error = (estimate.high - estimate.low) / reach
    random = generator(config.seed, "independent_intervals", side)
    return random.normal(estimate.value, error, config.num_resamples)


def _goodness(score: Score, value: Any) -> Any:
    """Turn a value, or an array of them, so that more is better."""
    if score.better == "like_real":
        if score.null is None:
            message = (
                f"{score.name} wants to be like that of real items, and the score says "
                "nothing of those; measure its null"
            )
            raise DataError(message)
        return -np.abs(value - score.null.value)
    return value if score.better == "higher" else -value


def _metric_row(
    name: str, row: Mapping[str, Measured], differences: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    score = next(iter(row.values())).score
    beaten = {
        {first: second, second: first}[difference["winner"]]
        for difference in differences
        if difference["metric"] == name and difference["winner"] is not None
        for first, second in [(difference["first"], difference["second"])]
    }
    return {
        "name": name,
        "axis": score.axis,
        "better": score.better,
        "null": None if score.null is None else score.null.model_dump(),
        "scores": {
            model: one.score.estimate.model_dump() for model, one in row.items()
        },
        "best": [model for model in row if model not in beaten],
    }


def _profile(model: str, differences: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    outcomes: dict[str, list[float]] = {}
    for difference in differences:
        if model in (difference["first"], difference["second"]):
            winner = difference["winner"]
            outcome = _TIE if winner is None else float(winner == model)
            outcomes.setdefault(difference["axis"], []).append(outcome)
    return {axis: sum(several) / len(several) for axis, several in outcomes.items()}
