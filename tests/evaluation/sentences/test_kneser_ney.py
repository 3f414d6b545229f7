"""An n-gram model of words gives probabilities."""

import math

import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.sentences.kneser_ney import KneserNeyModel

SENTENCES = [
    text.split()
    for text in (
        "a cat runs",
        "a cat sleeps",
        "a dog runs",
        "a dog runs fast",
        "the cat runs",
        "a bird sings",
    )
]
VOCABULARY = sorted({word for sentence in SENTENCES for word in sentence})


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("start", [[], ["a"], ["a", "cat"], ["zebra"], ["the", "dog"]])
def test_probabilities_of_what_may_follow_add_up_to_one(order, start):
    model = KneserNeyModel(SENTENCES, VOCABULARY, order)
    # The chance of a start and all that follows it is that of the start.
    words = [*VOCABULARY, "unknown"]
    ended = math.exp(-model.nats([start])[0])
    going_on = 0.0
    for word in words:
        one, two = [*start, word], [*start, word, word]
        end_of_one = math.exp(-model.nats([one])[0])
        going_on += end_of_one / _chance_of_end(model, one)
        assert model.nats([two])[0] > 0.0
    before = ended / _chance_of_end(model, start)
    assert ended + going_on == pytest.approx(before, rel=1e-9)


def _chance_of_end(model, words):
    """Of the sentence's end after these words."""
    tokens = model._tokens(words)
    return model._probability(tuple(tokens[len(tokens) - model._order :]))


def test_real_order_is_likelier_than_shuffled_words():
    model = KneserNeyModel(SENTENCES, VOCABULARY, 3)
    real, shuffled = model.nats([["a", "cat", "runs"], ["runs", "a", "cat"]])
    assert real < shuffled - 1.0


def test_a_higher_discounted_count_is_that_of_a_hand_computed_example():
    # Bigrams of "a b", "a b", "a c" and the ends; unigrams by continuation.
    model = KneserNeyModel([["a", "b"], ["a", "b"], ["a", "c"]], "abc", 2)
    # Counts: (^,a) 3, (a,b) 2, (a,c) 1, (b,$) 2, (c,$) 1. d = 2 / (2 + 2 * 2).
    d = 2 / 6
    # Continuations: a 1, b 1, c 1, $ 2; total 5, all but one occur once: d' = 3 / 5.
    e = 3 / 5
    uniform = 1 / 5  # a, b, c, unknown, end
    unigram_b = (1 - e) / 5 + e * 4 / 5 * uniform
    wanted = (2 - d) / 3 + d * 2 / 3 * unigram_b
    tokens = model._tokens(["a", "b"])
    assert model._probability(tuple(tokens[1:3])) == pytest.approx(wanted)


def test_unknown_words_cost_something_finite_and_nats_are_sums():
    model = KneserNeyModel(SENTENCES, VOCABULARY, 3)
    nats = model.nats([["zebra"], ["a", "zebra"]])
    assert np.isfinite(nats).all()
    assert model.nats_a_word([["zebra"], ["a", "zebra"]]) == pytest.approx(
        nats.sum() / 5
    )


def test_no_sentence_is_refused():
    with pytest.raises(DataError, match="language model of words"):
        KneserNeyModel([], VOCABULARY)
