"""Scores that are probabilities: Platt's scaling, and how far off a score still is.

Platt 1999 fits a sigmoid to margins of texts that the classifier was not trained on.
The expected calibration error is the mean distance between the score and the share of
positives in bins of equally many texts (Naeini et al. 2015; Nixon et al. 2019 on bins).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.errors import DataError

_NEWTON_STEPS = 50
_TOLERANCE = 1e-9
_RIDGE = 1e-9


class Reliability(NamedTuple):
    """How scores and shares of positives agree.

    Attributes:
        error: Expected calibration error, in [0, 1].
        scores: Mean score of each bin, rising.
        shares: Share of positives of each bin.
        counts: Texts of each bin.
    """

    error: float
    scores: NDArray[np.float64]
    shares: NDArray[np.float64]
    counts: NDArray[np.int64]


def sigmoid(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map margins to (0, 1) without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * margins))


def fit_platt(
    margins: NDArray[np.float64],
    positives: NDArray[np.bool_],
    importance: NDArray[np.float64] | None = None,
) -> tuple[float, float]:
    """Fit slope and intercept so that ``sigmoid(slope * margin + intercept)`` is honest.

    Newton's method on the likelihood of smoothed targets, as Platt proposed: they keep
    the slope finite where the margins separate the labels.

    Args:
        margins: Of texts that the classifier was not trained on.
        positives: Which are of the positive label.
        importance: How much each text counts; 1 if not given.

    Raises:
        DataError: If one of the labels is missing.
    """
    num_positives = int(positives.sum())
    num_negatives = len(positives) - num_positives
    if not num_positives or not num_negatives:
        message = (
            f"calibration needs texts of both labels, found {num_positives} positive "
            f"and {num_negatives} negative ones"
        )
        raise DataError(message)
    high = (num_positives + 1.0) / (num_positives + 2.0)
    low = 1.0 / (num_negatives + 2.0)
    targets = np.where(positives, high, low)
    spread = float(np.std(margins)) or 1.0  # so that steps are of one size
    design = np.stack([margins / spread, np.ones(len(margins))])
    counted = np.ones(len(margins)) if importance is None else importance
    fitted = np.array([0.0, np.log((num_positives + 1.0) / (num_negatives + 1.0))])
    for _ in range(_NEWTON_STEPS):
        scores = sigmoid(fitted @ design)
        gradient = design @ (counted * (scores - targets))
        curvature = (design * (counted * scores * (1.0 - scores))) @ design.T
        step = np.linalg.solve(curvature + _RIDGE * np.eye(2), gradient)
        fitted = fitted - step
        if np.abs(step).max() < _TOLERANCE:
            break
    return float(fitted[0] / spread), float(fitted[1])


def measure_reliability(
    scores: NDArray[np.float64], positives: NDArray[np.bool_], num_bins: int = 10
) -> Reliability:
    """Compare scores with shares of positives, in bins of equally many texts.

    Raises:
        DataError: If there are fewer texts than bins.
    """
    if len(scores) < num_bins:
        message = f"{num_bins} bins need as many texts, found {len(scores)}"
        raise DataError(message)
    bins = np.array_split(np.argsort(scores, kind="stable"), num_bins)
    means = np.array([scores[rows].mean() for rows in bins])
    shares = np.array([positives[rows].mean() for rows in bins])
    counts = np.array([len(rows) for rows in bins])
    error = float((np.abs(means - shares) * counts).sum() / counts.sum())
    return Reliability(error, means, shares, counts)
