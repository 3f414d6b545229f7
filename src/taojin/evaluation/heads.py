"""Scores of heads that give sets of labels, numbers, or comparisons."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.evaluation.intervals import (
    IntervalConfig,
    bootstrap_statistic,
    proportion,
)

_BOTH = 2


def label_set_scores(
    references: Sequence[Collection[str]],
    predictions: Sequence[Collection[str]],
    config: IntervalConfig,
) -> dict[str, Estimate]:
    """Compare sets of labels.

    Returns:
        ``exact``, the share of examples whose set is right as a whole (Wilson);
        ``micro_f1`` over all labels of all examples, and ``macro_f1``, the mean over
        the labels of the references (bootstrap over examples). A label that a resample
        lacks on both sides is left out there; without any label F1 is 1.

    Raises:
        DataError: If there are fewer than two examples, or not one prediction each.
    """
    _require_pairs(len(references), len(predictions))
    labels = sorted({str(label) for row in references for label in row})
    others = sorted({str(label) for row in predictions for label in row} - {*labels})
    true = _indicators(references, [*labels, *others])
    guessed = _indicators(predictions, [*labels, *others])
    num_exact = int((true == guessed).all(1).sum())

    def micro(rows: NDArray[np.int64]) -> float:
        both = true[rows].sum() + guessed[rows].sum()
        return float(2 * (true & guessed)[rows].sum() / both) if both else 1.0

    def macro(rows: NDArray[np.int64]) -> float:
        own = slice(0, len(labels))
        right = (true & guessed)[rows][:, own].sum(0)
        both = (true[rows].sum(0) + guessed[rows].sum(0))[own]
        seen = both > 0
        return float((2 * right[seen] / both[seen]).mean()) if seen.any() else 1.0

    return {
        "exact": proportion(num_exact, len(true), config.confidence),
        "micro_f1": bootstrap_statistic(micro, len(true), config),
        "macro_f1": bootstrap_statistic(macro, len(true), config),
    }


def regression_scores(
    references: ArrayLike, predictions: ArrayLike, config: IntervalConfig
) -> dict[str, Estimate]:
    """Compare numbers; bootstrap over examples.

    Returns:
        ``rmse``, root mean squared error, and ``mae``, mean absolute error, in the
        units of the data; ``r_squared``, the share of the variance explained, 0 where
        there is none; ``spearman``, the correlation of the ranks, 0 where one side is
        constant.

    Raises:
        DataError: If there are fewer than two examples, not one prediction each, or
            a number is not finite.
    """
    true, guessed = np.asarray(references, float), np.asarray(predictions, float)
    _require_pairs(len(true), len(guessed))
    bad = int((~np.isfinite(true) | ~np.isfinite(guessed)).sum())
    if bad:
        message = f"{bad} of {len(true)} pairs of numbers are not finite"
        raise DataError(message)
    errors = guessed - true

    def r_squared(rows: NDArray[np.int64]) -> float:
        variance = true[rows].var()
        return float(1 - np.square(errors[rows]).mean() / variance) if variance else 0.0

    statistics = {
        "rmse": lambda rows: float(np.sqrt(np.square(errors[rows]).mean())),
        "mae": lambda rows: float(np.abs(errors[rows]).mean()),
        "r_squared": r_squared,
        "spearman": lambda rows: _spearman(true[rows], guessed[rows]),
    }
    return {
        name: bootstrap_statistic(statistic, len(true), config)
        for name, statistic in statistics.items()
    }


def pairwise_accuracy(
    better: ArrayLike, other: ArrayLike, config: IntervalConfig
) -> Estimate:
    """Share of pairs whose better text has the higher score; ties count half.

    Wilson's interval, in which two ties are one success.

    Raises:
        DataError: If there is no pair, or not two scores each.
    """
    first, second = np.asarray(better, float), np.asarray(other, float)
    _require_pairs(len(first), len(second))
    num_right = int((first > second).sum()) + int((first == second).sum()) // _BOTH
    return proportion(num_right, len(first), config.confidence)


def _indicators(
    rows: Sequence[Collection[str]], labels: list[str]
) -> NDArray[np.bool_]:
    sets = [{str(label) for label in row} for row in rows]
    return np.array([[label in row for label in labels] for row in sets], bool).reshape(
        len(rows), len(labels)
    )


def _spearman(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    ranks = np.stack([rankdata(first), rankdata(second)])
    centred = ranks - ranks.mean(1, keepdims=True)
    norm = float(np.sqrt(np.square(centred).sum(1).prod()))
    return float((centred[0] * centred[1]).sum() / norm) if norm else 0.0


def _require_pairs(num_references: int, num_predictions: int) -> None:
    if num_references != num_predictions:
        message = f"{num_references} references have {num_predictions} predictions"
        raise DataError(message)
    if not num_references:
        message = "a task score needs examples, there are none; label more documents"
        raise DataError(message)
