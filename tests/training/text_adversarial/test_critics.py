"""A discriminator gives importance weights that are what they claim to be."""

import numpy as np
import pytest
import torch

from taojin.training.text_adversarial.config import CriticConfig
from taojin.training.text_adversarial.critics import (
    Calibration,
    calibrate,
    critic_logits,
    importance_weights,
    new_critic,
    resample,
    train_critic,
)
from taojin.training.text_adversarial.sentences import encode_sentences

EXACT = Calibration(1.0, 0.0)


def test_weights_of_the_best_discriminator_turn_one_distribution_into_the_other():
    drawn, real = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    counts = (1000 * drawn).astype(int)
    symbols = np.repeat([0, 1, 2], counts)
    logits = np.log(real / drawn)[symbols]
    weights = importance_weights(logits, EXACT, 100.0).values
    found = np.bincount(symbols, weights) / weights.sum()
    assert found == pytest.approx(real)
    assert weights.mean() == pytest.approx(1.0)


def test_resampled_sentences_have_the_reweighted_distribution():
    random = np.random.default_rng(0)
    symbols = np.repeat([0, 1], 10_000)
    weights = np.where(symbols == 0, 0.4, 1.6)
    kept = resample(weights, 1000, random)
    assert len(set(kept.tolist())) == 1000
    assert symbols[kept].mean() == pytest.approx(0.8, abs=0.03)


def test_weights_are_cut_on_both_sides():
    found = importance_weights(np.array([-50.0, 0.0, 50.0]), EXACT, 4.0).values
    assert found / found[1] == pytest.approx([0.25, 1.0, 4.0])


def test_the_effective_size_is_between_one_and_all():
    even = importance_weights(np.zeros(10), EXACT, 5.0)
    uneven = importance_weights(np.array([100.0, *[-100.0] * 9]), EXACT, 1e9)
    assert even.effective_size == pytest.approx(10.0)
    assert uneven.effective_size == pytest.approx(1.0)


def test_calibration_tames_a_discriminator_that_is_too_sure():
    random = np.random.default_rng(0)
    real, drawn = random.normal(0.5, 1.0, 4000), random.normal(-0.5, 1.0, 4000)
    # The logarithm of the ratio of these densities is the number itself.
    found = calibrate(10.0 * real, 10.0 * drawn)
    assert found.scale == pytest.approx(0.1, rel=0.1)
    assert found.offset == pytest.approx(0.0, abs=0.1)


def test_calibration_does_not_believe_a_discriminator_that_misleads():
    random = np.random.default_rng(0)
    real, drawn = random.normal(-1.0, 1.0, 400), random.normal(1.0, 1.0, 400)
    assert calibrate(real, drawn) == Calibration(0.0, 0.0)
    weights = importance_weights(real, Calibration(0.0, 0.0), 10.0)
    assert weights.values == pytest.approx(np.ones(400))


def test_a_discriminator_begins_with_the_states_of_the_model(sentence_model):
    critic = new_critic(sentence_model.model)
    tokens = torch.tensor([[0, 2, 3]])
    assert torch.equal(critic.model(tokens), sentence_model.model.model(tokens))


def test_a_trained_discriminator_tells_sentences_apart(
    sentence_model, sentences, training
):
    wrong = [text.replace("a ", "the ", 1) for text in sentences]
    real, drawn = (
        encode_sentences(sentence_model.tokenizer, some, 12)
        for some in (sentences, wrong)
    )
    critic = new_critic(sentence_model.model)
    config = CriticConfig(training=training(num_steps=20), dropout=0.1)
    train_critic(critic, real[50:], drawn[50:], (real[:50], drawn[:50]), config)
    assert (critic_logits(critic, real[:50]) > 0.0).mean() > 0.95
    assert (critic_logits(critic, drawn[:50]) < 0.0).mean() > 0.95
