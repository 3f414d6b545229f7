"""Tables of images that show what a latent space knows.

All are ``uint8 [rows, columns, height, width, channels]``; decoders show their mean.
"""

from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from taojin.core.errors import ConfigurationError, DataError
from taojin.generation.latents.codes import decode_codes, encode_images
from taojin.models.autoencoders.network import Autoencoder

ImageTable = NDArray[np.uint8]
Course = Literal["spherical", "linear"]

_PARALLEL = 1e-4
"""Radians between two latents below which the sphere between them is a line."""


def reconstructions(model: Autoencoder, pixels: NDArray[np.uint8]) -> ImageTable:
    """Images in the first row, what came back of them in the second.

    Args:
        model: An autoencoder.
        pixels: ``[images, channels, height, width]``.

    Raises:
        EmptyStageError: If there is no image.
        DataError: If the images are of another size than the autoencoder's.
    """
    restored = decode_codes(model, encode_images(model, pixels))
    originals = np.asarray(pixels).transpose(0, 2, 3, 1)
    return np.stack([originals, restored])


def interpolated_codes(
    first: NDArray[np.floating],
    second: NDArray[np.floating],
    num_steps: int,
    course: Course = "spherical",
) -> NDArray[np.float32]:
    """Latents on the way from some to others, ``[rows, num_steps, latent size]``.

    In a space of many dimensions nearly all of a normal distribution lies near a
    sphere; the straight way between two of its points leads through the middle, where
    no data is, and the spherical one does not (White 2016, arXiv:1609.04468). For a
    plain autoencoder, whose latents lie on no sphere, ``linear`` is right.

    Args:
        first: ``[rows, latent size]``.
        second: Of the same shape.
        num_steps: Of each way, ends included.
        course: Along a great circle, the length changing evenly, or along a line.

    Raises:
        ConfigurationError: If there are fewer than two steps.
        DataError: If both differ in shape.
    """
    if num_steps < 2:
        message = f"num_steps is {num_steps} and must be at least 2, for both ends"
        raise ConfigurationError(message)
    if first.shape != second.shape:
        message = f"ways from {first.shape} to {second.shape} latents; give pairs"
        raise DataError(message)
    shares = np.linspace(0.0, 1.0, num_steps)[None, :, None]
    begin, end = first[:, None].astype(np.float64), second[:, None].astype(np.float64)
    straight = (1.0 - shares) * begin + shares * end
    if course == "linear":
        return straight.astype(np.float32)
    lengths = [np.linalg.norm(ends, axis=-1, keepdims=True) for ends in (begin, end)]
    units = [
        ends / np.maximum(length, 1e-12)
        for ends, length in zip((begin, end), lengths, strict=True)
    ]
    cosine = (units[0] * units[1]).sum(-1, keepdims=True).clip(-1.0, 1.0)
    angle = np.arccos(cosine)
    usable = (np.sin(angle) > _PARALLEL) & (np.minimum(*lengths) > _PARALLEL)
    safe = np.where(usable, np.sin(angle), 1.0)
    direction = (
        np.sin((1.0 - shares) * angle) * units[0] + np.sin(shares * angle) * units[1]
    ) / safe
    length = (1.0 - shares) * lengths[0] + shares * lengths[1]
    return np.where(usable, length * direction, straight).astype(np.float32)


def interpolations(
    model: Autoencoder,
    first: NDArray[np.uint8],
    second: NDArray[np.uint8],
    num_steps: int = 10,
    course: Course = "spherical",
) -> ImageTable:
    """Ways between pairs of images, one a row, the reconstructed pair at its ends.

    Args:
        model: An autoencoder.
        first: ``[rows, channels, height, width]``.
        second: Of the same shape.
        num_steps: Images a row.
        course: See :func:`interpolated_codes`.

    Raises:
        EmptyStageError: If there is no image.
        DataError: If numbers or sizes of images differ.
        ConfigurationError: If there are fewer than two steps.
    """
    ends = encode_images(model, first), encode_images(model, second)
    return decode_codes(model, interpolated_codes(*ends, num_steps, course))


def traversals(
    model: Autoencoder,
    pixels: NDArray[np.uint8],
    *,
    num_dimensions: int = 10,
    num_steps: int = 11,
    reach: float = 3.0,
    at: int = 0,
) -> ImageTable:
    """One latent dimension changed at a time, a row each, all others as they are.

    The dimensions that vary most over the images come first; in a variational
    autoencoder the others carry nothing.

    Args:
        model: An autoencoder.
        pixels: ``[images, channels, height, width]``, two at least; what is varied is
            the latent of one of them.
        num_dimensions: Rows, at most.
        num_steps: Columns.
        reach: From minus to plus so many standard deviations that the dimension has
            over the images, around its mean.
        at: Which image is varied.

    Raises:
        EmptyStageError: If there is no image.
        DataError: If the images are of another size, or there is none at ``at``.
        ConfigurationError: If there are fewer than two steps.
    """
    if not 0 <= at < len(pixels):
        message = f"at is {at}, and there are {len(pixels)} images; choose one of them"
        raise DataError(message)
    if num_steps < 2:
        message = f"num_steps is {num_steps} and must be at least 2, for both ends"
        raise ConfigurationError(message)
    codes = encode_images(model, pixels)
    means, deviations = codes.mean(0), codes.std(0)
    chosen = np.argsort(-deviations, kind="stable")[:num_dimensions]
    changed = np.tile(codes[at], (len(chosen), num_steps, 1))
    for row, dimension in enumerate(chosen):
        way = np.linspace(-reach, reach, num_steps)
        changed[row, :, dimension] = means[dimension] + way * deviations[dimension]
    return cast("ImageTable", decode_codes(model, changed))
