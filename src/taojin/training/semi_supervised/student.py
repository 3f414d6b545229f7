"""The cheap classifier: a logistic regression on vectors of texts."""

from typing import NamedTuple, Self

import numpy as np
from sklearn.linear_model import LogisticRegression

from taojin.core.errors import DataError
from taojin.training.semi_supervised.config import StudentConfig


class Known(NamedTuple):
    """Texts whose class is known.

    Attributes:
        rows: Which rows of the features they are.
        classes: Their classes, as numbers from 0.
    """

    rows: np.ndarray
    classes: np.ndarray


class Student:
    """A classifier of vectors over a fixed number of classes.

    It trains in milliseconds, so that it can be trained again after every label.
    """

    def __init__(self, num_classes: int, config: StudentConfig) -> None:
        self._num_classes = num_classes
        self._config = config
        self._seen = np.zeros(0, int)
        self._model: LogisticRegression | None = None

    def fit(
        self,
        features: np.ndarray,
        classes: np.ndarray,
        weights: np.ndarray | None = None,
    ) -> Self:
        """Train anew.

        Args:
            features: ``[examples, dimensions]``.
            classes: Numbers from 0; some classes may be missing.
            weights: How much each example counts; null counts them alike.

        Raises:
            DataError: If there is no example.
        """
        if not len(classes):
            message = "a student needs labelled examples, and there are none"
            raise DataError(message)
        self._seen, self._model = np.unique(classes), None
        if len(self._seen) > 1:
            config = self._config
            model = LogisticRegression(
                C=config.inverse_penalty, max_iter=config.max_iterations, tol=1e-3
            )
            self._model = model.fit(features, classes, sample_weight=weights)
        return self

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Logits ``[examples, classes]``; minus infinity for classes never seen."""
        result = np.full((len(features), self._num_classes), -np.inf)
        if self._model is None:
            result[:, self._seen] = 0.0
            return result
        scores = self._model.decision_function(features)
        if scores.ndim == 1:  # two classes have one score, of the second
            scores = np.stack([np.zeros_like(scores), scores], axis=1)
        result[:, self._seen] = scores
        return result

    def predict(self, features: np.ndarray) -> np.ndarray:
        """The most likely class of each example."""
        return self.logits(features).argmax(axis=1)
