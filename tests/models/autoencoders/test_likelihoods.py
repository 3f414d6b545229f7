import math

import pytest
import torch

from taojin.models.autoencoders.likelihoods import Gaussian, new_likelihood
from taojin.models.autoencoders.shape import LikelihoodConfig

KINDS = [
    {"name": "bernoulli"},
    {"name": "gaussian", "scale": "fixed"},
    {"name": "gaussian", "scale": "shared"},
    {"name": "gaussian", "scale": "pixel"},
    {"name": "logistic_mixture", "num_mixtures": 3},
]


def likelihood(**settings):
    return new_likelihood(LikelihoodConfig(**settings))


def outputs_for(kind, images, num_channels=2, spread=1.0):
    torch.manual_seed(0)
    planes = kind.planes_per_channel * num_channels
    return spread * torch.randn(images, planes, 3, 4)


@pytest.mark.parametrize("settings", KINDS)
def test_many_decodings_are_held_against_one_image(settings):
    kind = likelihood(**settings)
    outputs = outputs_for(kind, 10).unflatten(0, (5, 2))
    images = (torch.rand(2, 2, 3, 4) * 255).round() / 255

    together = kind.log_prob(outputs, images)

    assert together.shape == (5, 2)
    for row in range(5):
        torch.testing.assert_close(together[row], kind.log_prob(outputs[row], images))


@pytest.mark.parametrize("settings", KINDS)
def test_means_and_samples_are_images(settings):
    kind = likelihood(**settings)
    outputs = outputs_for(kind, 4, spread=5.0)
    for images in (kind.mean(outputs), kind.sample(outputs)):
        assert images.shape == (4, 2, 3, 4)
        assert images.min() >= 0.0
        assert images.max() <= 1.0


def test_the_probabilities_of_black_and_white_are_bernoulli_s():
    kind = likelihood(name="bernoulli")
    images = torch.tensor([[[[1.0, 0.0]]]])
    logits = torch.tensor([[[[2.0, -1.0]]]])
    found = kind.log_prob(logits, images).exp().item()
    assert found == pytest.approx(
        torch.sigmoid(torch.tensor(2.0)).item()
        * torch.sigmoid(torch.tensor(1.0)).item()
    )


def test_a_gaussian_is_torch_s():
    kind = likelihood(name="gaussian", scale="fixed", fixed_scale=0.3)
    means, images = torch.rand(2, 1, 3, 3), torch.rand(2, 1, 3, 3)
    wanted = torch.distributions.Normal(means, 0.3).log_prob(images).sum((1, 2, 3))
    torch.testing.assert_close(kind.log_prob(means, images), wanted)


@pytest.mark.parametrize("scale", ["shared", "pixel"])
def test_a_learnt_scale_begins_where_it_is_told_and_has_a_least(scale):
    kind = likelihood(name="gaussian", scale=scale, fixed_scale=0.3, min_scale=0.05)
    zeros = torch.zeros(1, kind.planes_per_channel, 1, 1)
    image = torch.zeros(1, 1, 1, 1)
    first = kind.log_prob(zeros, image).item()
    assert first == pytest.approx(
        -math.log(0.3) - 0.5 * math.log(2 * math.pi), abs=1e-4
    )
    if scale == "pixel":
        zeros[:, 1] = -100.0
    else:
        torch.nn.init.constant_(next(kind.parameters()), -100.0)
        assert isinstance(kind, Gaussian)
        assert kind.scale() == pytest.approx(0.05)
    least = kind.log_prob(zeros, image).item()
    assert least == pytest.approx(
        -math.log(0.05) - 0.5 * math.log(2 * math.pi), abs=1e-4
    )


@pytest.mark.parametrize("spread", [0.1, 1.0, 10.0])
def test_the_probabilities_of_all_levels_of_a_byte_add_up_to_one(spread):
    kind = likelihood(name="logistic_mixture", num_mixtures=3)
    torch.manual_seed(1)
    outputs = spread * torch.randn(1, 9, 1, 1, dtype=torch.float64)
    levels = torch.arange(256, dtype=torch.float64).view(256, 1, 1, 1) / 255
    total = kind.log_prob(outputs, levels).exp().sum().item()
    assert total == pytest.approx(1.0, abs=1e-9)


def test_a_level_far_from_the_distribution_has_a_finite_gradient():
    kind = likelihood(name="logistic_mixture", num_mixtures=1)
    outputs = torch.tensor([-0.0, -1.0, -50.0]).view(1, 3, 1, 1).requires_grad_()
    nats = kind.log_prob(outputs, torch.full((1, 1, 1, 1), 200 / 255))
    nats.sum().backward()
    assert nats.item() < -100.0
    assert outputs.grad is not None
    assert outputs.grad.isfinite().all()


def test_samples_of_a_logistic_mixture_are_levels_as_often_as_their_probability():
    kind = likelihood(name="logistic_mixture", num_mixtures=2)
    torch.manual_seed(2)
    outputs = torch.randn(1, 6, 1, 1)
    drawn = kind.sample(outputs.expand(40_000, -1, -1, -1)) * 255
    torch.testing.assert_close(drawn, drawn.round())
    levels = torch.arange(256).float().view(256, 1, 1, 1) / 255
    probabilities = kind.log_prob(outputs, levels).exp()
    found = torch.histc(drawn, 8, 0, 256) / 40_000
    wanted = probabilities.view(8, 32).sum(1)
    torch.testing.assert_close(found, wanted, atol=0.012, rtol=0.0)
