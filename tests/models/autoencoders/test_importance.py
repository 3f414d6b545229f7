import numpy as np
import pytest
import torch

from taojin.core.errors import ConfigurationError, EmptyStageError
from taojin.models.autoencoders.importance import (
    importance_log_likelihood,
    mean_estimate,
)
from taojin.models.autoencoders.network import Autoencoder
from taojin.models.autoencoders.shape import AutoencoderShape


def images(truth, count=6):
    torch.manual_seed(1)
    drawn = truth.sample((count,)).clamp(0.0, 1.0).reshape(-1, 1, 4, 4)
    return (drawn * 255).round().to(torch.uint8).numpy()


def exact(truth, pixels):
    return truth.log_prob(torch.from_numpy(pixels).reshape(len(pixels), -1) / 255)


def test_with_the_true_posterior_one_sample_gives_the_exact_likelihood(linear_gaussian):
    model, truth = linear_gaussian()
    pixels = images(truth)
    found = importance_log_likelihood(model, pixels, 1)
    np.testing.assert_allclose(found.values, exact(truth, pixels).numpy(), atol=1e-3)


def test_with_another_posterior_many_samples_come_near_and_few_stay_below(
    linear_gaussian,
):
    model, truth = linear_gaussian(posterior_error=0.3)
    pixels = images(truth, 40)
    wanted = exact(truth, pixels).numpy()
    few = importance_log_likelihood(model, pixels, 1)
    many = importance_log_likelihood(model, pixels, 4000, samples_at_once=1000)
    assert few.values.mean() < wanted.mean() - 0.3
    np.testing.assert_allclose(many.values, wanted, atol=0.25)
    assert many.values.mean() == pytest.approx(wanted.mean(), abs=0.02)


def test_parts_of_the_samples_add_up(linear_gaussian):
    model, truth = linear_gaussian(posterior_error=0.1)
    pixels = images(truth)
    wanted = exact(truth, pixels).numpy()
    for at_once in (7, 300, 5000):
        found = importance_log_likelihood(model, pixels, 300, samples_at_once=at_once)
        np.testing.assert_allclose(found.values, wanted, atol=0.1)


def test_it_is_repeatable_and_leaves_the_generator_of_others(linear_gaussian):
    model, truth = linear_gaussian(posterior_error=0.3)
    pixels = images(truth)
    state = torch.get_rng_state()
    first = importance_log_likelihood(model, pixels, 5, seed=3).values
    assert torch.equal(state, torch.get_rng_state())
    torch.rand(7)
    again = importance_log_likelihood(model, pixels, 5, seed=3).values
    other = importance_log_likelihood(model, pixels, 5, seed=4).values
    assert (first == again).all()
    assert (first != other).any()


def test_the_interval_is_of_the_mean_over_images():
    estimate = mean_estimate(np.array([1.0, 2.0, 3.0]))
    assert estimate.value == pytest.approx(2.0)
    assert estimate.high - estimate.value == pytest.approx(1.96 / 3**0.5)
    assert estimate.num_samples == 3
    assert mean_estimate(np.array([1.0])).high == float("inf")


def test_a_plain_autoencoder_has_no_likelihood():
    shape = AutoencoderShape(height=4, width=4, widths=(4,), variational=False)
    with pytest.raises(ConfigurationError, match="a plain autoencoder"):
        importance_log_likelihood(Autoencoder(shape), np.zeros((1, 1, 4, 4), np.uint8))


def test_no_image_and_no_sample_are_refused(linear_gaussian):
    model, truth = linear_gaussian()
    with pytest.raises(EmptyStageError, match="no image"):
        importance_log_likelihood(model, np.empty((0, 1, 4, 4), np.uint8))
    with pytest.raises(ConfigurationError, match="num_samples is 0"):
        importance_log_likelihood(model, images(truth), 0)
