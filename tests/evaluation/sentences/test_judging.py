"""Sentences are judged by distance to real ones, not by their n-grams alone."""

import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.core.randomness import generator
from taojin.evaluation.distances.two_sample import TwoSampleConfig
from taojin.evaluation.extractors.ngrams import NgramConfig, NgramExtractor
from taojin.evaluation.sentences.judging import SentenceJudge, SentenceJudgeConfig

NOUNS = ("cat", "dog", "bird", "horse", "cow", "fish")
VERBS = ("runs", "sings", "sleeps", "eats")


def _real(name, number=300):
    random = generator(0, name)
    return [
        ["a", str(random.choice(NOUNS)), str(random.choice(VERBS)), "."]
        for _ in range(number)
    ]


def _judge(**arguments):
    known = _real("known")
    extractor = NgramExtractor.fitted(
        [" ".join(words) for words in known], NgramConfig(num_dims=8, num_buckets=4096)
    )
    config = SentenceJudgeConfig(
        order=3,
        max_items=250,
        two_sample=TwoSampleConfig(max_items=100, num_permutations=10),
    )
    return SentenceJudge(known, _real("reference"), extractor, config, **arguments)


def test_real_sentences_are_near_and_cannot_be_told_apart():
    judge = _judge()
    real = judge.judge(_real("others"))
    worse = judge.judge([words[::-1] for words in _real("others")])
    assert real.forward < worse.forward - 0.5
    assert real.reverse < worse.reverse - 0.5
    assert real.area == pytest.approx(0.5, abs=0.15)
    assert real.num_samples == 300


def test_one_good_sentence_over_and_over_is_found_out():
    judge = _judge()
    real = judge.judge(_real("others"))
    alike = judge.judge([["a", "cat", "sings", "."]] * 300)
    assert alike.forward < real.forward + 0.2
    assert alike.reverse > real.reverse + 0.3
    assert alike.frechet > 5.0 * real.frechet
    assert alike.area is not None
    assert alike.area > 0.8


def test_models_that_are_handed_in_are_asked():
    judge = _judge(forward=lambda some: np.full(len(some), 10.0))
    scores = judge.judge(_real("others"), reverse=lambda some: np.full(len(some), 5.0))
    assert (scores.forward, scores.reverse) == (2.0, 1.0)  # of five words each


def test_the_extractor_is_named():
    first = _judge().judge(_real("others"))
    assert len(first.extractor) == 32


def test_too_few_sentences_are_refused():
    with pytest.raises(DataError, match="32"):
        _judge().judge(_real("others", 31))
