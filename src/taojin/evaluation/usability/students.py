"""What is trained on generated items, to see whether they teach."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from pydantic import Field
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.evaluation.baselines import BaselineConfig, tfidf_labels
from taojin.evaluation.features import FeatureTable


@dataclass(frozen=True)
class LabelledItems:
    """Items, each with its label.

    Attributes:
        items: Texts, or one row of features an item.
        labels: As many.
        extractor: Fingerprint of what made the features; null for texts.

    Raises:
        DataError: If there are not as many labels as items, or a label is empty.
    """

    items: Sequence[Any]
    labels: Sequence[str]
    extractor: str | None = None

    def __post_init__(self) -> None:
        if len(self.items) != len(self.labels):
            message = f"{len(self.items)} items have {len(self.labels)} labels; each needs one"
            raise DataError(message)
        empty = sum(not str(label) for label in self.labels)
        if empty:
            message = f"{empty} of {len(self.labels)} labels are empty; label the items"
            raise DataError(message)

    def __len__(self) -> int:
        return len(self.items)

    @classmethod
    def of_features(cls, table: FeatureTable, labels: Sequence[str]) -> Self:
        """Label the rows of a table of features."""
        return cls(list(table.values), labels, table.extractor)

    def take(self, rows: Sequence[int] | np.ndarray) -> Self:
        """Choose items by their numbers."""
        return type(self)(
            [self.items[row] for row in rows],
            [str(self.labels[row]) for row in rows],
            self.extractor,
        )

    def joined(self, other: "LabelledItems") -> "LabelledItems":
        """Put these items and others together."""
        return LabelledItems(
            [*self.items, *other.items],
            [*self.labels, *other.labels],
            self.extractor,
        )


class Student(Protocol):
    """Learns labels from some items and tells those of others."""

    def __call__(
        self, train: LabelledItems, items: Sequence[Any], seed: int, /
    ) -> list[str]:
        """Train anew, and predict one label an item."""
        ...


class FeatureStudentConfig(StageConfig):
    """Logistic regression on features."""

    inverse_penalty: float = Field(default=1.0, gt=0.0)
    """C of the regression; larger is less regularised."""
    max_steps: int = Field(default=500, ge=10)
    """Most steps of its solver."""


def text_student(config: BaselineConfig) -> Student:
    """Make a student of texts: TF-IDF of words and characters, logistic regression."""

    def predict(
        train: LabelledItems,
        items: Sequence[Any],
        seed: int,  # noqa: ARG001
    ) -> list[str]:
        # Sorted: its solver's last digits depend on the order of the examples.
        pairs = sorted(zip(train.items, train.labels, strict=True))
        frame = pd.DataFrame(pairs, columns=["text", "label"])
        return tfidf_labels(frame, items, config)

    return predict


def feature_student(config: FeatureStudentConfig) -> Student:
    """Make a student of features: logistic regression on standardised dimensions."""

    def predict(
        train: LabelledItems,
        items: Sequence[Any],
        seed: int,  # noqa: ARG001
    ) -> list[str]:
        values, labels = np.asarray(train.items, np.float64), np.asarray(train.labels)
        order = np.lexsort((labels, *values.T[::-1]))
        model = make_pipeline(
            StandardScaler(),
            LogisticRegression(C=config.inverse_penalty, max_iter=config.max_steps),
        )
        model.fit(values[order], labels[order])
        guesses = model.predict(np.asarray(items, np.float64))
        return [str(guess) for guess in guesses]

    return predict
