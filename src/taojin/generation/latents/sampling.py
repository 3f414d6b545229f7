"""New images of an autoencoder."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.errors import ConfigurationError, DataError
from taojin.core.randomness import generator
from taojin.generation.latents.codes import decode_codes
from taojin.generation.latents.density import LatentDensity
from taojin.models.autoencoders.network import Autoencoder


class SampledImages(NamedTuple):
    """Images and where in the latent space they are from.

    Attributes:
        images: ``uint8 [images, height, width, channels]``.
        codes: ``float32 [images, latent size]``.
    """

    images: NDArray[np.uint8]
    codes: NDArray[np.float32]


def sample_images(
    model: Autoencoder,
    number: int,
    *,
    density: LatentDensity | None = None,
    temperature: float = 1.0,
    draw_pixels: bool = False,
    seed: int = 0,
) -> SampledImages:
    """Draw latents and decode them.

    Args:
        model: An autoencoder. A plain one has no prior: give it a density.
        number: Of images.
        density: Fitted to latents of the model; None is the prior, a standard normal
            distribution.
        temperature: Standard deviations of the prior are multiplied by it: below 1
            images are more like the average one. With a density it must be 1.
        draw_pixels: Draw pixels from the decoder's distribution; else its mean is
            shown, which is smoother than data.
        seed: Of latents and pixels.

    Raises:
        ConfigurationError: If ``number`` or ``temperature`` is not positive, or a
            temperature is given with a density.
        DataError: If the density is of latents of another size.
    """
    if number < 1 or temperature <= 0.0:
        message = f"number {number} and temperature {temperature} must be positive"
        raise ConfigurationError(message)
    size = model.shape.latent_size
    if density is None:
        draw = generator(seed, "latents")
        noise = draw.standard_normal((number, size), dtype=np.float32)
        codes = (temperature * noise).astype(np.float32)
    else:
        if temperature != 1.0:
            message = (
                f"temperature is {temperature}, which the prior knows and a fitted "
                "density does not; set it to 1"
            )
            raise ConfigurationError(message)
        if density.means.shape[1] != size:
            message = (
                f"a density of {density.means.shape[1]} latent dimensions for an "
                f"autoencoder of {size}; fit one to latents of this autoencoder"
            )
            raise DataError(message)
        codes = density.sample(number, seed)
    return SampledImages(
        decode_codes(model, codes, sampled=draw_pixels, seed=seed), codes
    )
