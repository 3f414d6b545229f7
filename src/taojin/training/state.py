"""What a run consists of at one moment, and how it goes into a checkpoint and back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from taojin.models.storage import load_weights, weights_of
from taojin.training.checkpoints import Checkpoint
from taojin.training.optimisers import OptimiserSet

_WEIGHTS = "weights/"
_OPTIMISER = "optimiser/"
_RANDOM = "random/"


@dataclass
class RunState:
    """Counters of a run; plain values only.

    Attributes:
        step: Optimiser steps done, those passed over included.
        batch_index: Parts of batches drawn: the position in the data.
        num_units: Tokens or examples trained on.
        num_bad_steps: Steps in a row that were passed over.
        num_bad_steps_total: All steps that were passed over.
        best_loss: Lowest validation loss.
        best_step: Where it was measured.
        validations_since_best: For early stopping.
        window_loss: Sum of the losses since the last row of the history.
        window_units: What it was summed over.
        seconds: Time spent, over all resumes.
        finished: Whether the run ended by itself.
        history: Rows, see :func:`taojin.training.loop.train`.
    """

    step: int = 0
    batch_index: int = 0
    num_units: int = 0
    num_bad_steps: int = 0
    num_bad_steps_total: int = 0
    best_loss: float | None = None
    best_step: int | None = None
    validations_since_best: int = 0
    window_loss: float = 0.0
    window_units: int = 0
    seconds: float = 0.0
    finished: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)


def to_checkpoint(
    state: RunState,
    model: nn.Module,
    optimisers: OptimiserSet,
    fingerprint: Mapping[str, Any],
) -> Checkpoint:
    """Gather the whole state of a run."""
    tensors: dict[str, Tensor] = {
        **_prefixed(_WEIGHTS, weights_of(model)),
        **_prefixed(_OPTIMISER, optimisers.state()),
        **_prefixed(_RANDOM, _random_states()),
    }
    values = asdict(state)
    return Checkpoint(state.step, state.best_step, fingerprint, tensors, values)


def from_checkpoint(
    checkpoint: Checkpoint, model: nn.Module, optimisers: OptimiserSet
) -> RunState:
    """Put model, optimisers and random states back and return the counters."""
    restore_weights(checkpoint, model)
    optimisers.load_state(_without(_OPTIMISER, checkpoint.tensors))
    randoms = _without(_RANDOM, checkpoint.tensors)
    torch.set_rng_state(randoms.pop("cpu"))
    for name, value in randoms.items():
        torch.cuda.set_rng_state(value, int(name.removeprefix("cuda")))
    values: dict[str, Any] = dict(checkpoint.values)
    return RunState(**{**values, "history": list(values["history"])})


def restore_weights(checkpoint: Checkpoint, model: nn.Module) -> None:
    """Put the weights of a checkpoint into the model."""
    load_weights(model, _without(_WEIGHTS, checkpoint.tensors))


def _random_states() -> dict[str, Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        for device, value in enumerate(torch.cuda.get_rng_state_all()):
            states[f"cuda{device}"] = value
    return states


def _prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in tensors.items()}


def _without(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
