import pytest
import torch
from torch.distributions import Normal, kl_divergence

from taojin.models.autoencoders.network import (
    Autoencoder,
    Posterior,
    standard_log_density,
)
from taojin.models.autoencoders.shape import AutoencoderShape, LikelihoodConfig

SHAPES = {
    "convolutional": AutoencoderShape(
        height=9, width=6, num_channels=3, widths=(4, 8), latent_size=5
    ),
    "normalised": AutoencoderShape(
        height=8, width=8, widths=(8, 8), norm="group", num_blocks=2, latent_size=5
    ),
    "linear": AutoencoderShape(
        height=4,
        width=5,
        network="linear",
        hidden_sizes=(16, 8),
        activation="tanh",
        latent_size=5,
        likelihood=LikelihoodConfig(name="logistic_mixture", num_mixtures=2),
    ),
    "principal components": AutoencoderShape(
        height=4, width=4, network="linear", hidden_sizes=(), latent_size=2
    ),
}


def autoencoder(name):
    torch.manual_seed(0)
    return Autoencoder(SHAPES[name]).eval()


@pytest.mark.parametrize("name", SHAPES)
def test_images_of_any_size_go_in_and_come_out(name):
    model = autoencoder(name)
    images = torch.rand(3, *SHAPES[name].image_shape)
    posterior = model.encode(images)
    assert posterior.means.shape == (3, SHAPES[name].latent_size)
    restored = model(images)
    assert restored.shape == images.shape
    assert 0.0 <= restored.min() <= restored.max() <= 1.0


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_computed_of_an_image_depends_on_it_alone(name):
    model = autoencoder(name).train()
    images = torch.rand(4, *SHAPES[name].image_shape)
    together = model(images)
    alone = torch.cat([model(image[None]) for image in images])
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("name", SHAPES)
def test_latents_of_many_samples_are_decoded_as_if_one_by_one(name):
    model = autoencoder(name)
    latents = torch.randn(2, 3, SHAPES[name].latent_size)
    together = model.decode(latents)
    assert together.shape[:2] == (2, 3)
    torch.testing.assert_close(together[1], model.decode(latents[1]))


@pytest.mark.parametrize("name", SHAPES)
def test_every_weight_has_a_gradient(name):
    model = autoencoder(name)
    images = torch.rand(4, *SHAPES[name].image_shape)
    posterior = model.encode(images)
    latents = posterior.at(torch.randn_like(posterior.means))
    model.likelihood.log_prob(model.decode(latents), images).sum().backward()
    assert all(weight.grad is not None for weight in model.parameters())


def test_an_image_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"for an autoencoder of \(1, 4, 4\)"):
        autoencoder("principal components").encode(torch.rand(1, 1, 4, 5))


def test_the_latents_of_a_plain_autoencoder_are_points():
    torch.manual_seed(0)
    shape = SHAPES["convolutional"].model_copy(update={"variational": False})
    model, images = Autoencoder(shape), torch.rand(2, *shape.image_shape)
    posterior = model.encode(images)
    drawn = posterior.at(torch.randn(4, 2, shape.latent_size))
    assert (drawn == posterior.means).all()
    assert model(images).shape == images.shape


def test_the_posterior_is_a_normal_distribution():
    torch.manual_seed(0)
    means, log_scales = torch.randn(3, 4), 0.5 * torch.randn(3, 4)
    posterior = Posterior(means, log_scales)
    same, prior = Normal(means, log_scales.exp()), Normal(0.0, 1.0)
    latents = posterior.at(torch.randn(7, 3, 4))
    torch.testing.assert_close(
        posterior.log_density(latents), same.log_prob(latents).sum(-1)
    )
    torch.testing.assert_close(posterior.divergences(), kl_divergence(same, prior))
    torch.testing.assert_close(
        standard_log_density(latents), prior.log_prob(latents).sum(-1)
    )
