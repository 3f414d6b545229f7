"""Self-training: what the student is sure of becomes its next lesson."""

from typing import NamedTuple

import numpy as np

from taojin.training.semi_supervised.calibration import fit_temperature, probabilities
from taojin.training.semi_supervised.config import SelfTrainingConfig, StudentConfig
from taojin.training.semi_supervised.student import Known, Student


class PseudoLabels(NamedTuple):
    """Answers of the student that are taken for labels.

    Attributes:
        rows: Which rows of the features they are about, ascending.
        classes: The answers.
        confidences: How sure they are: calibrated, from 0 to 1.
    """

    rows: np.ndarray
    classes: np.ndarray
    confidences: np.ndarray


class SelfTrained(NamedTuple):
    """What self-training leads to.

    Attributes:
        student: Trained on the labels and the last pseudo-labels.
        pseudo_labels: Of the last round.
        rounds: One row a round: ``temperature``, ``num_pseudo_labels``,
            ``mean_confidence`` (null without any).
    """

    student: Student
    pseudo_labels: PseudoLabels
    rounds: list[dict[str, float | int | None]]


def self_train(
    features: np.ndarray,
    labelled: Known,
    pool: np.ndarray,
    calibration: Known,
    num_classes: int,
    config: SelfTrainingConfig,
    student: StudentConfig,
) -> SelfTrained:
    """Train on labels, answer the pool, train on labels and sure answers, repeat.

    Every round answers the whole pool anew, so that an early mistake can be taken
    back, and takes the surest answers of each predicted class: a growing share of
    the pool, the same for every class, lest one class crowd out the others (Zou et
    al. 2018). Confidences are calibrated in every round, because a student that was
    taught its own answers is too sure of them.

    Args:
        features: ``[texts, dimensions]``; not changed.
        labelled: Texts with labels.
        pool: Rows without labels; nobody tells their classes.
        calibration: Validation texts, on which temperatures are fitted; never
            trained on.
        num_classes: Classes there are.
        config: Rounds and threshold.
        student: Settings of the student.

    Raises:
        DataError: If there is no labelled text, or none to calibrate on.
    """
    learner = Student(num_classes, student)
    learner.fit(features[labelled.rows], labelled.classes)
    rounds: list[dict[str, float | int | None]] = []
    taken = PseudoLabels(pool[:0], np.zeros(0, int), np.zeros(0))
    for number in range(1, config.num_rounds + 1):
        temperature = 1.0
        if config.calibrate:
            held_out = learner.logits(features[calibration.rows])
            temperature = fit_temperature(held_out, calibration.classes)
        answers = probabilities(learner.logits(features[pool]), temperature)
        share = config.max_share * number / config.num_rounds
        taken = _surest(answers, pool, share, config.min_confidence)
        rounds.append(_round(temperature, taken))
        learner = _taught(learner, features, labelled, taken, config)
    return SelfTrained(learner, taken, rounds)


def _surest(
    answers: np.ndarray, pool: np.ndarray, share: float, min_confidence: float
) -> PseudoLabels:
    """The surest answers of each class that are sure enough."""
    classes, confidences = answers.argmax(axis=1), answers.max(axis=1)
    most = max(1, int(share * len(pool) / answers.shape[1]))
    chosen = []
    for number in range(answers.shape[1]):
        sure = np.flatnonzero((classes == number) & (confidences >= min_confidence))
        chosen.append(sure[np.argsort(-confidences[sure], kind="stable")[:most]])
    places = np.sort(np.concatenate(chosen))
    return PseudoLabels(pool[places], classes[places], confidences[places])


def _taught(
    learner: Student,
    features: np.ndarray,
    labelled: Known,
    taken: PseudoLabels,
    config: SelfTrainingConfig,
) -> Student:
    weights = taken.confidences
    if not config.weigh_by_confidence:
        weights = np.ones_like(weights)
    return learner.fit(
        features[np.concatenate([labelled.rows, taken.rows])],
        np.concatenate([labelled.classes, taken.classes]),
        np.concatenate([np.ones(len(labelled.rows)), weights]),
    )


def _round(temperature: float, taken: PseudoLabels) -> dict[str, float | int | None]:
    confidences = taken.confidences
    return {
        "temperature": temperature,
        "num_pseudo_labels": len(confidences),
        "mean_confidence": float(confidences.mean()) if len(confidences) else None,
    }
