"""Settings of a training run, whatever is trained."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.models.classifier import Pooling
from taojin.models.config import LanguageModelConfig

_NOT_IDENTITY = {"num_threads", "checkpoint_every_seconds"}


class TrainingConfig(StageConfig):
    """How long, how fast and how carefully a model is trained."""

    num_steps: int = Field(ge=1, le=100_000_000)
    """Optimiser steps."""
    batch_size: int = Field(ge=1, le=65_536)
    """Sequences in one optimiser step."""
    num_accumulations: int = Field(default=1, ge=1, le=4096)
    """Parts in which a batch is computed; saves memory, changes nothing else."""
    matrix_learning_rate: float = Field(default=0.02, ge=0.0, le=1.0)
    """Peak rate of Muon, which trains the matrices inside the blocks."""
    embedding_learning_rate: float = Field(default=0.01, ge=0.0, le=1.0)
    """Peak rate of AdamW for token embeddings."""
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
    warmup_fraction: float = Field(default=0.02, ge=0.0, le=1.0)
    """Share of the steps over which the learning rate rises from zero."""
    decay_fraction: float = Field(default=0.5, ge=0.0, le=1.0)
    """Share of the steps at the end over which it falls linearly."""
    final_fraction: float = Field(default=0.0, ge=0.0, le=1.0)
    """What is left of the learning rate at the end of the fall."""
    max_gradient_norm: float | None = Field(default=1.0, gt=0.0)
    """Longer gradients are shortened to this; null leaves them."""
    max_bad_steps: int = Field(default=3, ge=0, le=1000)
    """Steps in a row with a loss or gradient that is not finite; they are passed
    over, one more stops the run."""
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
    precision: Literal["fp32", "bf16"] = "fp32"
    """Of the matrix products; weights are always kept in fp32."""
    num_threads: int | None = Field(default=None, ge=1, le=1024)
    """CPU threads of one process; null leaves the library's default."""
    seed: int = Field(default=0, ge=0)
    """Of initial weights, batches and dropout."""

    @model_validator(mode="after")
    def _check_schedule(self) -> Self:
        if self.warmup_fraction + self.decay_fraction > 1.0:
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

    def identity(self) -> dict[str, Any]:
        """Every setting on which the weights depend; part of the fingerprint."""
        return self.model_dump(mode="json", exclude=_NOT_IDENTITY)


class PretrainingConfig(StageConfig):
    """The ``pretraining`` stage: a language model from scratch."""

    model: LanguageModelConfig
    training: TrainingConfig


class ClassifierFinetuningConfig(StageConfig):
    """Finetuning of a classifier."""

    max_tokens: int = Field(default=128, ge=2)
    """Tokens of each text that are read, from its start."""
    pooling: Pooling = "mean"
    """How token states become one; ``last`` exports to Transformers."""
    dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share of the head's input that is zeroed in training."""
    training: TrainingConfig


class LanguageFinetuningConfig(StageConfig):
    """Finetuning of a language model on prompts and targets."""

    max_tokens: int = Field(default=192, ge=2)
    """Tokens of prompt and target together; longer prompts lose their start."""
    training: TrainingConfig
