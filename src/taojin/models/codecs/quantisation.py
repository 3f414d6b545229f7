"""Finite scalar quantisation: numbers that may take a few values each."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

_MARGIN = 1e-3
"""How far beyond the outermost value a number may reach, so that all are reached."""


class ScalarQuantiser(nn.Module):
    """Rounds every number of a latent to one of a few levels.

    Finite scalar quantisation (Mentzer et al. 2023, arXiv:2309.15505): a book is a grid, not a table that is learnt: no code can die, and no loss is
    needed that draws codes and latents together. It has no weights.

    Args:
        levels: Values that each number of a code may take.
        num_codebooks: Codes that are given side by side.
    """

    sizes: Tensor
    reach: Tensor
    offset: Tensor
    shift: Tensor
    places: Tensor

    def __init__(self, levels: Sequence[int], num_codebooks: int) -> None:
        super().__init__()
        self.levels = tuple(levels)
        self.num_codebooks = num_codebooks
        sizes = torch.tensor(self.levels)
        half = (sizes - 1) * (1.0 + _MARGIN) / 2.0
        even = (sizes % 2 == 0).float() / 2.0
        places = np.concatenate([[1], np.cumprod(self.levels)[:-1]])
        # Not weights, and known from the levels: no part of checkpoints and files.
        self.register_buffer("sizes", sizes, persistent=False)
        self.register_buffer("reach", half, persistent=False)
        self.register_buffer("offset", even, persistent=False)
        self.register_buffer("shift", torch.atanh(even / half), persistent=False)
        self.register_buffer("places", torch.from_numpy(places), persistent=False)

    def forward(self, latents: Tensor) -> Tensor:
        """Round, and let gradients pass as if nothing had been rounded.

        Args:
            latents: Any numbers, ``[..., books * levels]``.

        Returns:
            The same shape, within [-1, 1].
        """
        parts = latents.unflatten(-1, (self.num_codebooks, len(self.levels)))
        bounded = torch.tanh(parts + self.shift) * self.reach - self.offset
        rounded = bounded + (bounded.round() - bounded).detach()
        return (rounded / (self.sizes // 2)).flatten(-2)

    def codes(self, values: Tensor) -> Tensor:
        """Numbers of the codes of rounded values, int64 ``[..., books]``.

        Args:
            values: What :meth:`forward` returned.
        """
        parts = values.unflatten(-1, (self.num_codebooks, len(self.levels)))
        middle = self.sizes // 2
        digits = (parts * middle).round().long() + middle
        return (digits * self.places).sum(-1)

    def values(self, codes: Tensor) -> Tensor:
        """Values ``[..., books * levels]`` of codes ``[..., books]``."""
        middle = self.sizes // 2
        digits = codes[..., None] // self.places % self.sizes
        return ((digits - middle) / middle).flatten(-2)
