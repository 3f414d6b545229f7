"""From bytes to what an autoencoder reads, and pixels made black or white."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taojin.core.randomness import generator

_WHITE = 255
_ROWS_AT_ONCE = 4096


def unit_interval(pixels: Tensor) -> Tensor:
    """Bytes as fp32 in [0, 1]."""
    return pixels.float() / _WHITE


def to_bytes(images: Tensor) -> NDArray[np.uint8]:
    """Images in [0, 1] as bytes on the CPU, of the same shape."""
    levels = (images.detach().float() * _WHITE).round().clamp(0, _WHITE)
    return levels.to(torch.uint8).cpu().numpy()


def binarise(pixels: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Make every pixel white with a probability that is its grey level.

    Drawn once for all, as for the binarised MNIST of Salakhutdinov and Murray (2008),
    the images are data like any other, and likelihoods of them can be compared: those
    of pixels drawn anew in every epoch are some nats better, and those of pixels cut
    at one half many.

    Args:
        pixels: ``[items, ...]``, grey; not changed.
        seed: Of the draw; the same pixels and seed give the same result.

    Returns:
        The same shape, with 0 and 255 alone.
    """
    draw = generator(seed, "binarisation")
    result = np.empty_like(pixels, order="C")
    for start in range(0, len(pixels), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        levels = draw.integers(0, _WHITE, pixels[part].shape, dtype=np.uint8)
        result[part] = np.where(pixels[part] > levels, _WHITE, 0)
    return result
