"""Confidences that mean what they say: of answers 80 % sure, 80 % are right."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from taojin.core.errors import DataError

_LOG_TEMPERATURE_BOUNDS = (-4.0, 4.0)


def fit_temperature(logits: np.ndarray, classes: np.ndarray) -> float:
    """Find the temperature at which held-out answers are most likely.

    One number cannot change which class is first, and a few dozen labels fix it
    (temperature scaling, Guo et al. 2017).

    Args:
        logits: ``[examples, classes]``; minus infinity for a class that the
            classifier never saw. Examples of such a class are left out.
        classes: The right class of each example.

    Returns:
        The temperature to divide logits by: above 1 where the classifier is too
        sure of itself, below 1 where it is not sure enough.

    Raises:
        DataError: If no example is left.
    """
    rows = np.arange(len(classes))
    known = np.isfinite(logits[rows, classes]) if len(classes) else rows.astype(bool)
    if not known.any():
        message = (
            f"calibration needs validation examples of the classes with labels, and "
            f"none of {len(classes)} is one; label some of the validation split"
        )
        raise DataError(message)
    kept, right, places = logits[known], classes[known], np.arange(int(known.sum()))

    def loss(log_temperature: float) -> float:
        scores = log_softmax(kept / np.exp(log_temperature), axis=1)
        return float(-scores[places, right].mean())

    found = minimize_scalar(loss, bounds=_LOG_TEMPERATURE_BOUNDS, method="bounded")
    return float(np.exp(found.x))


def probabilities(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Probabilities ``[examples, classes]``; 0 for a class that was never seen."""
    return softmax(logits / temperature, axis=1)


def expected_calibration_error(
    predicted: np.ndarray, classes: np.ndarray, num_bins: int = 15
) -> float:
    """Mean distance of confidence from accuracy, over bins of equal width.

    Args:
        predicted: Probabilities, ``[examples, classes]``, at least one example.
        classes: The right class of each example.
        num_bins: Bins of the confidence from 0 to 1.

    Returns:
        0 for perfect calibration, at most 1 (Naeini et al. 2015).
    """
    confidence = predicted.max(axis=1)
    is_right = predicted.argmax(axis=1) == classes
    bins = np.minimum((confidence * num_bins).astype(int), num_bins - 1)
    gaps = np.bincount(bins, weights=confidence - is_right, minlength=num_bins)
    return float(np.abs(gaps).sum() / len(classes))
