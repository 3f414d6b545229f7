"""Residual networks without normalisation, alike on both sides of the game.

After Huang et al. 2024 (arXiv:2501.05441): blocks of 1x1, grouped 3x3 and 1x1
convolutions with leaky rectifiers; initial weights are scaled down with the number of
blocks, so that no norm is needed (after Zhang et al. 2019, arXiv:1901.09321, whose last
convolution of every block starts at zero; measured on digits, it does better not to);
pictures are resized bilinearly.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from taojin.models.adversarial.conditions import JoinedLatents, ProjectionHead
from taojin.models.adversarial.shapes import SMALLEST, AdversarialShape

SLOPE = 0.2
"""Of the rectifiers for negative numbers."""
_EXPANSION = 2
_WEIGHTS_PER_BLOCK = 3


class ResidualBlock(nn.Module):
    """Add to a picture what three convolutions make of it.

    Args:
        width: Channels, in and out.
        group_size: Channels that the middle convolution sees at once.
        depth: Blocks of the whole network, for the scale of the initial weights.
    """

    def __init__(self, width: int, group_size: int, depth: int) -> None:
        super().__init__()
        inner = width * _EXPANSION
        groups = max(1, inner // group_size)
        self.widen = nn.Conv2d(width, inner, 1)
        self.mix = nn.Conv2d(inner, inner, 3, padding=1, groups=groups)
        self.narrow = nn.Conv2d(inner, width, 1, bias=False)
        # With m weighted layers in a block, depth ** (-1 / (2m - 2)) leaves the
        # change of the output by a step independent of the depth (Zhang et al.).
        factor = depth ** (-1.0 / (2 * _WEIGHTS_PER_BLOCK - 2))
        _initialise(self.widen, factor)
        _initialise(self.mix, factor)
        # Zero leaves a short training without mixed places for long; so small, all
        # blocks together add about as much as they are given.
        _initialise(self.narrow, depth**-0.5)

    def forward(self, pictures: Tensor) -> Tensor:
        """Of the same size."""
        inner = functional.leaky_relu(self.widen(pictures), SLOPE)
        inner = functional.leaky_relu(self.mix(inner), SLOPE)
        return pictures + self.narrow(inner)


class ResidualGenerator(nn.Module):
    """From normal numbers to images, see the module.

    Attributes:
        shape: The numbers it was built from.
    """

    def __init__(self, shape: AdversarialShape) -> None:
        super().__init__()
        self.shape = shape
        widths = shape.widths
        self.joined = JoinedLatents(shape)
        self.start = nn.Linear(self.joined.size, widths[0] * SMALLEST**2)
        nn.init.normal_(self.start.weight, std=self.joined.size**-0.5)
        nn.init.zeros_(self.start.bias)
        self.stages = _stages(shape, widths)
        self.resizings = nn.ModuleList(
            _narrowing(before, after) for before, after in pairwise(widths)
        )
        pixels = shape.num_channels * shape.patch_size**2
        self.to_pixels = nn.Conv2d(widths[-1], pixels, 1)
        _initialise(self.to_pixels, 1.0)

    def forward(self, latents: Tensor, targets: Tensor | None = None) -> Tensor:
        """Images ``[images, channels, rows, columns]``, about [-1, 1], not clipped.

        Args:
            latents: ``[images, latent_size]``, normal.
            targets: Class of each ``[images]``, where there are classes.

        Raises:
            ValueError: If there are targets and no classes, or the reverse.
        """
        return self.decode(self.joined(latents, targets))

    def decode(self, joined: Tensor) -> Tensor:
        """Images of what ``joined`` gives, ``[images, joined.size]``."""
        pictures = self.start(joined)
        pictures = pictures.unflatten(1, (-1, SMALLEST, SMALLEST))
        pictures = as_stored(pictures)
        for place, stage in enumerate(self.stages):
            if place:
                pictures = _doubled(self.resizings[place - 1](pictures))
            pictures = stage(pictures)
        return functional.pixel_shuffle(self.to_pixels(pictures), self.shape.patch_size)


class ResidualDiscriminator(nn.Module):
    """From images to one number each, see the module; a generator in reverse.

    Attributes:
        shape: The numbers it was built from.
    """

    def __init__(self, shape: AdversarialShape) -> None:
        super().__init__()
        self.shape = shape
        widths = shape.widths[::-1]
        pixels = shape.num_channels * shape.patch_size**2
        self.from_pixels = nn.Conv2d(pixels, widths[0], 1)
        _initialise(self.from_pixels, 1.0)
        self.stages = _stages(shape, widths)
        self.resizings = nn.ModuleList(
            _narrowing(before, after) for before, after in pairwise(widths)
        )
        # One weight a channel and place: where something stands is not lost.
        self.gather = nn.Conv2d(widths[-1], widths[-1], SMALLEST, groups=widths[-1])
        _initialise(self.gather, 1.0)
        self.head = ProjectionHead(widths[-1], len(shape.labels))

    def features(self, images: Tensor) -> Tensor:
        """What the score is computed from, ``[images, width]``."""
        patches = functional.pixel_unshuffle(images, self.shape.patch_size)
        pictures = self.from_pixels(as_stored(patches))
        for place, stage in enumerate(self.stages):
            if place:
                pictures = self.resizings[place - 1](functional.avg_pool2d(pictures, 2))
            pictures = stage(pictures)
        return self.gather(pictures).flatten(1)

    def forward(self, images: Tensor, targets: Tensor | None = None) -> Tensor:
        """Scores ``[images]``, the higher the more real.

        Args:
            images: ``[images, channels, rows, columns]`` in [-1, 1].
            targets: Class of each ``[images]``, where there are classes.

        Raises:
            ValueError: If there are targets and no classes, or the reverse.
        """
        return self.head(self.features(images), targets)


def _stages(shape: AdversarialShape, widths: tuple[int, ...]) -> nn.ModuleList:
    """Blocks for every size of the picture, in the order of the channels."""
    depth = shape.num_blocks * len(widths)
    return nn.ModuleList(
        nn.Sequential(
            *(
                ResidualBlock(width, min(shape.group_size, width), depth)
                for _ in range(shape.num_blocks)
            )
        )
        for width in widths
    )


def _narrowing(before: int, after: int) -> nn.Module:
    if before == after:
        return nn.Identity()
    convolution = nn.Conv2d(before, after, 1, bias=False)
    _initialise(convolution, 1.0)
    return convolution


def _initialise(layer: nn.Conv2d, factor: float) -> None:
    """Keep the spread of numbers through a layer and a rectifier, times a factor."""
    inputs = math.prod(layer.weight.shape[1:])
    nn.init.normal_(layer.weight, std=factor * inputs**-0.5)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def _doubled(pictures: Tensor) -> Tensor:
    return functional.interpolate(
        pictures, scale_factor=2, mode="bilinear", align_corners=False
    )


def as_stored(pictures: Tensor) -> Tensor:
    """Channels last in memory: convolutions are faster so on a CPU and a GPU."""
    return pictures.contiguous(memory_format=torch.channels_last)
