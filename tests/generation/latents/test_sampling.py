import numpy as np
import pytest

from taojin.core.errors import ConfigurationError, DataError
from taojin.generation.latents.codes import encode_images
from taojin.generation.latents.density import LatentDensityConfig, fit_latent_density
from taojin.generation.latents.sampling import sample_images


def test_images_are_drawn_from_the_prior(digit_autoencoder):
    sampled = sample_images(digit_autoencoder, 2000, seed=1)
    assert sampled.images.shape == (2000, 8, 8, 1)
    np.testing.assert_allclose(sampled.codes.mean(0), 0.0, atol=0.1)
    np.testing.assert_allclose(sampled.codes.std(0), 1.0, atol=0.1)
    again = sample_images(digit_autoencoder, 2000, seed=1)
    assert (sampled.images == again.images).all()
    assert (
        sampled.images != sample_images(digit_autoencoder, 2000, seed=2).images
    ).any()


def test_a_low_temperature_stays_near_the_average_image(digit_autoencoder):
    spread = [
        sample_images(digit_autoencoder, 200, temperature=t).images.std(0).mean()
        for t in (0.3, 1.0)
    ]
    assert spread[0] < 0.6 * spread[1]


def test_a_fitted_density_gives_images_like_the_real_ones(
    digit_autoencoder, digit_pixels
):
    codes = encode_images(digit_autoencoder, digit_pixels, sampled=True)
    density = fit_latent_density(codes, LatentDensityConfig(num_components=5))
    sampled = sample_images(digit_autoencoder, 500, density=density)
    real = digit_pixels.transpose(0, 2, 3, 1).mean(0)
    assert np.abs(sampled.images.mean(0) - real).mean() < 10.0


def test_settings_that_do_not_fit_are_refused(digit_autoencoder):
    density = fit_latent_density(
        np.random.default_rng(0).normal(size=(50, 5)),
        LatentDensityConfig(num_components=2),
    )
    with pytest.raises(DataError, match="5 latent dimensions"):
        sample_images(digit_autoencoder, 1, density=density)
    with pytest.raises(ConfigurationError, match="set it to 1"):
        sample_images(digit_autoencoder, 1, density=density, temperature=0.5)
    with pytest.raises(ConfigurationError, match="number 0"):
        sample_images(digit_autoencoder, 0)
