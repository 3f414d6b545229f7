"""What a trained model must beat: simple methods on the same examples."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pydantic import Field
from sklearn.linear_model import LogisticRegression

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.features.ngram_weights import ngram_vectoriser

_MIN_LABELS = 2
_ROWS_AT_ONCE = 256


class BaselineConfig(StageConfig):
    """Size of the TF-IDF baselines."""

    max_features: int = Field(default=20_000, ge=10)
    """Most frequent word n-grams kept, and as many character n-grams."""
    inverse_penalty: float = Field(default=10.0, gt=0.0)
    """C of the logistic regression; larger is less regularised."""


def majority_labels(train_labels: Sequence[str], num_examples: int) -> list[str]:
    """Predict the most frequent train label for every example; ties go by name.

    Raises:
        DataError: If there is no train label.
    """
    return [_most_frequent(train_labels)] * num_examples


def tfidf_labels(
    train: pd.DataFrame, texts: Sequence[str], config: BaselineConfig
) -> list[str]:
    """Predict labels by TF-IDF (words 1-2, characters 2-5) and logistic regression.

    Args:
        train: ``text`` and ``label``, at least two labels.
        texts: What to predict labels for.
        config: Size.

    Raises:
        DataError: If the train examples have fewer than two labels.
    """
    labels = train["label"].tolist()
    if len(set(labels)) < _MIN_LABELS:
        message = f"a classifier needs two labels, found {sorted(set(labels))}"
        raise DataError(message)
    if not len(texts):
        return []
    vectoriser = ngram_vectoriser(config.max_features)
    features = vectoriser.fit_transform(train["text"].tolist())
    model = LogisticRegression(C=config.inverse_penalty, max_iter=300, tol=1e-3)
    model.fit(features, labels)
    return [str(label) for label in model.predict(vectoriser.transform(list(texts)))]


def most_frequent_target(train_targets: Sequence[str], num_examples: int) -> list[str]:
    """Answer every prompt with the most frequent train target; ties go by text.

    Raises:
        DataError: If there is no train target.
    """
    return [_most_frequent(train_targets)] * num_examples


def nearest_targets(
    train: pd.DataFrame, prompts: Sequence[str], config: BaselineConfig
) -> list[str]:
    """Answer each prompt with the target of the most similar train prompt.

    Similarity is the cosine of TF-IDF vectors; ties go to the earlier example.

    Args:
        train: ``prompt`` and ``target``.
        prompts: What to answer.
        config: Size.

    Raises:
        DataError: If there is no train example.
    """
    if not len(train):
        message = "retrieval needs train examples, there are none"
        raise DataError(message)
    if not len(prompts):
        return []
    vectoriser = ngram_vectoriser(config.max_features)
    known = vectoriser.fit_transform(train["prompt"].tolist()).T.tocsr()
    asked = vectoriser.transform(list(prompts))
    nearest = [
        np.asarray(
            (asked[start : start + _ROWS_AT_ONCE] @ known).argmax(axis=1)
        ).ravel()
        for start in range(0, len(prompts), _ROWS_AT_ONCE)
    ]
    return train["target"].iloc[np.concatenate(nearest)].tolist()


def _most_frequent(values: Sequence[str]) -> str:
    if not len(values):
        message = "a baseline needs train examples, there are none"
        raise DataError(message)
    counts = pd.Series(list(values)).value_counts()
    return str(min(counts.index[counts == counts.max()]))
