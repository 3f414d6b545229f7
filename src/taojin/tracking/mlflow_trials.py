"""Each trial of a search as a child of the active MLflow run."""

import logging
from datetime import datetime
from typing import Any, NoReturn

import mlflow
from kedro.io import AbstractDataset, DatasetError
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from taojin.tracking.mlflow_sink import MAX_BATCH
from taojin.training.tuning.records import TrialRecord

logger = logging.getLogger(__name__)

_MAX_VALUE_CHARS = 500
_STATUS = {"complete": "FINISHED", "pruned": "KILLED", "fail": "FAILED"}
"""MLflow has no word for a trial that was stopped early; the tag ``state`` has."""


class MlflowTrialRecorder:
    """Implements :class:`taojin.training.tuning.records.TrialRecorder` with MLflow.

    A trial is written when it is over, by the process that searches: workers need
    neither MLflow nor a way to its server. Without an active run nothing is written;
    a server that fails is warned of once and never stops a search.
    """

    def __init__(self) -> None:
        self._has_warned = False

    def record(self, trial: TrialRecord) -> None:
        """Write a trial as a finished run of its own, below the active one."""
        parent = mlflow.active_run()
        if parent is None:
            logger.debug("No MLflow run is active: trial %d dropped", trial.number)
            return
        try:
            _write(trial, parent.info.run_id, parent.info.experiment_id)
        except (MlflowException, OSError) as error:
            if not self._has_warned:
                self._has_warned = True
                logger.warning(
                    "MLflow does not take trials (%s); the search goes on", error
                )


def _write(trial: TrialRecord, parent_id: str, experiment_id: str) -> None:
    client = MlflowClient()
    run = client.create_run(
        experiment_id,
        start_time=_milliseconds(trial.started_at),
        run_name=f"trial {trial.number}",
        tags={MLFLOW_PARENT_RUN_ID: parent_id, "state": trial.state},
    )
    run_id = run.info.run_id
    params = [
        Param(path, str(value)[:_MAX_VALUE_CHARS])
        for path, value in trial.parameters.items()
    ]
    reason = trial.reason or ""
    tags = [RunTag("reason", reason[:_MAX_VALUE_CHARS])] if reason else []
    client.log_batch(run_id, params=params, tags=tags)
    metrics = _metrics(trial)
    for start in range(0, len(metrics), MAX_BATCH):
        client.log_batch(run_id, metrics=metrics[start : start + MAX_BATCH])
    client.set_terminated(
        run_id, _STATUS[trial.state], end_time=_milliseconds(trial.finished_at)
    )


def _metrics(trial: TrialRecord) -> list[Metric]:
    """The curves of the trial by step, then what came of it."""
    end = _milliseconds(trial.finished_at) or 0
    metrics = [
        Metric(name, float(value), end, int(row["step"]))
        for row in trial.rows
        for name, value in row.items()
        if name != "step"
    ]
    found = {"best_validation_loss": trial.validation_loss, **trial.facts}
    metrics += [
        Metric(name, float(value), end, 0)
        for name, value in found.items()
        if value is not None
    ]
    return metrics


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)


class TrialRecorderDataset(AbstractDataset[NoReturn, MlflowTrialRecorder]):
    """A recorder for the trials of one search; an input of nodes, never saved.

    Example:
        ```yaml
        tuning_recorder:
          type: taojin.tracking.mlflow_trials.TrialRecorderDataset
        ```
    """

    is_resource = True
    """What it holds says nothing about whether a result is out of date."""

    def __init__(self, metadata: dict[str, Any] | None = None) -> None:
        """Make the dataset.

        Args:
            metadata: Ignored here; Kedro-Viz reads the layer from it.
        """
        self.metadata = metadata

    def load(self) -> MlflowTrialRecorder:
        """Open a recorder."""
        return MlflowTrialRecorder()

    def save(self, data: NoReturn) -> None:
        """Refuse: nodes get recorders, they do not make them."""
        message = (
            "a trial recorder cannot be saved; take it as an input of the node and "
            f"call record() on it (got {data!r:.80})"
        )
        raise DatasetError(message)

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {}
