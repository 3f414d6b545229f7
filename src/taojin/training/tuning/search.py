"""Search in parallel over an engine; a search that was killed goes on."""

import logging
from functools import partial
from pathlib import Path

import pandas as pd
from optuna.study import Study
from optuna.trial import TrialState

from taojin.core.errors import TrainingError
from taojin.core.fingerprints import fingerprint_of
from taojin.engines import EngineConfig, run_tasks
from taojin.training.tuning.records import (
    TrialRecord,
    TrialRecorder,
    record_of,
    trial_table,
)
from taojin.training.tuning.space import SearchSpace
from taojin.training.tuning.studies import (
    create_study,
    end_nameless,
    open_study,
    trials_by_slot,
)
from taojin.training.tuning.targets import TrialTarget
from taojin.training.tuning.trials import TrialTask, run_trial

logger = logging.getLogger(__name__)

_NOT_IDENTITY = {"num_trials", "num_threads", "max_failures", "scaling_law"}
_NUM_REASONS = 3


def search_hyperparameters(
    target: TrialTarget,
    space: SearchSpace,
    *,
    engine: EngineConfig,
    workspace: Path,
    recorder: TrialRecorder,
) -> pd.DataFrame:
    """Run the trials that are still to run, ``engine.num_workers`` at a time.

    Each trial is a process of its own. All that is known lies in a folder of the
    workspace, which on a cluster all machines must see: finished trials count after
    a kill, and interrupted ones go on from their last checkpoint.

    Args:
        target: What each trial trains, and on what.
        space: What is searched.
        engine: Where trials run. With one worker the result is the same each time.
        workspace: Where the search has a folder, by the fingerprint of its settings
            and data.
        recorder: Is told of each finished trial once, interrupted searches included.

    Returns:
        See :func:`taojin.training.tuning.records.trial_table`.

    Raises:
        TrainingError: If too many trials in a row fail, or none is finished.
        DataError: If a worker dies again and again.
    """
    folder = workspace / "tuning" / _fingerprint(target, space)
    create_study(folder)
    study = open_study(folder, space.config)
    end_nameless(study)
    search = _Search(study, space, recorder)
    search.note()
    waiting = search.waiting()
    if len(waiting) < space.config.num_trials:
        done = space.config.num_trials - len(waiting)
        logger.info("%d of %d trials are finished", done, space.config.num_trials)
    task = TrialTask(folder, space, target)
    for _ in run_tasks(
        partial(run_trial, task), waiting, engine, "search hyper-parameters"
    ):
        search.note()
    return search.table()


class _Search:
    """What has come of the trials so far."""

    def __init__(
        self, study: Study, space: SearchSpace, recorder: TrialRecorder
    ) -> None:
        self._study = study
        self._space = space
        self._recorder = recorder
        self._num_failures = 0

    def waiting(self) -> list[int]:
        """Slots without a finished trial, in order."""
        finished = self._finished()
        slots = range(self._space.config.num_trials)
        return [slot for slot in slots if slot not in finished]

    def note(self) -> None:
        """Record the trials that have finished since.

        Raises:
            TrainingError: If too many of them in a row failed.
        """
        known = self._study.user_attrs
        for slot, trial in sorted(self._finished().items()):
            if _recorded(slot) in known:
                continue
            self._recorder.record(trial)
            self._study.set_user_attr(_recorded(slot), value=True)
            self._report(trial)
            self._require_success(trial)

    def table(self) -> pd.DataFrame:
        """All trials of the search.

        Raises:
            TrainingError: If none is complete.
        """
        finished = self._finished()
        trials = [
            trial
            for slot, trial in finished.items()
            if slot < self._space.config.num_trials
        ]
        if not any(trial.state == "complete" for trial in trials):
            reasons = dict.fromkeys(str(trial.reason) for trial in trials)
            message = (
                f"none of {len(trials)} trials ran to its end: "
                f"{'; '.join(list(reasons)[:_NUM_REASONS])}; narrow the space"
            )
            raise TrainingError(message)
        return trial_table(trials, [one.path for one in self._space.config.space])

    def _finished(self) -> dict[int, TrialRecord]:
        trials = trials_by_slot(self._study)
        return {
            slot: record_of(trial)
            for slot, trial in trials.items()
            if trial.state.is_finished()
        }

    def _report(self, trial: TrialRecord) -> None:
        complete = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        best = min((one.value for one in complete if one.value), default=None)
        shown = {
            path: float(f"{value:.4g}") if isinstance(value, float) else value
            for path, value in trial.parameters.items()
        }
        logger.info(
            "trial %d: %s, loss %s (best %s): %s",
            trial.number,
            trial.state,
            _shown(trial.validation_loss),
            _shown(best),
            ", ".join(f"{path}={value}" for path, value in shown.items()),
        )

    def _require_success(self, trial: TrialRecord) -> None:
        failed = trial.state == "fail"
        self._num_failures = self._num_failures + 1 if failed else 0
        if self._num_failures > self._space.config.max_failures:
            message = (
                f"tuning: {self._num_failures} trials in a row failed, the last "
                f"(trial {trial.number}) because: {trial.reason}; max_failures allows "
                f"{self._space.config.max_failures}. Finished trials are kept."
            )
            raise TrainingError(message)


def _fingerprint(target: TrialTarget, space: SearchSpace) -> str:
    base = space.base.model_dump(mode="json")
    base["training"] = space.base.training.identity()
    config = space.config.model_dump(mode="json", exclude=_NOT_IDENTITY)
    return fingerprint_of(config, base, *target.identity(space))


def _recorded(slot: int) -> str:
    return f"recorded_{slot:05d}"


def _shown(loss: float | None) -> str:
    return "none" if loss is None else f"{loss:.4f}"
