"""Images as latents of an autoencoder, and back; some at a time."""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taojin.core.errors import DataError, EmptyStageError
from taojin.core.randomness import derive_seed
from taojin.models.autoencoders.network import Autoencoder
from taojin.models.autoencoders.pixels import to_bytes, unit_interval

_AT_ONCE = 256


def device_of(model: Autoencoder) -> torch.device:
    """Where an autoencoder computes."""
    return next(model.parameters()).device


def images_on(model: Autoencoder, pixels: NDArray[np.uint8]) -> Tensor:
    """Pixels as images in [0, 1], where the model is.

    Args:
        model: An autoencoder.
        pixels: ``[images, channels, height, width]``.

    Raises:
        EmptyStageError: If there is no image.
        DataError: If the images are of another size than the autoencoder's.
    """
    if not len(pixels):
        message = "there is no image to encode; give one at least"
        raise EmptyStageError(message)
    if pixels.shape[1:] != model.shape.image_shape:
        message = (
            f"images of {pixels.shape[1:]} (channels, height, width) for an autoencoder "
            f"of {model.shape.image_shape}; bring them to its size"
        )
        raise DataError(message)
    return unit_interval(torch.from_numpy(np.array(pixels)).to(device_of(model)))


@torch.no_grad()
def encode_images(
    model: Autoencoder,
    pixels: NDArray[np.uint8],
    *,
    sampled: bool = False,
    seed: int = 0,
) -> NDArray[np.float32]:
    """The latents of images, ``[images, latent size]``.

    Args:
        model: An autoencoder.
        pixels: ``[images, channels, height, width]``, at least one.
        sampled: One draw from the posterior of each, not its mean: together they are a
            sample of the aggregate posterior of a variational autoencoder.
        seed: Of the draws.

    Raises:
        EmptyStageError: If there is no image.
        DataError: If the images are of another size than the autoencoder's.
    """
    found: list[Tensor] = []
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(seed, "codes"))
        for start in range(0, max(1, len(pixels)), _AT_ONCE):
            part = images_on(model, pixels[start : start + _AT_ONCE])
            posterior = model.encode(part)
            noise = torch.randn_like(posterior.means)
            found.append((posterior.at(noise) if sampled else posterior.means).cpu())
    return torch.cat(found).numpy()


@torch.no_grad()
def decode_codes(
    model: Autoencoder,
    codes: NDArray[np.floating],
    *,
    sampled: bool = False,
    seed: int = 0,
) -> NDArray[np.uint8]:
    """Images of latents, ``uint8 [..., height, width, channels]``.

    Args:
        model: An autoencoder.
        codes: ``[..., latent size]``.
        sampled: Draw pixels from the decoder's distribution; else its mean is shown.
        seed: Of the draws.

    Raises:
        DataError: If the latents are of another size.
    """
    if codes.shape[-1] != model.shape.latent_size:
        message = (
            f"latents of {codes.shape[-1]} numbers for an autoencoder of "
            f"{model.shape.latent_size}; take those of this autoencoder"
        )
        raise DataError(message)
    flat = torch.from_numpy(codes.reshape(-1, codes.shape[-1]).astype(np.float32))
    images: list[NDArray[np.uint8]] = []
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(seed, "pixels"))
        for part in flat.split(_AT_ONCE):
            outputs = model.decode(part.to(device_of(model)))
            likelihood = model.likelihood
            shown = likelihood.sample(outputs) if sampled else likelihood.mean(outputs)
            images.append(to_bytes(shown))
    last = np.concatenate(images).transpose(0, 2, 3, 1)
    shaped = last.reshape(*codes.shape[:-1], *last.shape[1:])
    return cast("NDArray[np.uint8]", np.ascontiguousarray(shaped))
