"""Train classifiers over hashed n-grams from labelled texts."""

import warnings
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from taojin.core.errors import ConfigurationError, DataError
from taojin.core.randomness import generator
from taojin.core.text_buffers import TextBuffers, text_buffers
from taojin.curation.learned.calibration import fit_platt, measure_reliability, sigmoid
from taojin.curation.learned.config import ClassifierConfig
from taojin.curation.learned.linear import LinearTextModel, bucket_lists
from taojin.curation.learned.windows import spread_windows

_FEATURE_SCALE = 30.0
"""Shares of n-grams are about 1/30 each; the solver wants numbers about 1."""
_TOLERANCE = 1e-3
_LARGEST = 127
_PAIR = 2


def train_classifier(table: pa.Table, config: ClassifierConfig) -> LinearTextModel:
    """Train a calibrated classifier: logistic regression over hashed n-grams.

    With two labels the score is the probability of ``positive_label``, calibrated by
    Platt's scaling of cross-validated margins; with more it is the softmax over all.

    Args:
        table: ``text`` and ``label`` (text, number or boolean); a column ``weight``
            says how much a text counts, 1 without it.
        config: Features and training.

    Returns:
        The model; ``note`` holds the number of texts, and for two labels the
        cross-validated AUC, accuracy and calibration error.

    Raises:
        DataError: If there are not at least two labels, or too few texts of one.
        ConfigurationError: If ``positive_label`` is not one of two labels.
    """
    texts = text_buffers(table["text"])
    names = [_label_name(label) for label in table["label"].to_pylist()]
    labels = _ordered_labels(names, config)
    targets = np.array([labels.index(name) for name in names])
    features = _features(texts, config)
    importance = _text_weights(table)
    weights, bias = _fit(features, targets, importance, config)
    if len(labels) > _PAIR:
        model = _quantised(weights, bias, labels, config)
        return _noted(model, {"num_texts": len(names)})
    positives = targets == 1
    held_out = _cross_validated(features, positives, importance, config)
    slope, intercept = fit_platt(held_out, positives, importance)
    model = _quantised(slope * weights, slope * bias + intercept, labels, config)
    scores = sigmoid(slope * held_out + intercept)
    return _noted(
        model,
        {
            "num_texts": len(names),
            "num_positives": int(positives.sum()),
            "cross_validated_auc": area_under_curve(held_out, positives),
            "cross_validated_accuracy": float(((scores > 0.5) == positives).mean()),
            "calibration_error": measure_reliability(scores, positives).error,
        },
    )


def train_importance(
    trusted: pa.ChunkedArray | pa.Array,
    others: pa.ChunkedArray | pa.Array,
    config: ClassifierConfig,
) -> LinearTextModel:
    """Weigh n-grams by how much commoner they are in trusted texts.

    The log ratio of two bags of hashed n-grams, as data selection by importance
    resampling uses it (Xie et al. 2023), a n-gram: positive like the trusted texts.

    Args:
        trusted: What documents should be like.
        others: What documents at large are like.
        config: ``kind``, ``bits``, ``smoothing`` and ``max_bytes`` are read.

    Raises:
        DataError: If either holds no text.
    """
    counts = [_bucket_counts(column, config) for column in (trusted, others)]
    if not all(count.any() for count in counts):
        message = "importance needs trusted texts and others, one of them has no text"
        raise DataError(message)
    near, far = (np.log((count + 1.0) / (count + 1.0).sum()) for count in counts)
    weights = ((near - far) / _FEATURE_SCALE)[:, None]
    labels = ("others", "trusted")
    return _quantised(weights, np.zeros(1), labels, config)


def area_under_curve(
    scores: NDArray[np.float64], positives: NDArray[np.bool_]
) -> float:
    """Chance that a positive text scores above a negative one; ties count half."""
    ordered = np.sort(scores[~positives])
    wins = np.searchsorted(ordered, scores[positives], side="left")
    ties = np.searchsorted(ordered, scores[positives], side="right")
    pairs = max(1, len(ordered) * int(positives.sum()))
    return float((wins + ties).sum() / 2.0 / pairs)


def _label_name(label: Any) -> str:
    return str(int(label)) if isinstance(label, bool) else str(label)


def _ordered_labels(names: list[str], config: ClassifierConfig) -> tuple[str, ...]:
    labels = sorted(set(names))
    if len(labels) < _PAIR:
        message = f"a classifier needs two labels, found {labels}"
        raise DataError(message)
    if len(labels) > _PAIR:
        return tuple(labels)
    if config.positive_label not in labels:
        message = (
            f"positive_label is {config.positive_label!r}, which is none of the labels "
            f"{labels}; name one of them"
        )
        raise ConfigurationError(message)
    rarest = min(names.count(label) for label in labels)
    if rarest < config.num_folds:
        message = (
            f"{rarest} texts of a label are fewer than num_folds {config.num_folds}; "
            "label more texts"
        )
        raise DataError(message)
    return tuple(sorted(labels, key=lambda label: label == config.positive_label))


def _features(texts: TextBuffers, config: ClassifierConfig) -> Any:
    """Make the matrix of shares of n-grams; float32, a row a text."""
    windows = spread_windows(texts, config.max_bytes)
    found, offsets = bucket_lists(texts, windows, config.kind, config.bits)
    rows = np.searchsorted(windows.owners, np.arange(texts.num_texts + 1))
    offsets = offsets[rows]
    counts = np.diff(offsets)
    shares = np.float32(_FEATURE_SCALE) / (counts + config.smoothing).astype(np.float32)
    matrix = scipy.sparse.csr_matrix(
        (np.repeat(shares, counts), found, offsets),
        shape=(texts.num_texts, 1 << config.bits),
    )
    matrix.sum_duplicates()
    return matrix


def _bucket_counts(
    column: pa.ChunkedArray | pa.Array, config: ClassifierConfig
) -> NDArray[np.int64]:
    texts = text_buffers(column)
    windows = spread_windows(texts, config.max_bytes)
    found, _ = bucket_lists(texts, windows, config.kind, config.bits)
    return np.bincount(found, minlength=1 << config.bits)


def _text_weights(table: pa.Table) -> NDArray[np.float64]:
    if "weight" not in table.column_names:
        return np.ones(table.num_rows)
    return table["weight"].cast(pa.float64()).to_numpy()


def _fit(
    features: Any,
    targets: NDArray[np.int64],
    importance: NDArray[np.float64],
    config: ClassifierConfig,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit weights, shape (buckets, columns), and bias, one a column."""
    solver = LogisticRegression(
        C=config.inverse_penalty, max_iter=config.max_iterations, tol=_TOLERANCE
    )
    with warnings.catch_warnings():
        # Stopping early is one more regularisation; the scores are calibrated after.
        warnings.simplefilter("ignore", ConvergenceWarning)
        solver.fit(features, targets, importance)
    return np.asarray(solver.coef_.T, float), np.asarray(solver.intercept_, float)


def _cross_validated(
    features: Any,
    positives: NDArray[np.bool_],
    importance: NDArray[np.float64],
    config: ClassifierConfig,
) -> NDArray[np.float64]:
    """Margin of each text by a classifier that was trained on other folds."""
    random = generator(config.seed, "folds")
    folds = np.zeros(len(positives), np.int64)
    for rows in (np.flatnonzero(positives), np.flatnonzero(~positives)):
        folds[random.permutation(rows)] = np.arange(len(rows)) % config.num_folds
    found = np.zeros(len(positives))
    for fold in range(config.num_folds):
        inside = np.flatnonzero(folds != fold)
        outside = np.flatnonzero(folds == fold)
        weights, bias = _fit(
            features[inside],
            positives[inside].astype(np.int64),
            importance[inside],
            config,
        )
        found[outside] = (features[outside] @ weights + bias)[:, 0]
    return found


def _quantised(
    weights: NDArray[np.float64],
    bias: NDArray[np.float64],
    labels: tuple[str, ...],
    config: ClassifierConfig,
) -> LinearTextModel:
    sizes = np.abs(weights)
    limit = float(sizes.max()) or 1.0
    whole = np.sign(weights) * np.rint(np.sqrt(sizes / limit) * _LARGEST)
    return LinearTextModel(
        kind=config.kind,
        bits=config.bits,
        weights=np.ascontiguousarray(whole.astype(np.int8)),
        scale=limit / _LARGEST**2 * _FEATURE_SCALE,
        bias=bias,
        smoothing=config.smoothing,
        labels=labels,
        max_bytes=config.max_bytes,
    )


def _noted(model: LinearTextModel, facts: dict[str, Any]) -> LinearTextModel:
    model.note.update(facts)
    return model
