"""Gradients of one optimiser step, gathered over the parts of its batch."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

import torch
from torch import Tensor

from taojin.core.errors import TrainingError
from taojin.training.batches import BatchSource
from taojin.training.config import TrainingConfig
from taojin.training.devices import place
from taojin.training.objectives import Loss, Objective

Batch = TypeVar("Batch")

_MAX_EMPTY_PARTS = 1000
"""Parts in a row without a unit after which a budget of units is given up."""


@dataclass(frozen=True)
class GatheredGradients:
    """What the parts of a batch gave.

    Attributes:
        total: Sum of the losses over the units, in nats.
        num_units: Tokens, or examples.
        norm: Of the mean gradient, before it is shortened.
        batches: Numbers of the parts.
        metrics: Further sums over the units, by name; of this process.
    """

    total: float
    num_units: int
    norm: float
    batches: range
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        """Loss in nats a unit."""
        return self.total / max(1, self.num_units)


class GradientGatherer(Generic[Batch]):
    """Computes losses and gradients in the precision and on the device of a run.

    Args:
        objective: What is computed; its model is where it is to be computed.
        batches: What it is computed on.
        config: Settings.
    """

    def __init__(
        self,
        objective: Objective[Batch],
        batches: BatchSource[Batch],
        config: TrainingConfig,
    ) -> None:
        self._objective = objective
        self._batches = batches
        self._config = config
        self._weights = [w for w in objective.model.parameters() if w.requires_grad]
        self._device = self._weights[0].device

    def gather(self, first: int) -> GatheredGradients:
        """Leave the mean gradient over all units of a batch in the weights.

        Parts are drawn from number ``first`` on. Their losses are summed and divided
        once, by all units: parts of unequal size weigh as they should.

        Raises:
            TrainingError: If ``batch_units`` cannot be reached.
        """
        losses: list[Tensor] = []
        metrics: Counter[str] = Counter()
        num_units, num_empty, index = 0, 0, first
        while not self._is_enough(len(losses), num_units):
            loss = self.loss(self._batches.batch(index))
            loss.total.backward()
            losses.append(loss.total.detach())
            metrics.update(loss.metrics)
            num_units += loss.num_units
            num_empty = 0 if loss.num_units else num_empty + 1
            index += 1
            self._require_units(num_empty, index)
        gradients = self._gradients()
        scale(gradients, 1.0 / max(1, num_units))
        norm = torch.nn.utils.get_total_norm(gradients)
        # One transfer: on a GPU each makes the processor wait.
        *totals, norm_value = torch.stack([*losses, norm]).tolist()
        batches = range(first, index)
        return GatheredGradients(sum(totals), num_units, norm_value, batches, metrics)

    def loss(self, batch: Batch) -> Loss:
        """The loss of one batch."""
        with self._precision():
            return self._objective.loss(place(batch, self._device))

    def shorten(self, norm: float) -> None:
        """Scale gradients of this norm down to the longest allowed."""
        limit = self._config.max_gradient_norm
        if limit is not None and norm > limit:
            scale(self._gradients(), limit / norm)

    def clear(self) -> None:
        """Free the gradients."""
        for weight in self._weights:
            weight.grad = None

    def _is_enough(self, num_parts: int, num_units: int) -> bool:
        if self._config.batch_units is None:
            return num_parts >= self._config.num_accumulations
        return num_units >= self._config.batch_units

    def _require_units(self, num_empty: int, index: int) -> None:
        if self._config.batch_units is not None and num_empty >= _MAX_EMPTY_PARTS:
            message = (
                f"batch_units is {self._config.batch_units}, and {num_empty} parts in "
                f"a row, up to batch {index - 1}, had no unit to train on; look at "
                "the targets of the data"
            )
            raise TrainingError(message)

    def _gradients(self) -> list[Tensor]:
        return [_values(w) for w in self._weights if w.grad is not None]

    def _precision(self) -> torch.autocast:
        reduced = self._config.precision == "bf16"
        return torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=reduced)


def _values(weight: Tensor) -> Tensor:
    """What the gradient holds: all of it, or the rows of a sparse one, each once."""
    gradient = cast("Tensor", weight.grad)
    if not gradient.is_sparse:
        return gradient
    weight.grad = gradient.coalesce()
    return weight.grad.values()


def scale(gradients: list[Tensor], factor: float) -> None:
    """Multiply all gradients in place."""
    torch._foreach_mul_(gradients, factor)  # pyright: ignore[reportPrivateImportUsage]
