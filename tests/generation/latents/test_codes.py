import numpy as np
import pytest
import torch

from taojin.core.errors import DataError, EmptyStageError
from taojin.generation.latents.codes import decode_codes, encode_images


def test_images_come_back_from_their_latents(digit_autoencoder, digit_pixels):
    codes = encode_images(digit_autoencoder, digit_pixels)
    images = decode_codes(digit_autoencoder, codes)
    assert codes.shape == (600, 6)
    assert images.shape == (600, 8, 8, 1)
    assert images.dtype == np.uint8
    error = images.transpose(0, 3, 1, 2).astype(float) - digit_pixels
    spread = digit_pixels - digit_pixels.mean(0)
    assert (error**2).mean() < 0.6 * (spread**2).mean()


def test_draws_from_the_posterior_spread_around_its_mean(
    digit_autoencoder, digit_pixels
):
    same = np.repeat(digit_pixels[:1], 500, axis=0)
    drawn = encode_images(digit_autoencoder, same, sampled=True, seed=1)
    posterior = digit_autoencoder.encode(torch.from_numpy(same[:1]) / 255)
    np.testing.assert_allclose(
        drawn.std(0), posterior.log_scales.exp().detach()[0], rtol=0.2
    )
    again = encode_images(digit_autoencoder, same, sampled=True, seed=1)
    assert (drawn == again).all()


def test_pixels_can_be_drawn(digit_autoencoder):
    codes = np.zeros((2, 3, 6), np.float32)
    shown = decode_codes(digit_autoencoder, codes)
    drawn = decode_codes(digit_autoencoder, codes, sampled=True)
    assert shown.shape == drawn.shape == (2, 3, 8, 8, 1)
    assert (shown[0, 0] == shown[1, 2]).all()
    assert (drawn[0, 0] != drawn[1, 2]).any()


def test_nothing_is_taken_from_the_generator_of_others(digit_autoencoder, digit_pixels):
    state = torch.get_rng_state()
    codes = encode_images(digit_autoencoder, digit_pixels[:3], sampled=True)
    decode_codes(digit_autoencoder, codes, sampled=True)
    assert torch.equal(state, torch.get_rng_state())


def test_foreign_images_and_latents_are_refused(digit_autoencoder, digit_pixels):
    with pytest.raises(DataError, match="bring them to its size"):
        encode_images(digit_autoencoder, digit_pixels[:, :, :7])
    with pytest.raises(EmptyStageError, match="no image"):
        encode_images(digit_autoencoder, digit_pixels[:0])
    with pytest.raises(DataError, match="latents of 5 numbers"):
        decode_codes(digit_autoencoder, np.zeros((1, 5)))
