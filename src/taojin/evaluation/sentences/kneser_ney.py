"""An interpolated Kneser-Ney language model over words (Chen and Goodman 1999).

It judges in both directions: trained on real sentences it scores generated ones
(forward), trained on generated ones it scores real ones (reverse, as in Caccia et al.
2020, arXiv:1811.02549). It is trained in a second, has no seed, and is another kind of
model than the networks that it judges.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from taojin.evaluation.scores import require_items

_EDGE, _UNKNOWN = 0, 1
_USUAL_DISCOUNT = 0.75
"""Where no n-gram occurs once or twice."""

_Gram = tuple[int, ...]


class KneserNeyModel:
    """Probabilities of words after the words before them.

    Args:
        sentences: Words of each; at least one.
        vocabulary: Words that are told apart; all others are one. Models that are to be
            compared have the same.
        order: Longest n-gram.

    Raises:
        DataError: If there is no sentence.
    """

    def __init__(
        self,
        sentences: Sequence[Sequence[str]],
        vocabulary: Iterable[str],
        order: int = 4,
    ) -> None:
        require_items("a language model of words", len(sentences), 1, "training")
        words = sorted(set(vocabulary))
        self._ids = {word: number for number, word in enumerate(words, start=2)}
        self._order = order
        self._num_outcomes = len(words) + 2  # an unknown word, and the end
        highest: Counter[_Gram] = Counter()
        for sentence in sentences:
            tokens = self._tokens(sentence)
            for stop in range(order, len(tokens) + 1):
                highest[tuple(tokens[stop - order : stop])] += 1
        self._levels = [_Level(highest)]
        for _ in range(order - 1):
            continued = Counter(gram[1:] for gram in self._levels[-1].counts)
            self._levels.append(_Level(continued))

    def nats(self, sentences: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Negative log-likelihood of each sentence and its end, ``[sentences]``."""
        return np.array([self._sentence_nats(words) for words in sentences])

    def nats_a_word(self, sentences: Sequence[Sequence[str]]) -> float:
        """All nats over all words, where the end of a sentence counts as a word."""
        return nats_a_word(self.nats(sentences), sentences)

    def _sentence_nats(self, words: Sequence[str]) -> float:
        tokens = self._tokens(words)
        return -sum(
            math.log(self._probability(tuple(tokens[stop - self._order : stop])))
            for stop in range(self._order, len(tokens) + 1)
        )

    def _tokens(self, words: Sequence[str]) -> list[int]:
        inner = [self._ids.get(word, _UNKNOWN) for word in words]
        return [*[_EDGE] * (self._order - 1), *inner, _EDGE]

    def _probability(self, gram: _Gram) -> float:
        """From the shortest n-gram to the longest."""
        found = 1.0 / self._num_outcomes
        for level, length in zip(
            reversed(self._levels), range(1, self._order + 1), strict=True
        ):
            found = level.interpolate(gram[self._order - length :], found)
        return found


class _Level:
    """N-grams of one length: how often they occur, or after how many words."""

    def __init__(self, counts: Counter[_Gram]) -> None:
        self.counts = counts
        self._totals: dict[_Gram, int] = defaultdict(int)
        self._followers: dict[_Gram, int] = defaultdict(int)
        for gram, count in counts.items():
            self._totals[gram[:-1]] += count
            self._followers[gram[:-1]] += 1
        once, twice = (sum(c == n for c in counts.values()) for n in (1, 2))
        known = once > 0 and twice > 0
        self._discount = once / (once + 2 * twice) if known else _USUAL_DISCOUNT

    def interpolate(self, gram: _Gram, shorter: float) -> float:
        """Probability of the last word after the others."""
        context = gram[:-1]
        total = self._totals.get(context, 0)
        if not total:
            return shorter
        rest = self._discount * self._followers[context] / total
        own = max(self.counts.get(gram, 0) - self._discount, 0.0) / total
        return own + rest * shorter


def nats_a_word(nats: NDArray[np.float64], sentences: Sequence[Sequence[str]]) -> float:
    """All nats over all words, where the end of a sentence counts as a word."""
    return float(nats.sum()) / sum(len(words) + 1 for words in sentences)
