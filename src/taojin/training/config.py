"""Settings of a training run, whatever is trained."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.models.config import LanguageModelConfig

_NOT_IDENTITY = {
    "num_threads",
    "device",
    "compile",
    "profile_steps",
    "checkpoint_every_seconds",
    "background_checkpoints",
    "distribution",
}
"""A run may go on with others of these, on another machine; only rounding differs."""


class DistributionConfig(StageConfig):
    """Over how many processes, usually one a card, training is spread."""

    strategy: Literal["none", "ddp", "fsdp"] = "none"
    """``ddp``: every process holds the whole model; ``fsdp``: a share of its blocks,
    for models that one card cannot hold."""
    num_ranks: int = Field(default=1, ge=1, le=1024)
    """Processes; under ``torchrun``, as many as it has started on all machines."""
    launcher: Literal["processes", "ray"] = "processes"
    """Who starts them: this process, on this machine, or Ray Train, on the machines
    of a cluster (``pip install 'taojin[ray]'``). Under ``torchrun``, which has
    started them, unread."""
    address: str | None = None
    """Of a running Ray cluster (``auto``, ``host:6379``); null is the one that the
    engine of this run is connected to, or else an instance started on this machine."""
    shared_folder: Path | None = None
    """With Ray: a folder that all machines see under this path, for weights on their
    way between the ranks and the process that runs the pipeline; null is a temporary
    one, which serves one machine."""
    timeout_seconds: float = Field(default=600.0, gt=0.0, le=86_400.0)
    """How long one process waits for another before the run is ended."""

    @model_validator(mode="after")
    def _check_launcher(self) -> Self:
        if self.launcher != "ray" and self.address is not None:
            message = (
                f"distribution.address is {self.address!r}, but distribution.launcher "
                f"is {self.launcher}, which runs on this machine; set launcher to ray, "
                "or remove the address"
            )
            raise ValueError(message)
        return self


class TrainingConfig(StageConfig):
    """How long, how fast and how carefully a model is trained."""

    num_steps: int = Field(ge=1, le=100_000_000)
    """Optimiser steps."""
    batch_size: int = Field(ge=1, le=65_536)
    """Sequences in one optimiser step."""
    num_accumulations: int = Field(default=1, ge=1, le=4096)
    """Parts in which a batch is computed; saves memory, changes nothing else."""
    batch_units: int | None = Field(default=None, ge=1)
    """Tokens (or examples) of one optimiser step, at least: as many parts are
    computed as it takes; null computes ``num_accumulations`` parts."""
    mask_documents: bool = False
    """Read each document of a packed window as if it stood alone."""
    matrix_learning_rate: float = Field(default=0.02, ge=0.0, le=1.0)
    """Peak rate of Muon, which trains the matrices inside the blocks."""
    embedding_learning_rate: float = Field(default=0.01, ge=0.0, le=1.0)
    """Peak rate of AdamW for token embeddings."""
    ngram_learning_rate: float = Field(default=0.05, ge=0.0, le=1.0)
    """Peak rate of row-wise Adagrad for embeddings of n-grams."""
    head_learning_rate: float = Field(default=0.005, ge=0.0, le=1.0)
    """Peak rate of AdamW for output heads and norm scales."""
    optimiser: Literal["muon", "adamw"] = "muon"
    """What trains the matrices inside the blocks."""
    momentum: float = Field(default=0.95, ge=0.0, lt=1.0)
    """Of Muon."""
    adam_betas: tuple[float, float] = (0.9, 0.95)
    """Decay of AdamW's running mean and mean square."""
    weight_decay: float = Field(default=0.0, ge=0.0, le=10.0)
    """Decoupled; on matrices only, multiplied by the learning rate."""
    schedule: Literal["trapezoid", "cosine", "linear"] = "trapezoid"
    """Course of the learning rate after the warm-up."""
    warmup_fraction: float = Field(default=0.02, ge=0.0, le=1.0)
    """Share of the steps over which the learning rate rises from zero."""
    decay_fraction: float = Field(default=0.5, ge=0.0, le=1.0)
    """Share of the steps at the end over which a trapezoid falls linearly; cosine
    and linear fall from the warm-up on and leave this unread."""
    final_fraction: float = Field(default=0.0, ge=0.0, le=1.0)
    """What is left of the learning rate at the end of the fall."""
    max_gradient_norm: float | None = Field(default=1.0, gt=0.0)
    """Longer gradients are shortened to this; null leaves them."""
    average_decay: float | None = Field(default=None, ge=0.0, lt=1.0)
    """Of the moving average of the weights, a step; the averages are then validated
    and returned. Null keeps none."""
    spike_threshold: float | None = Field(default=None, gt=0.0)
    """Robust standard deviations above the recent median from which a loss is bad,
    as one that is not finite is; null lets every finite loss pass."""
    spike_window: int = Field(default=100, ge=4, le=100_000)
    """Steps whose losses are the recent ones; half of them must be there."""
    bad_step_policy: Literal["skip", "roll_back", "stop"] = "skip"
    """What follows a bad loss or gradient: ``stop`` ends the run; ``skip`` passes
    over the step, and ends the run if that goes on; ``roll_back`` does the same and
    then, instead of ending, goes back to earlier weights."""
    max_bad_steps: int = Field(default=3, ge=0, le=1000)
    """Bad steps in a row that are passed over before the run ends or rolls back."""
    snapshot_every: int = Field(default=100, ge=1)
    """Steps between two snapshots to roll back to; each takes the memory, and in
    checkpoints the space, of weights and optimiser. Unread by other policies."""
    max_roll_backs: int = Field(default=3, ge=1, le=1000)
    """One more ends the run."""
    roll_back_rate_factor: float = Field(default=1.0, gt=0.0, le=1.0)
    """What all learning rates are multiplied by after each roll back."""
    validate_every: int = Field(default=100, ge=1)
    """Steps between two measurements of the validation loss."""
    validation_batches: int = Field(default=32, ge=1)
    """Batches of the fixed validation sample, at most."""
    patience: int | None = Field(default=None, ge=1)
    """Validations without a better loss after which training stops early."""
    restore_best: bool = True
    """Return the weights of the best validation instead of the last ones."""
    log_every: int = Field(default=10, ge=1)
    """Steps between two rows of the history."""
    checkpoint_every_seconds: float = Field(default=30.0, ge=0.0)
    """Time between two checkpoints; 0 writes one after every step."""
    background_checkpoints: bool = False
    """Write checkpoints beside the training, from a copy in memory."""
    precision: Literal["fp32", "bf16"] = "fp32"
    """Of the matrix products; weights are always kept in fp32."""
    num_threads: int | None = Field(default=None, ge=1, le=1024)
    """CPU threads of one process; null leaves the library's default."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """Where the model is trained; it returns to where it was. ``auto`` takes a GPU
    if there is one."""
    compile: bool = False
    """Compile the blocks of the model first: takes a while, pays in long runs."""
    distribution: DistributionConfig = DistributionConfig()
    """Training by several processes; the result is that of one, but for rounding."""
    profile_steps: int = Field(default=0, ge=0, le=1000)
    """Steps, early in the process, of which a table of operations is recorded."""
    seed: int = Field(default=0, ge=0)
    """Of initial weights, batches and dropout."""

    @model_validator(mode="after")
    def _check_schedule(self) -> Self:
        trapezoid = self.schedule == "trapezoid"
        if trapezoid and self.warmup_fraction + self.decay_fraction > 1.0:
            message = (
                f"warmup_fraction {self.warmup_fraction} and decay_fraction "
                f"{self.decay_fraction} add up to more than 1; lower one of them"
            )
            raise ValueError(message)
        if self.batch_size % self.num_accumulations:
            message = (
                f"batch_size {self.batch_size} must be a multiple of "
                f"num_accumulations {self.num_accumulations}"
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_ranks(self) -> Self:
        spread = self.distribution.strategy != "none"
        num_ranks = self.distribution.num_ranks
        if num_ranks > 1 and not spread:
            message = (
                f"distribution.num_ranks is {num_ranks}, and distribution.strategy is "
                "none; set it to ddp or fsdp"
            )
            raise ValueError(message)
        if self.batch_units is None and num_ranks > self.num_accumulations:
            message = (
                f"distribution.num_ranks {num_ranks} must not exceed num_accumulations "
                f"{self.num_accumulations}: each process computes parts of a batch"
            )
            raise ValueError(message)
        return self

    def identity(self) -> dict[str, Any]:
        """Every setting on which the weights depend; part of the fingerprint."""
        return self.model_dump(mode="json", exclude=_NOT_IDENTITY)


class PretrainingConfig(StageConfig):
    """The ``pretraining`` stage: a language model from scratch."""

    model: LanguageModelConfig
    training: TrainingConfig
