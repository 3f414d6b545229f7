"""Scores of labelled tasks."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.evaluation.intervals import (
    IntervalConfig,
    bootstrap_mean,
    bootstrap_statistic,
    proportion,
)
from taojin.evaluation.words import split_words


def accuracy(
    references: Sequence[str], predictions: Sequence[str], config: IntervalConfig
) -> Estimate:
    """Estimate the share of right predictions, with a Wilson interval.

    Raises:
        DataError: If there is no example, or not one prediction each.
    """
    _require_pairs(references, predictions)
    num_right = sum(a == b for a, b in zip(references, predictions, strict=True))
    return proportion(num_right, len(references), config.confidence)


def macro_f1(
    references: Sequence[str], predictions: Sequence[str], config: IntervalConfig
) -> Estimate:
    """Estimate the mean F1 of the classes, with a bootstrap interval.

    The classes are those of the references. A class that a resample lacks counts
    there as 0 if it was predicted and is left out if not.

    Raises:
        DataError: If there are fewer than two examples, or not one prediction each.
    """
    _require_pairs(references, predictions)
    classes = sorted(set(references))
    number = {name: index for index, name in enumerate(classes)}
    true = np.array([number[name] for name in references])
    # Predicted classes that no reference has share a number that is not averaged.
    guessed = np.array([number.get(name, len(classes)) for name in predictions])

    def statistic(rows: np.ndarray) -> float:
        return _mean_f1(true[rows], guessed[rows], len(classes))

    return bootstrap_statistic(statistic, len(true), config)


def class_table(
    references: Sequence[str], predictions: Sequence[str]
) -> list[dict[str, Any]]:
    """Count right and wrong predictions a class.

    Returns:
        One dictionary a class of the references, by name: ``label``,
        ``num_examples``, ``precision``, ``recall``, ``f1``, ``most_confused_with``
        (the wrong class predicted most often; None if there was none).

    Raises:
        DataError: If there is no example, or not one prediction each.
    """
    _require_pairs(references, predictions)
    pairs = Counter(zip(references, predictions, strict=True))
    return [_class_row(pairs, label) for label in sorted(set(references))]


def rouge_l(reference: str, candidate: str) -> float:
    """Measure how much of a text another holds in order: ROUGE-L F1, 0 to 1.

    Lin 2004, with equal weight on precision and recall: twice the longest common
    subsequence of words over the number of words in both. Words are compared in
    lower case; CJK text goes by characters. No words on either side give 0.
    """
    wanted, found = split_words(reference), split_words(candidate)
    if not wanted or not found:
        return 0.0
    return 2.0 * _common_subsequence(wanted, found) / (len(wanted) + len(found))


def mean_rouge_l(
    references: Sequence[str], candidates: Sequence[str], config: IntervalConfig
) -> Estimate:
    """Estimate the mean ROUGE-L, with a BCa bootstrap interval over examples.

    Raises:
        DataError: If there are fewer than two examples, or not one candidate each.
    """
    _require_pairs(references, candidates)
    pairs = zip(references, candidates, strict=True)
    return bootstrap_mean(np.array([rouge_l(*pair) for pair in pairs]), config)


def _require_pairs(references: Sequence[str], predictions: Sequence[str]) -> None:
    if len(references) != len(predictions):
        message = f"{len(references)} references have {len(predictions)} predictions"
        raise DataError(message)
    if not len(references):
        message = "a task score needs examples, there are none; label more documents"
        raise DataError(message)


def _mean_f1(true: np.ndarray, guessed: np.ndarray, num_classes: int) -> float:
    right = np.bincount(true[true == guessed], minlength=num_classes + 1)
    both = np.bincount(true, minlength=num_classes + 1) + np.bincount(
        guessed, minlength=num_classes + 1
    )
    right, both = right[:num_classes], both[:num_classes]
    seen = both > 0
    return float((2.0 * right[seen] / both[seen]).mean()) if seen.any() else 0.0


def _class_row(pairs: Counter[tuple[str, str]], label: str) -> dict[str, Any]:
    num_right = pairs[label, label]
    num_own = sum(count for (true, _), count in pairs.items() if true == label)
    num_claimed = sum(count for (_, guess), count in pairs.items() if guess == label)
    wrong = sorted(
        (-count, guess)
        for (true, guess), count in pairs.items()
        if true == label != guess
    )
    return {
        "label": label,
        "num_examples": num_own,
        "precision": num_right / num_claimed if num_claimed else 0.0,
        "recall": num_right / num_own,
        "f1": 2 * num_right / (num_own + num_claimed),
        "most_confused_with": wrong[0][1] if wrong else None,
    }


def _common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence, bit-parallel (Hyyrö 2004).

    Bit i of ``row`` is 0 where the length grows at the i-th word of ``first``.
    """
    places: dict[str, int] = {}
    for index, word in enumerate(first):
        places[word] = places.get(word, 0) | (1 << index)
    full = (1 << len(first)) - 1
    row = full
    for word in second:
        matches = row & places.get(word, 0)
        row = ((row + matches) | (row - matches)) & full
    return len(first) - row.bit_count()
