"""Trainings that a rank can make by name; small enough for a second each."""

import os
import signal
import time
from typing import Any

import numpy as np
import torch
from torch.distributed import get_rank

from taojin.models.config import LanguageModelConfig
from taojin.training.batches import PackedWindows
from taojin.training.config import TrainingConfig
from taojin.training.distribution.jobs import Job
from taojin.training.metrics import ListSink
from taojin.training.objectives import NextToken, TokenBatch
from taojin.training.pretraining import new_language_model

VOCAB = 10
CONTEXT = 16
BAD_TOKEN = 9
"""Ends a window whose loss is not finite."""


def settings(**changes: Any) -> TrainingConfig:
    """Twelve steps of four parts over two ranks."""
    values = {
        "num_steps": 12,
        "batch_size": 8,
        "num_accumulations": 4,
        "validate_every": 4,
        "log_every": 1,
        "num_threads": 1,
        "checkpoint_every_seconds": 0.0,
        "distribution": {"strategy": "ddp", "num_ranks": 2},
    }
    return TrainingConfig.model_validate({**values, **changes})


def counting(
    config: TrainingConfig, *, max_ngram: int = 1, bad_parts: tuple[int, ...] = ()
) -> Job[TokenBatch]:
    """Counting upwards, in documents of random start and length; some parts are bad."""
    model = LanguageModelConfig(
        depth=1, width=32, context_length=CONTEXT, max_ngram=max_ngram,
        num_ngram_buckets=64,
    )  # fmt: skip
    rng = np.random.default_rng(0)
    rows = [
        np.append((rng.integers(0, 8) + np.arange(rng.integers(4, 12))) % 8 + 1, 0)
        for _ in range(200)
    ]
    offsets = np.cumsum([0, *map(len, rows)])
    tokens = np.concatenate(rows).astype(np.uint16)
    size = config.batch_size // config.num_accumulations
    windows = PackedWindows(tokens, offsets, CONTEXT, size, config.seed)
    return Job(
        Fragile(new_language_model(model.shape(VOCAB), config.seed)),
        Uneven(windows, bad_parts),
        config,
        [windows.batch(1000 + index) for index in range(3)],
    )


class Fragile(NextToken):
    """Has no finite loss where the bad token ends a window."""

    def loss(self, batch: TokenBatch) -> Any:
        found = super().loss(batch)
        if (batch.targets == BAD_TOKEN).any():
            return found._replace(total=found.total * torch.nan)
        return found


class Uneven:
    """Parts with unequal numbers of targets; the bad ones end with the bad token."""

    def __init__(self, windows: PackedWindows, bad_parts: tuple[int, ...]) -> None:
        self._windows = windows
        self._bad_parts = bad_parts

    def batch(self, index: int) -> TokenBatch:
        batch = self._windows.batch(index)
        batch.targets[:, : 3 * (index % 5)] = -100
        if index in self._bad_parts:
            batch.targets[:, -1] = BAD_TOKEN
        return batch


class Dying(NextToken):
    """Kills, stops or breaks a rank in the middle of the run."""

    def __init__(self, model: Any, how: str, rank: int) -> None:
        super().__init__(model)
        self._how = how
        self._rank = rank
        self._num_losses = 0

    def loss(self, batch: TokenBatch) -> Any:
        self._num_losses += 1
        if get_rank() == self._rank and self._num_losses == 10:
            if self._how == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if self._how == "silent":
                time.sleep(9.0)
            raise ZeroDivisionError
        return super().loss(batch)


def dying(config: TrainingConfig, how: str, rank: int = 1) -> Job[TokenBatch]:
    """Counting, in which a rank does not reach the end."""
    job = counting(config)
    model: Any = job.objective.model
    return Job(Dying(model, how, rank), job.batches, config, job.validation)


class PrunedError(Exception):
    """What a search raises."""


class PruningSink(ListSink):
    """Stops the run at a step, as a search does."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self._last = last

    def log(self, step: int, metrics: Any) -> None:
        super().log(step, metrics)
        if step >= self._last:
            raise PrunedError
