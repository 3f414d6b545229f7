"""What a run consists of at one moment, and how it goes into a checkpoint and back."""

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from taojin.core.errors import CheckpointMismatchError
from taojin.training.averaging import WeightAverage
from taojin.training.checkpoints import Checkpoint
from taojin.training.compilation import plain_name, unwrap
from taojin.training.distribution.sharding import share_of, whole
from taojin.training.optimisers import OptimiserSet

_WEIGHTS = "weights/"
_BUFFERS = "buffers/"
_OPTIMISER = "optimiser/"
_AVERAGE = "average/"
_RANDOM = "random/"
_SNAPSHOT = "snapshot/"


@dataclass
class RunState:
    """Counters of a run; plain values only.

    Attributes:
        step: Optimiser steps done, those passed over included.
        batch_index: Parts of batches drawn: the position in the data.
        num_units: Tokens or examples trained on.
        num_bad_steps: Steps in a row that were passed over.
        num_bad_steps_total: All steps that were passed over.
        num_roll_backs: Returns to a snapshot.
        rate_factor: What roll backs left of the learning rates.
        snapshot_step: When the snapshot was taken.
        recent_losses: Of the last good steps, in nats a unit, for spikes.
        best_loss: Lowest validation loss.
        best_step: Where it was measured.
        validations_since_best: For early stopping.
        window_loss: Sum of the losses since the last row of the history.
        window_units: What it was summed over.
        window_metrics: Sums of the objective's metrics since then, by name, each with
            the units that it was summed over.
        window_faults: What was wrong since then, a line a bad step.
        seconds: Time spent, over all resumes.
        finished: Whether the run ended by itself.
        history: Rows, see :func:`taojin.training.loop.train`.
    """

    step: int = 0
    batch_index: int = 0
    num_units: int = 0
    num_bad_steps: int = 0
    num_bad_steps_total: int = 0
    num_roll_backs: int = 0
    rate_factor: float = 1.0
    snapshot_step: int = 0
    recent_losses: list[float] = field(default_factory=list)
    best_loss: float | None = None
    best_step: int | None = None
    validations_since_best: int = 0
    window_loss: float = 0.0
    window_units: int = 0
    window_metrics: dict[str, list[float]] = field(default_factory=dict)
    window_faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    finished: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Learner:
    """All tensors that training changes.

    Frozen weights are not among them: they are what the run's fingerprint says.

    Attributes:
        model: What is trained.
        optimisers: What trains it.
        average: Of its weights, if one is kept.
        snapshot: An earlier state of the three to roll back to, if one is kept.
    """

    model: nn.Module
    optimisers: OptimiserSet
    average: WeightAverage | None = None
    snapshot: dict[str, Tensor] | None = None

    def take_snapshot(self) -> None:
        """Remember the state of now."""
        self.snapshot = {
            name: tensor.clone() for name, tensor in self._tensors().items()
        }

    def roll_back(self) -> None:
        """Return to the snapshot, which is kept."""
        if self.snapshot is None:
            message = "there is no snapshot to roll back to"
            raise ValueError(message)
        self._load(self.snapshot)

    def tensors(self) -> dict[str, Tensor]:
        """Everything by name, on the CPU; not copies where it is there already."""
        return {**self._tensors(), **_prefixed(_SNAPSHOT, self.snapshot or {})}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore what :meth:`tensors` returned.

        Raises:
            CheckpointMismatchError: If weights are missing, too many or of another
                shape.
        """
        self._load(tensors)
        self.snapshot = _without(_SNAPSHOT, tensors) or None

    def load_best(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the weights that were validated: the averages if there are any."""
        validated = _without(_AVERAGE, tensors) if self.average else {}
        _copy(validated or _without(_WEIGHTS, tensors), weights_in(self.model))
        _copy(_without(_BUFFERS, tensors), buffers_in(self.model))

    def _tensors(self) -> dict[str, Tensor]:
        average = {} if self.average is None else self.average.state()
        return {
            **_prefixed(_WEIGHTS, _stored(weights_in(self.model))),
            **_prefixed(_BUFFERS, _stored(buffers_in(self.model))),
            **_prefixed(_AVERAGE, _stored(average)),
            **_prefixed(_OPTIMISER, self.optimisers.state()),
        }

    def _load(self, tensors: Mapping[str, Tensor]) -> None:
        _copy(_without(_WEIGHTS, tensors), weights_in(self.model))
        _copy(_without(_BUFFERS, tensors), buffers_in(self.model))
        self.optimisers.load_state(_without(_OPTIMISER, tensors))
        if self.average is not None:
            self.average.load_state(_without(_AVERAGE, tensors))


def to_checkpoint(
    state: RunState, learner: Learner, fingerprint: Mapping[str, Any]
) -> Checkpoint:
    """Gather the whole state of a run."""
    tensors = {**learner.tensors(), **_prefixed(_RANDOM, _random_states())}
    values = asdict(state)
    return Checkpoint(state.step, state.best_step, fingerprint, tensors, values)


def from_checkpoint(checkpoint: Checkpoint, learner: Learner) -> RunState:
    """Put tensors and random states back and return the counters.

    Raises:
        CheckpointMismatchError: If the weights are not those of the model.
    """
    learner.load(checkpoint.tensors)
    randoms = _without(_RANDOM, checkpoint.tensors)
    torch.set_rng_state(randoms.pop("cpu"))
    for name, value in randoms.items():
        device = int(name.removeprefix("cuda"))
        if device < torch.cuda.device_count():
            torch.cuda.set_rng_state(value, device)
    # A copy: a store in memory keeps the checkpoint, and the run goes on writing.
    return RunState(**copy.deepcopy(dict(checkpoint.values)))


def weights_in(model: nn.Module) -> dict[str, Tensor]:
    """Every distinct weight that is not frozen, under its plain name."""
    return {
        plain_name(name): weight.detach()
        for name, weight in unwrap(model).named_parameters()
        if weight.requires_grad
    }


def buffers_in(model: nn.Module) -> dict[str, Tensor]:
    """Every tensor beside the weights that belongs to the model, by plain name."""
    model = unwrap(model)
    weights = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    return {
        plain_name(name): tensor.detach()
        for name, tensor in model.state_dict().items()
        if name not in weights and isinstance(tensor, Tensor)
    }


def _random_states() -> dict[str, Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        for device, value in enumerate(torch.cuda.get_rng_state_all()):
            states[f"cuda{device}"] = value
    return states


def _stored(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name: whole(value).to("cpu").contiguous() for name, value in tensors.items()
    }


@torch.no_grad()
def _copy(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    wrong = sorted(found.keys() ^ wanted.keys()) + sorted(
        f"{name} {tuple(found[name].shape)} for {tuple(wanted[name].shape)}"
        for name in found.keys() & wanted.keys()
        if found[name].shape != wanted[name].shape
    )
    if wrong:
        message = (
            f"{len(wrong)} tensors of the checkpoint do not fit the model: {wrong[:5]}"
            "; continue it with the model it was written for, or delete it"
        )
        raise CheckpointMismatchError(message)
    for name, tensor in wanted.items():
        tensor.copy_(share_of(found[name], tensor))


def _prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in tensors.items()}


def _without(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
