"""Gradients of one optimiser step, gathered over the ranks."""

from typing import TypeVar

import torch
from torch import Tensor

from taojin.training.batches import BatchSource
from taojin.training.config import TrainingConfig
from taojin.training.distribution.ranks import Ranks
from taojin.training.distribution.sharding import is_sharded, local
from taojin.training.gradients import GatheredGradients, GradientGatherer, scale
from taojin.training.objectives import Objective

Batch = TypeVar("Batch")

_SPARSE = 2**20
"""Marks a sparse gradient among the counts of ranks that have one."""


class SharedGatherer(GradientGatherer[Batch]):
    """Gives every rank the gradients that one process would have.

    Rank ``r`` of ``n`` computes parts ``r``, ``r + n``, ... of the same batch. Sums of
    losses, units and gradients over the ranks are divided once, by all units, so
    parts of unequal size weigh as they should. PyTorch's own wrapper averages over
    ranks, which is right for equal parts only, and renames the weights.

    Args:
        objective: What is computed.
        batches: What it is computed on; the same on all ranks.
        config: Settings.
        ranks: Who computes.
    """

    def __init__(
        self,
        objective: Objective[Batch],
        batches: BatchSource[Batch],
        config: TrainingConfig,
        ranks: Ranks,
    ) -> None:
        super().__init__(objective, batches, config)
        self._ranks = ranks

    def gather(self, first: int) -> GatheredGradients:
        """Leave the mean gradient over all units of a batch in the weights.

        Raises:
            TrainingError: If ``batch_units`` cannot be reached.
        """
        share, stop = self._compute_share(first)
        total, num_units = self._add_up(share)
        gradients = self._gradients()
        scale(gradients, 1.0 / max(1, num_units))
        batches = range(first, stop)
        return GatheredGradients(total, num_units, self._norm(), batches)

    def _compute_share(self, first: int) -> tuple[Tensor, int]:
        """Sums of loss and units of this rank's parts, and the part after the last."""
        share = torch.zeros(2, dtype=torch.float64, device=self._device)
        num_units, num_empty, start = 0, 0, first
        while not self._is_enough(start - first, num_units):
            mine = start + self._ranks.index
            stop = first + self._config.num_accumulations
            by_units = self._config.batch_units is not None
            if not by_units and mine >= stop and not self._ranks.shards_weights:
                return share, stop
            loss = self.loss(self._batches.batch(mine))
            if by_units:
                stop = start
                for count in self._ranks.gathered(loss.num_units):
                    if not self._is_enough(stop - first, num_units):
                        num_units += count
                        num_empty = 0 if count else num_empty + 1
                        stop += 1
            if mine < stop:
                loss.total.backward()
                share += torch.stack(
                    [loss.total.detach().double(), share.new_tensor(loss.num_units)]
                )
            elif self._ranks.shards_weights:  # the others wait for its share
                (loss.total * 0.0).backward()
            start = min(stop, start + self._ranks.num_ranks)
            self._require_units(num_empty, start)
        return share, start

    def _add_up(self, share: Tensor) -> tuple[float, int]:
        replicated = [w for w in self._weights if not is_sharded(w)]
        used = share.new_tensor([_usage(weight) for weight in replicated])
        self._ranks.add_up([share, used])
        total, num_units = share.tolist()
        dense: list[Tensor] = []
        for weight, is_used in zip(replicated, used.tolist(), strict=True):
            if not is_used:
                continue
            is_sparse = is_used >= _SPARSE
            gradient = weight.grad
            if gradient is None:  # its parts of the batch did not need this weight
                gradient = torch.zeros_like(weight)
                gradient = gradient.to_sparse(1) if is_sparse else gradient
            if is_sparse:
                weight.grad = self._ranks.add_up_rows(gradient)
            else:
                weight.grad = gradient
                dense.append(gradient)
        self._ranks.add_up(dense)
        return total, round(num_units)

    def _gradients(self) -> list[Tensor]:
        return [local(gradient) for gradient in super()._gradients()]

    def _norm(self) -> float:
        weights = [w for w in self._weights if w.grad is not None]
        if not self._ranks.shards_weights:
            return torch.nn.utils.get_total_norm(self._gradients()).item()
        squares = torch.zeros(2, dtype=torch.float64, device=self._device)
        for weight, gradient in zip(weights, self._gradients(), strict=True):
            squares[int(is_sharded(weight))] += gradient.double().square().sum()
        sharded = squares[1:]
        self._ranks.add_up([sharded])
        return squares.sum().sqrt().item()


def _usage(weight: Tensor) -> int:
    if weight.grad is None:
        return 0
    return _SPARSE if weight.grad.is_sparse else 1
