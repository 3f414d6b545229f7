"""Varied pictures: turned, moved, cropped, recoloured, noisy or partly covered.

Every picture of a batch gets its own draw, and all geometry is one affine resampling,
so that a picture is blurred by interpolation once however many operations hit it.
"""

from collections.abc import Iterator
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from taojin.core.config import StageConfig
from taojin.features.augmentation.colours import recoloured
from taojin.features.augmentation.geometry import (
    Beyond,
    Placement,
    placement_matrices,
    resampled,
)

GEOMETRY = (
    *("rotation", "scaling", "translation", "cropping"),
    *("horizontal_flip", "vertical_flip"),
)
COLOURS = ("brightness", "contrast", "saturation")
IMAGE_OPERATIONS = (*GEOMETRY, *COLOURS, "noise", "cutout")
"""Names of all operations; each has a ``<name>_probability``."""


class ImageAugmentationConfig(StageConfig):
    """How often and how far a picture is changed.

    ``<operation>_probability`` says how likely each is to hit a picture; they hit
    independently of each other.

    Amounts are drawn evenly from a range that is symmetrical about doing nothing:
    offsets from ``[-most, most]``, factors from ``[1 / (1 + most), 1 + most]`` on a
    logarithmic scale. Lengths are shares of a side, brightness and noise are shares of
    the range from black to white.

    Flips are off by default: a mirrored digit or letter is another sign or none. Turn
    them on for pictures whose mirror image is as likely as they are.
    """

    rotation_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    rotation_degrees: float = Field(default=15.0, ge=0.0, le=180.0)
    """Most of a turn, either way."""
    scaling_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    scaling_most: float = Field(default=0.15, ge=0.0, le=4.0)
    """Most of the factor, less 1. Pictures made much smaller lose fine structure by
    aliasing: nothing is smoothed before."""
    translation_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    translation_most: float = Field(default=0.1, ge=0.0, le=1.0)
    """Share of the width and of the height."""
    cropping_probability: float = Field(default=0.0, ge=0.0, le=1.0)
    cropping_least: float = Field(default=0.8, gt=0.0, le=1.0)
    """Least share of each side that is kept; it then fills the frame."""
    horizontal_flip_probability: float = Field(default=0.0, ge=0.0, le=0.5)
    """Left and right. More than half would make the mirror image the rule."""
    vertical_flip_probability: float = Field(default=0.0, ge=0.0, le=0.5)
    """Top and bottom."""
    brightness_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    brightness_most: float = Field(default=0.1, ge=0.0, le=1.0)
    contrast_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    contrast_most: float = Field(default=0.25, ge=0.0, le=10.0)
    """Most of the factor, less 1, of the distance from the picture's mean."""
    saturation_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    saturation_most: float = Field(default=0.5, ge=0.0, le=10.0)
    """Most of the factor, less 1, of the distance of a colour from its grey; of
    pictures of three channels."""
    noise_probability: float = Field(default=0.0, ge=0.0, le=1.0)
    noise_most: float = Field(default=0.1, ge=0.0, le=1.0)
    """Most of the standard deviation of white noise."""
    cutout_probability: float = Field(default=0.0, ge=0.0, le=1.0)
    cutout_share: float = Field(default=0.3, gt=0.0, le=1.0)
    """Side of the covered rectangle as a share of the picture's; its centre lies
    anywhere, so that parts of it may lie outside (DeVries and Taylor 2017,
    arXiv:1708.04552)."""
    beyond: Beyond = "fill"
    """What lies beyond the border: ``fill`` shows a flat ground, ``edge`` the nearest
    pixel, ``reflection`` the mirrored picture."""
    fill: float = Field(default=0.0, ge=0.0, le=1.0)
    """Ground of ``fill`` and colour of a cutout, from black 0 to white 1."""

    def only(self, *operations: str) -> Self:
        """The same settings with every other operation off.

        Raises:
            ValueError: If an operation is not one of :data:`IMAGE_OPERATIONS`.
        """
        unknown = sorted(set(operations) - set(IMAGE_OPERATIONS))
        if unknown:
            message = f"unknown operations {unknown}; there are {IMAGE_OPERATIONS}"
            raise ValueError(message)
        others = set(IMAGE_OPERATIONS) - set(operations)
        return self.model_copy(update={f"{name}_probability": 0.0 for name in others})

    def uses(self, operations: tuple[str, ...]) -> bool:
        """Whether one of some operations can happen."""
        return any(getattr(self, f"{name}_probability") > 0.0 for name in operations)


def augment_batch(
    pixels: Tensor,
    config: ImageAugmentationConfig,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Change each picture of a batch by chance.

    Args:
        pixels: ``[pictures, channels, height, width]``, 0 to 1; not changed.
        config: What may happen.
        generator: Of the random numbers; None takes the global one of the pixels'
            device. One on the CPU gives the same draws (but for noise) on any device.

    Returns:
        As many pixels, 0 to 1. With one generator state, switching one operation on
        or off leaves the draws of the others as they are.
    """
    return changed_pictures(pixels, config, 1.0, generator).clamp(0.0, 1.0)


def augment_images(
    pixels: NDArray[np.uint8],
    config: ImageAugmentationConfig,
    generator: torch.Generator | None = None,
) -> NDArray[np.uint8]:
    """Change each picture by chance; see :func:`augment_batch`.

    Args:
        pixels: ``[pictures, channels, height, width]``, read in slices, so that a
            memory map of any length will do; not changed.
        config: What may happen.
        generator: Of the random numbers, on the CPU; None takes the global one.

    Returns:
        As many pixels, rounded.
    """
    found = np.empty(pixels.shape, dtype=np.uint8)
    for start in range(0, len(pixels), _PICTURES_AT_ONCE):
        some = np.array(pixels[start : start + _PICTURES_AT_ONCE])
        varied = augment_batch(torch.from_numpy(some) / _WHITE, config, generator)
        rounded = (varied * _WHITE).round().to(torch.uint8)
        found[start : start + len(some)] = rounded.numpy()
    return found


def changed_pictures(
    pixels: Tensor,
    config: ImageAugmentationConfig,
    strength: float | Tensor,
    generator: torch.Generator | None,
    *,
    black: float = 0.0,
    white: float = 1.0,
) -> Tensor:
    """Change each picture by chance; nothing is clipped.

    Args:
        pixels: ``[pictures, channels, height, width]``.
        config: What may happen.
        strength: Multiplies all probabilities, 0 to 1; at 0 the pixels come back bit
            for bit.
        generator: Of the random numbers.
        black: What black is among the pixels.
        white: What white is.
    """
    draws = _Draws(len(pixels), strength, pixels, generator)
    height, width = pixels.shape[2:]
    extent, fill = white - black, black + (white - black) * config.fill
    placement = _drawn_placement(draws, config)
    brightness = extent * draws.offset(
        config.brightness_probability, config.brightness_most
    )
    contrast = draws.factor(config.contrast_probability, config.contrast_most)
    saturation = draws.factor(config.saturation_probability, config.saturation_most)
    deviation = extent * draws.portion(config.noise_probability, config.noise_most)
    cover = draws.happens(config.cutout_probability)
    centre_x, centre_y = draws.even(), draws.even()
    if config.uses(GEOMETRY):
        matrices = placement_matrices(placement, height, width)
        moved = resampled(pixels, matrices, config.beyond, fill)
        pixels = torch.where(placement.moves()[:, None, None, None], moved, pixels)
    if config.uses(COLOURS):
        pixels = recoloured(pixels, brightness, contrast, saturation)
    if config.uses(("noise",)):
        pixels = pixels + draws.noise(pixels) * deviation[:, None, None, None]
    if config.uses(("cutout",)):
        covered = _squares(centre_x, centre_y, config.cutout_share, height, width)
        hidden = (cover[:, None, None] & covered)[:, None]
        pixels = torch.where(hidden, fill, pixels)
    return pixels


class _Draws:
    """Random amounts of each picture; the same numbers are used up whatever happens."""

    def __init__(
        self,
        num_pictures: int,
        strength: float | Tensor,
        like: Tensor,
        generator: torch.Generator | None,
    ) -> None:
        self._generator = generator
        self._strength = strength
        self._source = like.device if generator is None else generator.device
        table = torch.rand(
            (_NUM_DRAWS, num_pictures), generator=generator, device=self._source
        )
        self._rows: Iterator[Tensor] = iter(table.to(like.device))

    def even(self) -> Tensor:
        """From 0 to 1."""
        return next(self._rows)

    def happens(self, probability: float) -> Tensor:
        """Whether an operation hits a picture."""
        return self.even() < probability * self._strength

    def offset(self, probability: float, most: float) -> Tensor:
        """From ``-most`` to ``most``; 0 where nothing happens."""
        return torch.where(
            self.happens(probability), (2.0 * self.even() - 1.0) * most, 0.0
        )

    def factor(self, probability: float, most: float) -> Tensor:
        """From ``1 / (1 + most)`` to ``1 + most``; 1 where nothing happens."""
        return torch.exp(self.offset(probability, float(np.log1p(most))))

    def portion(self, probability: float, most: float) -> Tensor:
        """From 0 to ``most``, without 0; 0 where nothing happens."""
        return torch.where(self.happens(probability), (1.0 - self.even()) * most, 0.0)

    def mirror(self, probability: float) -> Tensor:
        """-1 where a picture is mirrored, else 1."""
        return torch.where(self.happens(probability), -1.0, 1.0)

    def noise(self, pixels: Tensor) -> Tensor:
        """White, of deviation 1, for every pixel."""
        drawn = torch.randn(
            pixels.shape,
            generator=self._generator,
            device=self._source,
            dtype=pixels.dtype,
        )
        return drawn.to(pixels.device)


def _drawn_placement(draws: _Draws, config: ImageAugmentationConfig) -> Placement:
    degrees = draws.offset(config.rotation_probability, config.rotation_degrees)
    zoom = draws.factor(config.scaling_probability, config.scaling_most)
    moves = draws.happens(config.translation_probability)
    right, down = (
        torch.where(moves, (2.0 * draws.even() - 1.0) * config.translation_most, 0.0)
        for _ in range(2)
    )
    lost = draws.portion(config.cropping_probability, 1.0 - config.cropping_least)
    return Placement(
        degrees=degrees,
        zoom=zoom,
        right=right,
        down=down,
        crop=1.0 - lost,
        crop_right=2.0 * draws.even() - 1.0,
        crop_down=2.0 * draws.even() - 1.0,
        mirror_x=draws.mirror(config.horizontal_flip_probability),
        mirror_y=draws.mirror(config.vertical_flip_probability),
    )


def _squares(
    centre_x: Tensor, centre_y: Tensor, share: float, height: int, width: int
) -> Tensor:
    """Which pixels lie in the rectangle of each picture, ``[pictures, h, w]``."""
    inside = []
    for centre, size in ((centre_y, height), (centre_x, width)):
        places = (torch.arange(size, device=centre.device) + 0.5) / size
        inside.append((places - centre[:, None]).abs() <= share / 2.0)
    return inside[0][:, :, None] & inside[1][:, None, :]


_NUM_DRAWS = 24
_WHITE = 255.0
_PICTURES_AT_ONCE = 1024
