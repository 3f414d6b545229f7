"""Pseudo-labels and suggestions as tables, for finetuning and for people."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from taojin.core.errors import DataError
from taojin.core.foreign_text import make_visible, shorten
from taojin.core.randomness import derive_seed
from taojin.training.semi_supervised.active_learning import (
    REASONS,
    Unlabelled,
    choose,
    margins,
)
from taojin.training.semi_supervised.calibration import fit_temperature, probabilities
from taojin.training.semi_supervised.config import SemiSupervisedConfig
from taojin.training.semi_supervised.self_training import SelfTrained, self_train
from taojin.training.semi_supervised.student import Known, Student

GIVEN = "given"
SELF_TRAINING = "self_training"
PSEUDO_COLUMNS = (
    "document_id", "text", "label", "split", "provenance", "confidence",
)  # fmt: skip
"""Columns of pseudo-labels and of the examples they are added to."""
SUGGESTION_COLUMNS = (
    "rank", "document_id", "reason", "score", "predicted_label", "confidence",
    "runner_up", "margin", "text",
)  # fmt: skip

_MAX_SHOWN_CHARS = 300
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")


class PoolAnswers(NamedTuple):
    """What is said about documents without labels.

    Attributes:
        pseudo_labels: :data:`PSEUDO_COLUMNS`; all in the split ``train``.
        suggestions: :data:`SUGGESTION_COLUMNS`, the most useful to label first.
    """

    pseudo_labels: pd.DataFrame
    suggestions: pd.DataFrame


def answer_pool(
    examples: pd.DataFrame,
    pool: pd.DataFrame,
    features: np.ndarray,
    config: SemiSupervisedConfig,
) -> PoolAnswers:
    """Label what the student is sure of, and say what a person should label.

    Args:
        examples: ``document_id``, ``text``, ``label``, ``split``. Trains on the
            split ``train``, calibrates on ``validation``, does not look at ``test``.
        pool: ``document_id``, ``text`` of documents without labels, none of them
            held out.
        features: One row an example and then one a pool document, see
            :func:`.representation.represent`.
        config: All settings.

    Raises:
        DataError: If no example is in the split ``train`` or ``validation``, or a
            pool document is an example.
    """
    _require_apart(examples, pool)
    labels = sorted({str(label) for label in examples["label"]})
    labelled = _known(examples, labels, "train")
    calibration = _known(examples, labels, "validation")
    rows = np.arange(len(pool)) + len(examples)
    trained = self_train(
        features, labelled, rows, calibration, len(labels),
        config.self_training, config.student,
    )  # fmt: skip
    student = Student(len(labels), config.student)
    student.fit(features[labelled.rows], labelled.classes)
    temperature = fit_temperature(
        student.logits(features[calibration.rows]), calibration.classes
    )
    answers = probabilities(student.logits(features[rows]), temperature)
    unlabelled = Unlabelled(features[rows], answers)
    return PoolAnswers(
        _pseudo_labels(pool, trained, labels, len(examples)),
        _suggestions(pool, unlabelled, features[labelled.rows], labels, config),
    )


def add_pseudo_labels(
    examples: pd.DataFrame, pseudo_labels: pd.DataFrame
) -> pd.DataFrame:
    """Put pseudo-labels after the examples; every row says where its label is from.

    Args:
        examples: ``document_id``, ``text``, ``label``, ``split``; not changed.
        pseudo_labels: :data:`PSEUDO_COLUMNS`; may be empty.

    Returns:
        :data:`PSEUDO_COLUMNS`; ``provenance`` is ``given`` and ``confidence`` 1 for
        the examples.

    Raises:
        DataError: If a pseudo-label is not in the split ``train``, or its document
            is among the examples: models are never judged by their own answers.
    """
    strays = pseudo_labels.loc[pseudo_labels["split"] != "train", "document_id"]
    if len(strays):
        message = (
            f"{len(strays)} pseudo-labels are outside the train split, e.g. "
            f"{strays.iloc[0]}; models are chosen and judged by given labels alone"
        )
        raise DataError(message)
    _require_apart(examples, pseudo_labels)
    given = examples.assign(provenance=GIVEN, confidence=1.0)
    frames = [
        given.loc[:, list(PSEUDO_COLUMNS)],
        pseudo_labels.loc[:, list(PSEUDO_COLUMNS)],
    ]
    present = [frame for frame in frames if len(frame)]
    return pd.concat(present or frames[:1], ignore_index=True)


def no_pseudo_labels() -> pd.DataFrame:
    """An empty table of pseudo-labels."""
    return _typed([], PSEUDO_COLUMNS)


def no_suggestions() -> pd.DataFrame:
    """An empty table of suggestions."""
    return _typed([], SUGGESTION_COLUMNS)


def suggestions_as_csv(suggestions: pd.DataFrame) -> str:
    """Write suggestions for a spreadsheet, which takes no text for a formula."""
    shown = suggestions.copy()
    for name in ("text", "predicted_label", "runner_up"):
        shown[name] = [_cell(str(text)) for text in shown[name]]
    return shown.to_csv(index=False, float_format="%.4f", lineterminator="\n")


def _pseudo_labels(
    pool: pd.DataFrame, trained: SelfTrained, labels: Sequence[str], first: int
) -> pd.DataFrame:
    taken = trained.pseudo_labels
    documents = pool.iloc[taken.rows - first]
    rows = zip(
        documents["document_id"],
        documents["text"],
        (labels[number] for number in taken.classes),
        taken.confidences,
        strict=True,
    )
    return _typed(
        [
            (document_id, text, label, "train", SELF_TRAINING, float(confidence))
            for document_id, text, label, confidence in rows
        ],
        PSEUDO_COLUMNS,
    )


def _suggestions(
    pool: pd.DataFrame,
    unlabelled: Unlabelled,
    labelled: np.ndarray,
    labels: Sequence[str],
    config: SemiSupervisedConfig,
) -> pd.DataFrame:
    settings = config.active_learning
    settings = settings.model_copy(
        update={"seed": derive_seed(settings.seed, "suggestions")}
    )
    chosen = choose(unlabelled, labelled, settings.num_suggestions, settings)
    answers = unlabelled.probabilities
    order = np.argsort(-answers, axis=1, kind="stable")
    gaps = margins(answers)
    documents = pool.iloc[chosen.places]
    rows = []
    for rank, place in enumerate(chosen.places):
        first, second = order[place, 0], order[place, min(1, len(labels) - 1)]
        rows.append(
            (
                rank + 1,
                documents["document_id"].iloc[rank],
                REASONS[settings.strategy],
                float(chosen.scores[rank]),
                labels[first],
                float(answers[place, first]),
                labels[second],
                float(gaps[place]),
                documents["text"].iloc[rank],
            )
        )
    return _typed(rows, SUGGESTION_COLUMNS)


def _typed(rows: Sequence[tuple], columns: Sequence[str]) -> pd.DataFrame:
    numbers = {"rank": "int64", "score": float, "confidence": float, "margin": float}
    frame = pd.DataFrame(rows, columns=list(columns))
    return frame.astype({name: numbers.get(name, "str") for name in columns})


def _known(examples: pd.DataFrame, labels: Sequence[str], split: str) -> Known:
    number = {label: index for index, label in enumerate(labels)}
    rows = np.flatnonzero((examples["split"] == split).to_numpy())
    found = examples["label"].iloc[rows]
    return Known(rows, np.array([number[str(label)] for label in found], int))


def _require_apart(examples: pd.DataFrame, others: pd.DataFrame) -> None:
    both = set(examples["document_id"]) & set(others["document_id"])
    if both:
        message = (
            f"{len(both)} documents are among the labelled examples already, e.g. "
            f"{min(both)}; only documents without a label, outside validation and "
            "test, may get one from a model"
        )
        raise DataError(message)


def _cell(text: str) -> str:
    line = " ".join(make_visible(text).split())
    shown = shorten(line, _MAX_SHOWN_CHARS)
    return f"'{shown}" if shown.startswith(_FORMULA_STARTS) else shown
