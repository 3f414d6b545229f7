"""One trial: settings from the study, a training, its number back to the study."""

import json
import logging
import math
import resource
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.study import Study
from optuna.trial import Trial, TrialState
from pydantic import ValidationError

from taojin.core.errors import ConfigurationError, EmptyStageError, TrainingError
from taojin.training.tuning.isolation import ProcessDiedError, run_alone
from taojin.training.tuning.space import Candidate, Distribution, SearchSpace
from taojin.training.tuning.studies import SLOT, WHOLE, open_study, trials_by_slot
from taojin.training.tuning.targets import TrialTarget

logger = logging.getLogger(__name__)

REASON = "reason"
"""User attribute: why a trial has no number, or did not run to its end."""
ROWS = "rows"
"""User attribute: the training history, as JSON."""

_BAD_SETTINGS = (TrainingError, EmptyStageError, ConfigurationError, ValidationError)
"""What settings can cause: the sampler learns to keep away from there."""


@dataclass(frozen=True)
class TrialTask:
    """What a worker has to know of a search; the same for all of its trials.

    Attributes:
        folder: The search's own.
        space: Settings and what is searched of them.
        target: What is trained, and on what.
    """

    folder: Path
    space: SearchSpace
    target: TrialTarget


class StoppedEarlyError(Exception):
    """Ends a training that is not worth its time; never reaches a user."""


def run_trial(task: TrialTask, slot: int) -> None:
    """Run the trial of a slot in a process of its own, unless it is finished.

    A trial that was interrupted goes on from its last checkpoint. Whatever happens
    to it, it has a state in the study afterwards.

    Raises:
        OSError: If the study cannot be written: a full disk, for example.
    """
    try:
        run_alone(_run, (task, slot))
    except ProcessDiedError as error:
        _end_dead(task, slot, str(error))


def _end_dead(task: TrialTask, slot: int, reason: str) -> None:
    """Give a trial whose process died its state; the next slot goes on."""
    study = open_study(task.folder, task.space.config)
    dead = trials_by_slot(study).get(slot)
    if dead is None or dead.state.is_finished():
        raise ProcessDiedError(f"trial of slot {slot}: {reason}")
    trial = Trial(study, dead._trial_id)  # noqa: SLF001 - Optuna has no public way back
    trial.set_user_attr(REASON, reason)
    study.tell(trial, state=TrialState.FAIL)
    shutil.rmtree(_folder(task, slot), ignore_errors=True)


def _run(work: tuple[TrialTask, int]) -> None:
    task, slot = work
    study = open_study(task.folder, task.space.config, slot)
    known = trials_by_slot(study).get(slot)
    if known is not None and known.state.is_finished():
        return
    if known is None:
        trial = _new_trial(study, task, slot)
    else:
        trial = Trial(study, known._trial_id)  # noqa: SLF001 - no public way back
    folder = _folder(task, slot)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.txt").open("a", encoding="utf-8") as log, redirect_stderr(log):
        _train(study, trial, task, folder)
    shutil.rmtree(folder, ignore_errors=True)


def _folder(task: TrialTask, slot: int) -> Path:
    return task.folder / "trials" / f"{slot:05d}"


def _new_trial(study: Study, task: TrialTask, slot: int) -> Trial:
    config = task.space.config
    defaults = task.space.defaults() if slot == 0 and config.include_default else None
    if defaults is not None:
        study.enqueue_trial(defaults)
    trial = study.ask()
    trial.set_user_attr(SLOT, slot)
    return trial


def _train(study: Study, trial: Trial, task: TrialTask, folder: Path) -> None:
    """Train, and tell the study how it went."""
    state, loss, reason = TrialState.PRUNED, None, None
    rows = _Rows(folder / "rows.jsonl")
    try:
        candidate = _candidate(trial, task)
        num_steps = candidate.settings.training.num_steps
        trial.set_user_attr("num_steps", num_steps)
        for name, size in task.target.sizes(candidate).items():
            trial.set_user_attr(name, size)
        sink = _ReportingSink(trial, num_steps, rows)
        loss = _best_loss(task.target.train(candidate, folder, sink))
        state = TrialState.COMPLETE
    except StoppedEarlyError:
        reason = "worse than the others at the same point"
    except _BAD_SETTINGS as error:
        reason = str(error)
    except OSError:  # a full disk is no fault of the trial: it will go on
        raise
    except Exception as error:
        logger.exception("the trial failed")
        state, reason = TrialState.FAIL, f"{type(error).__name__}: {error}"
    if reason is not None:
        trial.set_user_attr(REASON, reason[:_MAX_REASON_CHARS])
    _note_cost(trial, rows)
    study.tell(trial, loss, state=state)


def _candidate(trial: Trial, task: TrialTask) -> Candidate:
    distributions = task.space.distributions()
    return task.space.candidate(
        {path: _suggest(trial, path, one) for path, one in distributions.items()}
    )


def _suggest(trial: Trial, path: str, one: Distribution) -> Any:
    """Draw a value, or take the one that the trial was given before it was killed."""
    if isinstance(one, CategoricalDistribution):
        return trial.suggest_categorical(path, one.choices)
    if isinstance(one, IntDistribution):
        return trial.suggest_int(path, one.low, one.high, step=one.step, log=one.log)
    return trial.suggest_float(path, one.low, one.high, step=one.step, log=one.log)


def _best_loss(history: Sequence[Mapping[str, Any]]) -> float:
    losses = [row.get("validation_loss") for row in history]
    losses = [loss for loss in losses if loss is not None and math.isfinite(loss)]
    if not losses:
        message = "the trial has no validation loss; is the validation split too small?"
        raise EmptyStageError(message)
    return min(losses)


class _Rows:
    """Rows of the history in a file: a trial that goes on has those from before."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, row: Mapping[str, float]) -> None:
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")

    def read(self) -> list[dict[str, float]]:
        """Every step once, in order; a line that a kill cut off is left out."""
        by_step: dict[float, dict[str, float]] = {}
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                try:
                    row = json.loads(line)
                except ValueError:
                    continue
                by_step[row["step"]] = row
        return [by_step[step] for step in sorted(by_step)]


class _ReportingSink:
    """Keeps rows, reports validation losses, and ends what the pruner gives up."""

    def __init__(self, trial: Trial, num_steps: int, rows: _Rows) -> None:
        self._trial = trial
        self._num_steps = num_steps
        self._rows = rows

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Report the loss at this share of the trial.

        Raises:
            StoppedEarlyError: If the pruner says so.
        """
        self._rows.add({"step": step, **metrics})
        loss = metrics.get("validation_loss")
        if loss is None or step >= self._num_steps:
            return
        self._trial.report(loss, WHOLE * step // self._num_steps)
        if self._trial.should_prune():
            raise StoppedEarlyError


def _note_cost(trial: Trial, rows: _Rows) -> None:
    history = rows.read()
    num_tokens = int(history[-1]["num_tokens"]) if history else 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    trial.set_user_attr("num_tokens", num_tokens)
    ranks = resource.getrusage(resource.RUSAGE_CHILDREN)  # other than the first
    seconds = time.process_time() + ranks.ru_utime + ranks.ru_stime
    trial.set_user_attr("cpu_seconds", round(seconds, 2))
    trial.set_user_attr("peak_megabytes", round(peak / _RSS_UNITS_A_MEGABYTE, 1))
    trial.set_user_attr(ROWS, json.dumps(history))


_MAX_REASON_CHARS = 500
_RSS_UNITS_A_MEGABYTE = 1e6 if sys.platform == "darwin" else 1e3
"""``ru_maxrss`` is in bytes on macOS, in kilobytes elsewhere."""
