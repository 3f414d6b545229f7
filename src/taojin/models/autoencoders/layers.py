"""Encoders and decoders: residual convolutions, or linear layers alone.

No batch statistics anywhere: what is computed of an image depends on it alone.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from taojin.models.autoencoders.shape import AutoencoderShape

Activation = Callable[[Tensor], Tensor]

_ACTIVATIONS: dict[str, Activation] = {
    "silu": functional.silu,
    "elu": functional.elu,
    "relu": functional.relu,
    "tanh": torch.tanh,
}
_GROUPS = 8


class ResidualBlock(nn.Module):
    """``x + convolution(act(convolution(act(x))))``, the identity at first.

    Normalised where asked over groups of channels of one image (Wu and He 2018,
    arXiv:1803.08494).
    """

    def __init__(self, num_channels: int, shape: AutoencoderShape) -> None:
        super().__init__()
        self._act = _ACTIVATIONS[shape.activation]
        self.first_norm = _norm(num_channels, shape)
        self.first = nn.Conv2d(num_channels, num_channels, 3, padding=1)
        self.second_norm = _norm(num_channels, shape)
        self.second = nn.Conv2d(num_channels, num_channels, 3, padding=1)

    def forward(self, states: Tensor) -> Tensor:
        """States of the same shape."""
        inner = self.first(self._act(self.first_norm(states)))
        return states + self.second(self._act(self.second_norm(inner)))


class ConvolutionalEncoder(nn.Module):
    """Levels that halve the picture, then linear layers.

    Args:
        shape: Sizes.
        num_outputs: Numbers an image.
    """

    def __init__(self, shape: AutoencoderShape, num_outputs: int) -> None:
        super().__init__()
        self._act = _ACTIVATIONS[shape.activation]
        self.levels = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(before, after, 3, stride=2, padding=1),
                *(ResidualBlock(after, shape) for _ in range(shape.num_blocks)),
            )
            for before, after in pairwise((shape.num_channels, *shape.widths))
        )
        height, width = shape.sizes()[-1]
        flat = shape.widths[-1] * height * width
        self.layers = LinearStack((flat, *shape.hidden_sizes, num_outputs), shape)

    def forward(self, images: Tensor) -> Tensor:
        """Outputs ``[images, num_outputs]`` of ``[images, channels, height, width]``."""
        states = images.contiguous(memory_format=torch.channels_last)
        for level in self.levels:
            states = level(states)
        return self.layers(self._act(states).flatten(1))


class ConvolutionalDecoder(nn.Module):
    """Linear layers, then levels that double the picture.

    A level ends in a convolution whose channels become pixels (Shi et al. 2016,
    arXiv:1609.05158): the last and largest picture costs no convolution of its own.

    Args:
        shape: Sizes.
        num_planes: Channels of the output.
    """

    def __init__(self, shape: AutoencoderShape, num_planes: int) -> None:
        super().__init__()
        self._act = _ACTIVATIONS[shape.activation]
        sizes = shape.sizes()[::-1]
        self._first = (shape.widths[-1], *sizes[0])
        self._sizes = sizes[1:]
        flat = self._first[0] * self._first[1] * self._first[2]
        ends = (shape.latent_size, *shape.hidden_sizes[::-1], flat)
        self.layers = LinearStack(ends, shape)
        widths = (*shape.widths[::-1], num_planes)
        self.levels = nn.ModuleList(
            nn.Sequential(
                *(ResidualBlock(before, shape) for _ in range(shape.num_blocks)),
                _Activated(shape.activation),
                nn.Conv2d(before, 4 * after, 3, padding=1),
                nn.PixelShuffle(2),
            )
            for before, after in pairwise(widths)
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Planes ``[items, num_planes, height, width]`` of latents ``[items, size]``."""
        states = self.layers(latents).unflatten(1, self._first)
        states = states.contiguous(memory_format=torch.channels_last)
        for level, (height, width) in zip(self.levels, self._sizes, strict=True):
            states = level(states)[..., :height, :width]  # halves had been rounded up
        return states


class LinearEncoder(nn.Module):
    """Linear layers over the pixels of an image."""

    def __init__(self, shape: AutoencoderShape, num_outputs: int) -> None:
        super().__init__()
        ends = (shape.image_size, *shape.hidden_sizes, num_outputs)
        self.layers = LinearStack(ends, shape)

    def forward(self, images: Tensor) -> Tensor:
        """Outputs ``[images, num_outputs]`` of ``[images, channels, height, width]``."""
        return self.layers(images.flatten(1))


class LinearDecoder(nn.Module):
    """Linear layers that give the planes of an image."""

    def __init__(self, shape: AutoencoderShape, num_planes: int) -> None:
        super().__init__()
        self._planes = (num_planes, shape.height, shape.width)
        flat = num_planes * shape.height * shape.width
        ends = (shape.latent_size, *shape.hidden_sizes[::-1], flat)
        self.layers = LinearStack(ends, shape)

    def forward(self, latents: Tensor) -> Tensor:
        """Planes ``[items, num_planes, height, width]`` of latents ``[items, size]``."""
        return self.layers(latents).unflatten(1, self._planes)


class LinearStack(nn.Module):
    """Linear layers with activations between them, none after the last."""

    def __init__(self, sizes: tuple[int, ...], shape: AutoencoderShape) -> None:
        super().__init__()
        self._act = _ACTIVATIONS[shape.activation]
        self.linear = nn.ModuleList(nn.Linear(*ends) for ends in pairwise(sizes))

    def forward(self, states: Tensor) -> Tensor:
        """States ``[items, last size]``."""
        for place, layer in enumerate(self.linear):
            states = layer(self._act(states) if place else states)
        return states


class _Activated(nn.Module):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._act = _ACTIVATIONS[name]

    def forward(self, states: Tensor) -> Tensor:
        return self._act(states)


def initialise(module: nn.Module, shape: AutoencoderShape) -> None:
    """Draw weights that keep the size of signals through many layers.

    For one-sided activations by He et al. 2015 (arXiv:1502.01852), else by Glorot and
    Bengio 2010; PyTorch's own are smaller, and a deep network of them starts slowly.
    Offsets are zero. What ends a residual branch is left at zero.
    """
    kind = "tanh" if shape.activation == "tanh" else "relu"
    gain = nn.init.calculate_gain(kind)
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            nn.init.zeros_(cast("Tensor", part.bias))
            fan_in = part.weight[0].numel()
            nn.init.normal_(part.weight, std=gain / fan_in**0.5)
    for part in module.modules():
        if isinstance(part, ResidualBlock):
            nn.init.zeros_(part.second.weight)


def _norm(num_channels: int, shape: AutoencoderShape) -> nn.Module:
    if shape.norm == "none":
        return nn.Identity()
    return nn.GroupNorm(_GROUPS if num_channels % _GROUPS == 0 else 1, num_channels)
