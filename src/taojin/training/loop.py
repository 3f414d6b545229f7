"""The one training loop, for every objective."""

import logging
import math
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch

from taojin.core.progress import Progress, progress_bar
from taojin.core.randomness import derive_seed
from taojin.models.threads import thread_limit
from taojin.training.averaging import WeightAverage
from taojin.training.background_saving import BackgroundStore
from taojin.training.batches import BatchSource
from taojin.training.checkpoints import CheckpointStore, MemoryCheckpointStore
from taojin.training.compilation import compiled, unwrap
from taojin.training.config import TrainingConfig
from taojin.training.devices import on_device
from taojin.training.distribution.first_rank import (
    FirstRankSink,
    FirstRankStore,
    companion_of,
)
from taojin.training.distribution.gathering import SharedGatherer
from taojin.training.distribution.ranks import Ranks, joined
from taojin.training.distribution.sharding import sharded
from taojin.training.gradients import GatheredGradients, GradientGatherer
from taojin.training.guards import Guard
from taojin.training.metrics import MetricSink, NullSink, TextSink
from taojin.training.objectives import Objective
from taojin.training.optimisers import OptimiserSet
from taojin.training.profiling import StepProfiler
from taojin.training.schedules import learning_rate_factor
from taojin.training.state import (
    Learner,
    RunState,
    from_checkpoint,
    to_checkpoint,
    weights_in,
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
    was interrupted. A run that had ended is loaded, not repeated. Weights that are
    frozen stay as they are and are not part of checkpoints.

    Args:
        objective: Loss and parameter groups.
        batches: Of ``batch_size / num_accumulations`` sequences each.
        config: Settings.
        validation: A fixed held-out sample; without it nothing is validated.
        store: Where checkpoints go; by default memory, which a crash does not
            survive.
        sink: Receives the rows of the history as they arise, and further metrics of
            the objective as ``train_<name>`` and ``validation_<name>``.
        fingerprint: Model and data, as nested plain values; only checkpoints of the
            same fingerprint and settings are continued.

    Returns:
        Rows with ``step``, ``num_tokens`` (units seen: tokens, or examples),
        ``train_loss`` (nats a unit, mean since the row before), ``validation_loss``
        (or None), ``learning_rate`` (of the first parameter group), ``gradient_norm``
        (before clipping) and ``seconds`` (of training, over all resumes); after bad
        steps also ``faults``, a line for each.

    Raises:
        TrainingError: If too many losses or gradients in a row are bad.
        CheckpointMismatchError: If the store refuses checkpoints of another run.
        CorruptCheckpointError: If there are checkpoints and none is sound.
        ConfigurationError: If the device is not there.
    """
    with ExitStack() as stack:
        stack.enter_context(thread_limit(config.num_threads))
        stack.enter_context(torch.random.fork_rng())
        torch.manual_seed(derive_seed(config.seed, "training", objective.name))
        ranks = stack.enter_context(joined(config.distribution))
        _part_randomness(objective, config, ranks)
        watch = None if ranks.is_alone else companion_of(sink, ranks)
        if watch is not None and not ranks.is_first:
            stack.enter_context(watch(ranks.index))
        stack.enter_context(on_device(objective.model, config.device))
        ranks.copy_from_first(objective.model.state_dict().values())
        stack.enter_context(sharded(objective.model, enabled=ranks.shards_weights))
        stack.enter_context(compiled(objective.model, enabled=config.compile))
        kept = stack.enter_context(_kept_by(store or MemoryCheckpointStore(), config))
        run = _Run(
            objective,
            batches,
            config,
            validation=validation,
            store=kept,
            sink=sink or NullSink(),
            fingerprint={**(fingerprint or {}), "training": config.identity()},
            ranks=ranks,
        )
        return run.train()


def _part_randomness(
    objective: Objective[Any], config: TrainingConfig, ranks: Ranks
) -> None:
    """Let every rank but the first draw noise of its own, as parts of a batch do."""
    if not ranks.is_first:
        rank = f"rank {ranks.index}"
        torch.manual_seed(derive_seed(config.seed, "training", objective.name, rank))


@contextmanager
def _kept_by(
    store: CheckpointStore, config: TrainingConfig
) -> Generator[CheckpointStore, None, None]:
    in_memory = isinstance(store, MemoryCheckpointStore)
    if in_memory or not config.background_checkpoints:
        yield store
        return
    background = BackgroundStore(store)
    try:
        yield background
    finally:
        background.close()


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
    ranks: Ranks

    def __post_init__(self) -> None:
        self.learner = _new_learner(self.objective, self.config)
        parts = (self.objective, self.batches, self.config)
        if self.ranks.is_alone:
            self.gatherer = GradientGatherer(*parts)
        else:
            self.gatherer = SharedGatherer(*parts, self.ranks)
            self.store = FirstRankStore(self.store, self.ranks)
            self.sink = FirstRankSink(self.sink, self.ranks)
        self.profiler = StepProfiler(self.config.profile_steps, self._report_profile)
        self.state = RunState()
        self._resume()
        self.guard = Guard(
            self.state, self.learner, self.config, batches=self.batches, sink=self.sink
        )
        self._saved_at = time.monotonic()
        self._started_at = self._saved_at - self.state.seconds

    def train(self) -> list[dict[str, Any]]:
        total = self.config.num_steps
        label = f"training the {self.objective.name}"
        done = self.state.step
        with progress_bar(label, total, done=done, unit="step") as bar:
            while not self.state.finished:
                self.profiler.before_step()
                self._advance(bar)
                self.profiler.after_step()
        self.profiler.close()
        self._finish()
        return self.state.history

    def _advance(self, bar: Progress) -> None:
        state, config = self.state, self.config
        self.learner.model.train()
        norm = self._step()
        state.step += 1
        last = state.step >= config.num_steps
        validate = bool(self.validation) and (
            last or state.step % config.validate_every == 0
        )
        improved = False
        found: dict[str, float] = {}
        if validate:
            found = self._validate()
            improved = self._note_validation(found["validation_loss"])
        stop = config.patience is not None and (
            state.validations_since_best >= config.patience
        )
        state.finished = last or stop
        state.seconds = time.monotonic() - self._started_at
        if validate or state.finished or state.step % config.log_every == 0:
            bar.set_postfix_str(self._log(norm, found))
        bar.update(1)
        waited = time.monotonic() - self._saved_at
        due = self.ranks.told_by_first(waited >= config.checkpoint_every_seconds)
        if improved or state.finished or due:
            self._save()

    def _step(self) -> float:
        """Take one optimiser step, or pass over it; returns the gradient norm."""
        gathered = self.gatherer.gather(self.state.batch_index)
        self.state.batch_index = gathered.batches.stop
        if self.guard.admits(gathered):
            self._apply(gathered)
        self.gatherer.clear()
        return gathered.norm

    def _apply(self, gathered: GatheredGradients) -> None:
        state, learner = self.state, self.learner
        self.gatherer.shorten(gathered.norm)
        factor = learning_rate_factor(state.step, self.config) * state.rate_factor
        learner.optimisers.step(factor)
        if learner.average is not None:
            learner.average.update(state.step - state.num_bad_steps_total)
        state.num_units += gathered.num_units
        state.window_loss += gathered.total
        state.window_units += gathered.num_units
        for name, value in gathered.metrics.items():
            sums = state.window_metrics.setdefault(name, [0.0, 0.0])
            sums[0] += value
            sums[1] += gathered.num_units
        self.guard.note_good(gathered)

    @torch.no_grad()
    def _validate(self) -> dict[str, float]:
        """Means a unit over the validation sample, with the same noise every time."""
        average = self.learner.average
        self.learner.model.eval()
        sums: Counter[str] = Counter()
        num_units = 0
        with (
            torch.random.fork_rng(),
            nullcontext() if average is None else average.in_place(),
        ):
            torch.manual_seed(derive_seed(self.config.seed, "validation"))
            for batch in self.ranks.share(self.validation):
                loss = self.gatherer.loss(batch)
                num_units += loss.num_units
                sums.update({**loss.metrics, "loss": loss.total.item()})
        sums, num_units = self.ranks.totals(sums, num_units)
        return {
            f"validation_{name}": float(value) / max(1, num_units)
            for name, value in sums.items()
        }

    def _note_validation(self, loss: float) -> bool:
        state = self.state
        improved = state.best_loss is None or loss < state.best_loss
        if improved:
            state.best_loss, state.best_step = loss, state.step
            state.validations_since_best = 0
        else:
            state.validations_since_best += 1
        return improved

    def _log(self, norm: float, validation: Mapping[str, float]) -> str:
        state = self.state
        loss = state.window_loss / state.window_units if state.window_units else None
        row = {
            "step": state.step,
            "num_tokens": state.num_units,
            "train_loss": loss,
            "validation_loss": validation.get("validation_loss"),
            "learning_rate": self.learner.optimisers.learning_rate,
            "gradient_norm": norm if math.isfinite(norm) else None,
            "seconds": round(state.seconds, 3),
        }
        metrics = {k: float(v) for k, v in row.items() if v is not None and k != "step"}
        means = {
            f"train_{name}": total / max(1.0, num_units)
            for name, (total, num_units) in state.window_metrics.items()
        }
        self.sink.log(state.step, {**metrics, **means, **validation})
        state.history.append(
            {**row, "faults": state.window_faults} if state.window_faults else row
        )
        state.window_loss, state.window_units, state.window_faults = 0.0, 0, []
        state.window_metrics = {}
        best = "" if state.best_loss is None else f", validation {state.best_loss:.3f}"
        return f"loss {loss:.3f}{best}" if loss is not None else "not finite"

    def _report_profile(self, table: str) -> None:
        logger.info("%s", table)
        if isinstance(self.sink, TextSink):
            self.sink.log_text("profile", table)

    def _resume(self) -> None:
        checkpoint = self.store.latest(self.fingerprint)
        if checkpoint is None:
            return
        self.state = from_checkpoint(checkpoint, self.learner)
        _part_randomness(self.objective, self.config, self.ranks)
        logger.info(
            "going on from step %d of %d", self.state.step, self.config.num_steps
        )

    def _save(self) -> None:
        self.store.save(to_checkpoint(self.state, self.learner, self.fingerprint))
        self._saved_at = time.monotonic()

    def _finish(self) -> None:
        best = self.state.best_step
        if self.config.restore_best and best not in (None, self.state.step):
            self.learner.load_best(self.store.load(best, self.fingerprint).tensors)
            logger.info("weights of step %d had the best validation loss", best)
        elif self.learner.average is not None:
            self.learner.average.keep()
        self.learner.model.eval()


def _new_learner(objective: Objective[Any], config: TrainingConfig) -> Learner:
    model = unwrap(objective.model)
    groups = objective.parameter_groups(config)
    decay = config.average_decay
    return Learner(
        model,
        OptimiserSet(model, groups, config),
        None if decay is None else WeightAverage(weights_in(model), decay),
    )
