"""What is trained, in a form that other processes can be given."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from taojin.training.batches import BatchSource
from taojin.training.checkpoints import CheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.loop import train
from taojin.training.metrics import MetricSink
from taojin.training.objectives import Objective

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class Job(Generic[Batch]):
    """A training, but for where its checkpoints and metrics go.

    Attributes:
        objective: See :func:`taojin.training.loop.train`, as for the others.
        batches: The same on all ranks.
        config: Settings.
        validation: A fixed sample.
        fingerprint: Model and data.
    """

    objective: Objective[Batch]
    batches: BatchSource[Batch]
    config: TrainingConfig
    validation: Sequence[Batch] = ()
    fingerprint: Mapping[str, Any] = field(default_factory=dict)

    def train(
        self, store: CheckpointStore | None = None, sink: MetricSink | None = None
    ) -> list[dict[str, Any]]:
        """Train in this process; see :func:`taojin.training.loop.train`."""
        return train(
            self.objective,
            self.batches,
            self.config,
            validation=self.validation,
            store=store,
            sink=sink,
            fingerprint=self.fingerprint,
        )


def without_weights(job: Job[Batch]) -> Callable[[], Job[Batch]]:
    """What another rank needs to do a job, small enough to be sent.

    Weights stay behind: they come from rank 0 when training begins.

    Args:
        job: Left as it is; objective, batches and sample must bear being pickled.

    Returns:
        Makes the job, with arbitrary weights; to be called in another process.
    """
    memo: dict[int, Any] = {
        id(tensor): _outline(tensor) for tensor in _saved_tensors(job.objective.model)
    }
    return partial(_with_room, replace(job, objective=deepcopy(job.objective, memo)))


def _with_room(job: Job[Batch]) -> Job[Batch]:
    for tensor in _saved_tensors(job.objective.model):
        tensor.data = torch.zeros(tensor.shape, dtype=tensor.dtype)
    return job


def _outline(tensor: Tensor) -> Tensor:
    """The same shape over a single number, so that only that number is pickled."""
    outline = torch.zeros((), dtype=tensor.dtype).expand(tensor.shape)
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(outline, requires_grad=tensor.requires_grad)
    return outline


def _saved_tensors(model: nn.Module) -> Iterator[Tensor]:
    """Weights and buffers that are part of the state; tables made anew are not."""
    kept = model.state_dict(keep_vars=True)
    return iter({id(t): t for t in kept.values() if isinstance(t, Tensor)}.values())
