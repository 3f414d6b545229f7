"""Pictures of what a generator of images makes, to be looked at."""

import numpy as np
from numpy.typing import NDArray

from taojin.generation.adversarial.config import ImageSamplingConfig
from taojin.generation.adversarial.sampling import sample_images as draw_images
from taojin.generation.latents.sampling import sample_images
from taojin.media.pictures import enlarged, picture_grid
from taojin.models.adversarial.networks import Generator
from taojin.models.autoencoders.network import Autoencoder

_COLUMNS = 10
_SIDE = 32
"""Pixels that images are enlarged to, at least: nobody sees anything in 8."""


def draw_generated(generator: Generator) -> NDArray[np.uint8]:
    """A hundred images of a generator; one class a column where it has ten.

    Returns:
        A picture ``[height, width, 1 or 3]``, the same latents at every call.
    """
    return _picture(draw_images(generator, _COLUMNS**2, ImageSamplingConfig()))


def draw_decoded(model: Autoencoder) -> NDArray[np.uint8]:
    """A hundred images decoded from the prior, the same latents at every call."""
    return _picture(sample_images(model, _COLUMNS**2).images)


def magnification(side: int) -> int:
    """By how much images of this side are enlarged in pictures."""
    return max(1, -(-_SIDE // side))


def _picture(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grid = picture_grid(images, _COLUMNS)
    return enlarged(grid, magnification(images.shape[1]))
