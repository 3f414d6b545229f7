"""The one training loop, for every objective."""

import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch

from taojin.core.errors import TrainingError
from taojin.core.progress import Progress, progress_bar
from taojin.core.randomness import derive_seed
from taojin.models.threads import thread_limit
from taojin.training.batches import BatchSource
from taojin.training.checkpoints import CheckpointStore, MemoryCheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.metrics import MetricSink, NullSink
from taojin.training.objectives import Objective
from taojin.training.optimisers import OptimiserSet
from taojin.training.schedules import learning_rate_factor
from taojin.training.state import (
    RunState,
    from_checkpoint,
    restore_weights,
    to_checkpoint,
)

logger = logging.getLogger(__name__)

Batch = TypeVar("Batch")


def train(
    objective: Objective[Batch],
    batches: BatchSource[Batch],
    config: TrainingConfig,
    *,
    validation: Sequence[Batch] = (),
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
    fingerprint: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Train ``objective.model`` in place, or go on where a killed run stopped.

    On a CPU the resulting weights are the same bit for bit however often the run
    was interrupted. A run that had ended is loaded, not repeated.

    Args:
        objective: Loss and parameter groups.
        batches: Of ``batch_size / num_accumulations`` sequences each.
        config: Settings.
        validation: A fixed held-out sample; without it nothing is validated.
        store: Where checkpoints go; by default memory, which a crash does not
            survive.
        sink: Receives the rows of the history as they arise.
        fingerprint: Model and data, as nested plain values; only checkpoints of the
            same fingerprint and settings are continued.

    Returns:
        Rows with ``step``, ``num_tokens`` (units seen: tokens, or examples),
        ``train_loss`` (nats a unit, mean since the row before), ``validation_loss``
        (or None), ``learning_rate`` (of the first parameter group), ``gradient_norm``
        (before clipping) and ``seconds`` (of training, over all resumes).

    Raises:
        TrainingError: If too many losses or gradients in a row are not finite.
        CheckpointMismatchError: If the store refuses checkpoints of another run.
        CorruptCheckpointError: If there are checkpoints and none is sound.
    """
    with thread_limit(config.num_threads), torch.random.fork_rng():
        torch.manual_seed(derive_seed(config.seed, "training", objective.name))
        run = _Run(
            objective,
            batches,
            config,
            validation=validation,
            store=store or MemoryCheckpointStore(),
            sink=sink or NullSink(),
            fingerprint={**(fingerprint or {}), "training": config.identity()},
        )
        return run.train()


@dataclass
class _Run(Generic[Batch]):
    """One call of :func:`train`; its arguments, with every default filled in."""

    objective: Objective[Batch]
    batches: BatchSource[Batch]
    config: TrainingConfig
    validation: Sequence[Batch]
    store: CheckpointStore
    sink: MetricSink
    fingerprint: Mapping[str, Any]

    def __post_init__(self) -> None:
        self.model = self.objective.model
        self.weights = list(self.model.parameters())
        self.device = self.weights[0].device.type
        groups = self.objective.parameter_groups(self.config)
        self.optimisers = OptimiserSet(self.model, groups, self.config)
        self.state = RunState()
        self._resume()
        self._saved_at = time.monotonic()
        self._started_at = self._saved_at - self.state.seconds

    def train(self) -> list[dict[str, Any]]:
        total = self.config.num_steps
        label = f"training the {self.objective.name}"
        done = self.state.step
        with progress_bar(label, total, done=done, unit="step") as bar:
            while not self.state.finished:
                self._advance(bar)
        self._finish()
        return self.state.history

    def _advance(self, bar: Progress) -> None:
        state, config = self.state, self.config
        self.model.train()
        norm = self._step()
        state.step += 1
        last = state.step >= config.num_steps
        validate = bool(self.validation) and (
            last or state.step % config.validate_every == 0
        )
        improved = False
        loss = None
        if validate:
            loss = self._validate()
            improved = self._note_validation(loss)
        stop = config.patience is not None and (
            state.validations_since_best >= config.patience
        )
        state.finished = last or stop
        state.seconds = time.monotonic() - self._started_at
        if validate or state.finished or state.step % config.log_every == 0:
            bar.set_postfix_str(self._log(norm, loss))
        bar.update(1)
        due = time.monotonic() - self._saved_at >= config.checkpoint_every_seconds
        if improved or state.finished or due:
            self._save()

    def _step(self) -> float:
        """Take one optimiser step; returns the gradient norm."""
        state, config = self.state, self.config
        total, num_units = 0.0, 0
        for _ in range(config.num_accumulations):
            batch = self.batches.batch(state.batch_index)
            state.batch_index += 1
            with self._precision():
                loss = self.objective.loss(batch)
            loss.total.backward()
            total += loss.total.item()
            num_units += loss.num_units
        gradients = [w.grad for w in self.weights if w.grad is not None]
        # One division by all units: parts of unequal size weigh as they should.
        _scale(gradients, 1.0 / max(1, num_units))
        norm = torch.nn.utils.get_total_norm(gradients).item()
        if math.isfinite(total) and math.isfinite(norm):
            self._clip(gradients, norm)
            self.optimisers.step(learning_rate_factor(state.step, config))
            state.num_bad_steps = 0
            state.num_units += num_units
            state.window_loss += total
            state.window_units += num_units
        else:
            self._pass_over(total, num_units, norm)
        for weight in self.weights:
            weight.grad = None
        return norm

    def _clip(self, gradients: list[torch.Tensor], norm: float) -> None:
        limit = self.config.max_gradient_norm
        if limit is not None and norm > limit:
            _scale(gradients, limit / norm)

    def _pass_over(self, total: float, num_units: int, norm: float) -> None:
        """Leave weights and optimiser as they are: the batch never happened."""
        state = self.state
        state.num_bad_steps += 1
        state.num_bad_steps_total += 1
        found = (
            f"step {state.step}: loss {total / max(1, num_units):.4g}, "
            f"gradient norm {norm:.4g}"
        )
        if state.num_bad_steps > self.config.max_bad_steps:
            message = (
                f"{found}; {state.num_bad_steps} steps in a row were not finite, and "
                f"max_bad_steps allows {self.config.max_bad_steps}; lower the learning "
                "rates or max_gradient_norm, or look at the data from "
                f"batch {state.batch_index - 1} on"
            )
            raise TrainingError(message)
        logger.warning("%s; the step is passed over", found)

    @torch.no_grad()
    def _validate(self) -> float:
        """Mean nats a unit over the validation sample."""
        self.model.eval()
        total, num_units = 0.0, 0
        for batch in self.validation:
            with self._precision():
                loss = self.objective.loss(batch)
            total += loss.total.item()
            num_units += loss.num_units
        return total / max(1, num_units)

    def _note_validation(self, loss: float) -> bool:
        state = self.state
        improved = state.best_loss is None or loss < state.best_loss
        if improved:
            state.best_loss, state.best_step = loss, state.step
            state.validations_since_best = 0
        else:
            state.validations_since_best += 1
        return improved

    def _log(self, norm: float, validation_loss: float | None) -> str:
        state = self.state
        loss = state.window_loss / state.window_units if state.window_units else None
        row = {
            "step": state.step,
            "num_tokens": state.num_units,
            "train_loss": loss,
            "validation_loss": validation_loss,
            "learning_rate": self.optimisers.learning_rate,
            "gradient_norm": norm if math.isfinite(norm) else None,
            "seconds": round(state.seconds, 3),
        }
        state.window_loss, state.window_units = 0.0, 0
        state.history.append(row)
        metrics = {k: float(v) for k, v in row.items() if v is not None and k != "step"}
        self.sink.log(state.step, metrics)
        best = "" if state.best_loss is None else f", validation {state.best_loss:.3f}"
        return f"loss {loss:.3f}{best}" if loss is not None else "not finite"

    def _resume(self) -> None:
        checkpoint = self.store.latest(self.fingerprint)
        if checkpoint is None:
            return
        self.state = from_checkpoint(checkpoint, self.model, self.optimisers)
        logger.info(
            "going on from step %d of %d", self.state.step, self.config.num_steps
        )

    def _save(self) -> None:
        checkpoint = to_checkpoint(
            self.state, self.model, self.optimisers, self.fingerprint
        )
        self.store.save(checkpoint)
        self._saved_at = time.monotonic()

    def _finish(self) -> None:
        best = self.state.best_step
        if self.config.restore_best and best not in (None, self.state.step):
            restore_weights(self.store.load(best, self.fingerprint), self.model)
            logger.info("weights of step %d had the best validation loss", best)
        self.model.eval()

    def _precision(self) -> torch.autocast:
        reduced = self.config.precision == "bf16"
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=reduced)


def _scale(gradients: list[torch.Tensor], factor: float) -> None:
    for gradient in gradients:
        gradient.mul_(factor)
