"""BLEU against references and self-BLEU, as the Texygen benchmark has them, fast.

The protocol (Zhu et al. 2018, arXiv:1802.01886): sentence BLEU of each sample with
**all** references, method-1 smoothing, and the mean over samples; self-BLEU takes the
other samples as references. What is dear there is to look into every reference for every
sample. But of all references only the largest count of an n-gram matters, and of the
lengths only the closest, so one table serves all samples; leaving out a sample's own
counts takes the second largest count besides.

BLEU alone decides nothing: a model that always writes one real sentence has the highest.
Real sentences stand beside, and distances to real data decide.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taojin.core.errors import DataError
from taojin.evaluation.scores import require_items

ORDERS = (2, 3, 4, 5)
"""Longest n-grams of the scores of the tables."""

_SMOOTHING = 0.1
"""Matches that an order without any is taken to have (method 1 of Chen and Cherry
2014)."""

Words = Sequence[str]
_Gram = tuple[str, ...]


@dataclass(frozen=True)
class OverlapScores:
    """Mean scores of a set of samples, by the longest n-gram.

    Attributes:
        bleu: Against references; high where n-grams are real ones.
        self_bleu: Against the other samples; high where samples are alike.
        num_samples: How many were scored.
        num_references: Real sentences that they were compared with.
    """

    bleu: dict[int, float]
    self_bleu: dict[int, float]
    num_samples: int
    num_references: int


class References:
    """Sentences that others are compared with, counted once.

    Args:
        sentences: Words of each, at least one sentence.
        max_order: Longest n-gram.

    Raises:
        DataError: If there is no sentence.
    """

    def __init__(self, sentences: Sequence[Words], max_order: int = ORDERS[-1]) -> None:
        require_items("BLEU", len(sentences), 1, "reference")
        self._max_order = max_order
        self._counts = [
            [_counts(words, order) for words in sentences]
            for order in range(1, max_order + 1)
        ]
        self._tops = [_largest(counts) for counts in self._counts]
        lengths = np.array([len(words) for words in sentences])
        self._lengths, self._with_length = np.unique(lengths, return_counts=True)
        self._own_lengths = lengths

    def __len__(self) -> int:
        return len(self._own_lengths)

    def bleu(self, samples: Sequence[Words]) -> NDArray[np.float64]:
        """Sentence BLEU-2 to the highest order, ``[samples, orders]``.

        Equal to ``nltk.translate.bleu_score.sentence_bleu`` with uniform weights and
        ``SmoothingFunction().method1``.
        """
        return np.array(
            [
                self._scores(
                    [_counts(words, order + 1) for order in range(self._max_order)],
                    len(words),
                    left_out=None,
                )
                for words in samples
            ]
        )

    def self_bleu(self) -> NDArray[np.float64]:
        """The same of each of these sentences with all others as references.

        Raises:
            DataError: If there are fewer than two.
        """
        require_items("self-BLEU", len(self), 2, "generated")
        return np.array(
            [
                self._scores(
                    [counts[place] for counts in self._counts],
                    int(self._own_lengths[place]),
                    left_out=place,
                )
                for place in range(len(self))
            ]
        )

    def _scores(
        self, counts: Sequence[Counter[_Gram]], length: int, left_out: int | None
    ) -> list[float]:
        logs = []
        for own, tops in zip(counts, self._tops, strict=True):
            matches = sum(
                min(count, _largest_of(tops.get(gram), left_out))
                for gram, count in own.items()
            )
            if not matches and not logs:  # no word in common
                return [0.0] * (self._max_order - 1)
            logs.append(math.log((matches or _SMOOTHING) / max(1, own.total())))
        penalty = self._brevity(length, left_out)
        sums = np.cumsum(logs)
        return [
            penalty * math.exp(sums[order - 1] / order)
            for order in range(2, self._max_order + 1)
        ]

    def _brevity(self, length: int, left_out: int | None) -> float:
        present = self._with_length
        if left_out is not None:
            present = present - (self._lengths == self._own_lengths[left_out])
        lengths = self._lengths[present > 0]
        closest = lengths[np.argmin(np.abs(lengths - length))]  # the shorter of two
        if length > closest:
            return 1.0
        return math.exp(1.0 - closest / length) if length else 0.0


def score_overlap(
    samples: Sequence[Words],
    references: Sequence[Words] | References,
    max_order: int = ORDERS[-1],
) -> OverlapScores:
    """Score samples by the Texygen protocol.

    Args:
        samples: Words of each; all of them are each other's references, so sets of
            unequal number cannot be compared.
        references: All real sentences, not a part of them.
        max_order: Longest n-gram, unless references are counted already.

    Raises:
        DataError: If there is no reference, or there are fewer than two samples.
    """
    known = (
        references
        if isinstance(references, References)
        else References(references, max_order)
    )
    if len(samples) == 0:
        message = "there are no samples to score; generate some"
        raise DataError(message)
    real = known.bleu(samples).mean(axis=0)
    own = References(samples, max_order).self_bleu().mean(axis=0)
    return OverlapScores(_by_order(real), _by_order(own), len(samples), len(known))


def _by_order(means: NDArray[np.float64]) -> dict[int, float]:
    return {order: float(value) for order, value in enumerate(means, start=2)}


def _grams(words: Words, order: int) -> Iterator[_Gram]:
    return zip(*(words[start:] for start in range(order)), strict=False)


def _counts(words: Words, order: int) -> Counter[_Gram]:
    return Counter(_grams(words, order))


def _largest(counts: Sequence[Counter[_Gram]]) -> dict[_Gram, tuple[int, int, int]]:
    """Largest count of each n-gram in a sentence, which one, and the next largest."""
    tops: dict[_Gram, tuple[int, int, int]] = {}
    for place, own in enumerate(counts):
        for gram, count in own.items():
            first, owner, second = tops.get(gram, (0, -1, 0))
            if count > first:
                tops[gram] = (count, place, first)
            elif count > second:
                tops[gram] = (first, owner, count)
    return tops


def _largest_of(top: tuple[int, int, int] | None, left_out: int | None) -> int:
    if top is None:
        return 0
    first, owner, second = top
    return second if owner == left_out else first
