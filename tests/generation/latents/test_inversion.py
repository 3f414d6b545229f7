import numpy as np
import pytest
import torch

from taojin.core.errors import DataError
from taojin.generation.latents.codes import decode_codes, encode_images
from taojin.generation.latents.inversion import InversionConfig, invert_images


def test_refined_latents_give_the_images_back_better(digit_autoencoder, digit_pixels):
    pixels = digit_pixels[:20]
    found = invert_images(digit_autoencoder, pixels, InversionConfig(prior_weight=0.0))
    assert (found.losses <= found.losses_before).all()
    assert found.losses.mean() < found.losses_before.mean() - 0.5
    wanted = pixels.transpose(0, 2, 3, 1).astype(float)
    codes = encode_images(digit_autoencoder, pixels)
    before = decode_codes(digit_autoencoder, codes) - wanted
    assert ((found.images - wanted) ** 2).mean() < (before**2).mean()


def test_without_steps_the_latents_are_the_encoder_s(digit_autoencoder, digit_pixels):
    pixels = digit_pixels[:5]
    found = invert_images(digit_autoencoder, pixels, InversionConfig(num_steps=0))
    assert (found.codes == encode_images(digit_autoencoder, pixels)).all()
    assert (found.losses == found.losses_before).all()


def test_the_prior_keeps_latents_near(digit_autoencoder, digit_pixels):
    lengths = [
        np.linalg.norm(
            invert_images(
                digit_autoencoder, digit_pixels[:20], InversionConfig(prior_weight=w)
            ).codes
        )
        for w in (0.0, 20.0)
    ]
    assert lengths[1] < lengths[0]


def test_steps_that_lead_astray_are_not_kept(digit_autoencoder, digit_pixels):
    wild = InversionConfig(num_steps=5, learning_rate=10.0)
    found = invert_images(digit_autoencoder, digit_pixels[:5], wild)
    assert (found.losses <= found.losses_before).all()


def test_the_autoencoder_stays_as_it_is(digit_autoencoder, digit_pixels):
    before = {k: v.clone() for k, v in digit_autoencoder.state_dict().items()}
    invert_images(digit_autoencoder, digit_pixels[:2], InversionConfig(num_steps=3))
    for name, value in digit_autoencoder.state_dict().items():
        assert torch.equal(value, before[name])
    assert all(weight.grad is None for weight in digit_autoencoder.parameters())


def test_an_image_of_another_size_is_refused(digit_autoencoder, digit_pixels):
    with pytest.raises(DataError, match="bring them to its size"):
        invert_images(digit_autoencoder, digit_pixels[:, :, :5], InversionConfig())
