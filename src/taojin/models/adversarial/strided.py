"""Strided convolutions, the networks of the first GANs of images; to compare with."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from taojin.models.adversarial.conditions import JoinedLatents, ProjectionHead
from taojin.models.adversarial.residual import SLOPE
from taojin.models.adversarial.shapes import SMALLEST, AdversarialShape

_DEVIATION = 0.02
"""Of the initial weights, as the authors have it."""


class StridedGenerator(nn.Module):
    """Transposed convolutions with batch norm (Radford et al. 2016).

    Attributes:
        shape: The numbers it was built from.
    """

    def __init__(self, shape: AdversarialShape) -> None:
        super().__init__()
        self.shape = shape
        widths = shape.widths
        self.joined = JoinedLatents(shape)
        self.start = nn.Linear(self.joined.size, widths[0] * SMALLEST**2)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths)
        self.convolutions = nn.ModuleList(
            nn.ConvTranspose2d(before, after, 4, stride=2, padding=1)
            for before, after in pairwise(widths)
        )
        self.to_pixels = nn.Conv2d(widths[-1], shape.num_channels, 3, padding=1)
        self.apply(_initialise)

    def forward(self, latents: Tensor, targets: Tensor | None = None) -> Tensor:
        """Images ``[images, channels, rows, columns]`` in [-1, 1].

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
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        pictures = functional.relu(self.norms[0](pictures))
        for place, convolution in enumerate(self.convolutions):
            pictures = functional.relu(self.norms[place + 1](convolution(pictures)))
        return torch.tanh(self.to_pixels(pictures))


class StridedDiscriminator(nn.Module):
    """Convolutions of stride two, with batch norm or without any norm.

    With batch norm, what is said of an image depends on the others of its batch: a
    penalty of the gradient an image is then not defined.

    Attributes:
        shape: The numbers it was built from.
    """

    def __init__(self, shape: AdversarialShape) -> None:
        super().__init__()
        self.shape = shape
        widths = shape.widths[::-1]
        normed = shape.backbone == "dcgan"
        self.from_pixels = nn.Conv2d(shape.num_channels, widths[0], 3, padding=1)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 4, stride=2, padding=1)
            for before, after in pairwise(widths)
        )
        self.norms = nn.ModuleList(
            nn.BatchNorm2d(width) if normed else nn.Identity() for width in widths[1:]
        )
        self.apply(_initialise if normed else _no_change)
        self.head = ProjectionHead(widths[-1] * SMALLEST**2, len(shape.labels))

    def features(self, images: Tensor) -> Tensor:
        """What the score is computed from, ``[images, width * 16]``."""
        pictures = images.contiguous(memory_format=torch.channels_last)
        pictures = functional.leaky_relu(self.from_pixels(pictures), SLOPE)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            pictures = functional.leaky_relu(norm(convolution(pictures)), SLOPE)
        return pictures.flatten(1)

    def forward(self, images: Tensor, targets: Tensor | None = None) -> Tensor:
        """Scores ``[images]``, the higher the more real.

        Args:
            images: ``[images, channels, rows, columns]`` in [-1, 1].
            targets: Class of each ``[images]``, where there are classes.

        Raises:
            ValueError: If there are targets and no classes, or the reverse.
        """
        return self.head(self.features(images), targets)


def _initialise(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(layer.weight, std=_DEVIATION)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _no_change(_: nn.Module) -> None:
    """Keep PyTorch's initial weights."""
