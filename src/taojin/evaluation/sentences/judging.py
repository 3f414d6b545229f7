"""How far generated sentences are from real ones: what decides, unlike BLEU.

Every number here compares with real sentences that nothing was trained on, and is given
beside what other real sentences get. None of them knows the generator, its
discriminator, or the sentences that it was trained on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.randomness import generator
from taojin.evaluation.distances.frechet import frechet_distance
from taojin.evaluation.distances.two_sample import TwoSampleConfig, two_sample_test
from taojin.evaluation.features import FeatureExtractor, require_same_extractor
from taojin.evaluation.scores import require_items
from taojin.evaluation.sentences.kneser_ney import KneserNeyModel, nats_a_word

Words = Sequence[str]
Nats = Callable[[Sequence[Words]], NDArray[np.float64]]
"""Negative log-likelihood of each of some sentences under one model."""

_MIN_COUNT = 2


class SentenceJudgeConfig(StageConfig):
    """Sizes of what is compared."""

    order: int = Field(default=4, ge=1, le=9)
    """Longest n-gram of the language models of both directions."""
    max_items: int = Field(default=2500, ge=32)
    """Sentences of each side whose features are compared; distances of other numbers
    do not compare."""
    two_sample: TwoSampleConfig | None = TwoSampleConfig(
        max_items=1500, num_permutations=10
    )
    """Null leaves the test out; it takes most of the time."""
    seed: int = Field(default=0, ge=0)
    """Of the choice of sentences."""


@dataclass(frozen=True)
class SentenceScores:
    """What is known of a set of sentences.

    Attributes:
        frechet: Squared distance of embeddings; 0 is the best that could be.
        forward: Nats a word of the sentences, under a model of real ones: low where
            they are sound, and where they are all alike.
        reverse: Nats a word of real sentences, under a model of these: low where
            nothing real is missing and little is unreal.
        area: Under the curve of a classifier that tells them from real ones; 0.5 where
            nothing does. None if it was left out.
        p_value: Of that, if they were alike.
        num_samples: Sentences judged.
        extractor: Fingerprint of what made the embeddings.
    """

    frechet: float
    forward: float
    reverse: float
    area: float | None
    p_value: float | None
    num_samples: int
    extractor: str


class SentenceJudge:
    """Compares sets of sentences with one reference.

    Args:
        known: Real sentences for the judge's own language model; no generator has been
            trained on them.
        reference: Other real sentences.
        extractor: Makes embeddings of texts, which are words with spaces between them.
        config: Sizes.
        forward: Nats of sentences under an independent model of real ones; by default
            an n-gram model of ``known``.

    Raises:
        DataError: If there are too few sentences.
    """

    def __init__(
        self,
        known: Sequence[Words],
        reference: Sequence[Words],
        extractor: FeatureExtractor,
        config: SentenceJudgeConfig | None = None,
        forward: Nats | None = None,
    ) -> None:
        self._config = config or SentenceJudgeConfig()
        self._reference = reference
        counts: dict[str, int] = {}
        for words in known:
            for word in words:
                counts[word] = counts.get(word, 0) + 1
        self._vocabulary = [w for w, count in counts.items() if count >= _MIN_COUNT]
        self._forward = forward or self._model_of(known).nats
        self._extractor = extractor
        chosen = self._chosen(reference, "reference")
        self._features = extractor.extract(_texts(chosen))

    def judge(
        self, samples: Sequence[Words], reverse: Nats | None = None
    ) -> SentenceScores:
        """Score a set of sentences.

        Args:
            samples: Words of each; sets that are to be compared have equal numbers.
            reverse: Nats of sentences under a model that was trained on the samples;
                by default an n-gram model.

        Raises:
            DataError: If there are fewer than 32.
        """
        config = self._config
        require_items("distance of sentences", len(samples), _MIN_ITEMS)
        chosen = self._chosen(samples, "samples")
        features = self._extractor.extract(_texts(chosen))
        size = min(len(features), len(self._features))
        extractor = require_same_extractor(features, self._features)
        items, real = features.values[:size], self._features.values[:size]
        test = (
            None
            if config.two_sample is None
            else two_sample_test(items, real, config.two_sample)
        )
        backward = reverse or self._model_of(samples).nats
        return SentenceScores(
            frechet=frechet_distance(items, real),
            forward=nats_a_word(self._forward(samples), samples),
            reverse=nats_a_word(backward(self._reference), self._reference),
            area=None if test is None else test.auc,
            p_value=None if test is None else test.p_value,
            num_samples=len(samples),
            extractor=extractor,
        )

    def _model_of(self, sentences: Sequence[Words]) -> KneserNeyModel:
        return KneserNeyModel(sentences, self._vocabulary, self._config.order)

    def _chosen(self, sentences: Sequence[Words], name: str) -> Sequence[Words]:
        random = generator(self._config.seed, "sentences", name)
        order = random.permutation(len(sentences))[: self._config.max_items]
        return [sentences[int(place)] for place in order]


def _texts(sentences: Sequence[Words]) -> list[str]:
    return [" ".join(words) for words in sentences]


_MIN_ITEMS = 32
