"""A moving average of the weights, which is smoother than the last of them."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from taojin.training.distribution.sharding import share_of


class WeightAverage:
    """Exponential moving average of weights (Polyak and Juditsky 1992).

    The decay rises to its full value as ``(1 + n) / (10 + n)`` over the first updates
    ``n``, so that the initial weights are soon forgotten.

    Args:
        weights: What is averaged, by name; the average starts equal to them.
        decay: Share of the average that an update leaves, in [0, 1).
    """

    def __init__(self, weights: Mapping[str, Tensor], decay: float) -> None:
        self._weights = {name: weight.detach() for name, weight in weights.items()}
        self._averages = {
            name: weight.clone() for name, weight in self._weights.items()
        }
        self._decay = decay

    @torch.no_grad()
    def update(self, num_updates: int) -> None:
        """Take the weights of now into the average.

        Args:
            num_updates: Updates before this one.
        """
        decay = min(self._decay, (1 + num_updates) / (10 + num_updates))
        for name, average in self._averages.items():
            average.lerp_(self._weights[name], 1.0 - decay)

    @contextmanager
    def in_place(self) -> Generator[None, None, None]:
        """Let the model hold the averages inside the block."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def state(self) -> dict[str, Tensor]:
        """The averages by name; not copies."""
        return dict(self._averages)

    @torch.no_grad()
    def load_state(self, averages: Mapping[str, Tensor]) -> None:
        """Restore what :meth:`state` returned."""
        for name, average in self._averages.items():
            average.copy_(share_of(averages[name], average))

    @torch.no_grad()
    def keep(self) -> None:
        """Let the model hold the averages for good."""
        for name, weight in self._weights.items():
            weight.copy_(self._averages[name])

    @torch.no_grad()
    def _exchange(self) -> None:
        # By value: optimisers and compiled code hold on to the weights' memory.
        for name, weight in self._weights.items():
            held = weight.clone()
            weight.copy_(self._averages[name])
            self._averages[name].copy_(held)
