"""Metrics of a training run, written to the active MLflow run.

The training loop owns the protocol; a node gets the sink from the catalogue.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any, NoReturn

import mlflow
from kedro.io import AbstractDataset, DatasetError
from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.exceptions import MlflowException

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 2.0
"""A write to SQLite costs about 6 ms of processor time; one in two seconds is free."""
MAX_BATCH = 1000
"""Metrics that MLflow takes in one request."""


class MlflowMetricSink:
    """Implements :class:`taojin.training.metrics.MetricSink` with MLflow.

    Metrics are buffered and written at most every two seconds; :meth:`flush` writes
    the rest. Without an active run they are dropped, so training needs no server. A
    server that fails is warned of once and never stops a training run.

    Args:
        prefix: Prepended to each name, with a slash: ``pretraining/train_loss``.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = f"{prefix}/" if prefix else ""
        self._waiting: list[Metric] = []
        self._last_flush = time.monotonic()
        self._num_lost = 0

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Record values at a step, in any unit; the names say which."""
        now = int(time.time() * 1000)
        self._waiting += [
            Metric(f"{self._prefix}{name}", float(value), now, step)
            for name, value in metrics.items()
        ]
        is_due = time.monotonic() - self._last_flush >= FLUSH_SECONDS
        if is_due or len(self._waiting) >= MAX_BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting to the active run of this thread."""
        waiting, self._waiting = self._waiting, []
        self._last_flush = time.monotonic()
        run = mlflow.active_run()
        if run is None:
            logger.debug("No MLflow run is active: %d metrics dropped", len(waiting))
            return
        try:
            for start in range(0, len(waiting), MAX_BATCH):
                batch = waiting[start : start + MAX_BATCH]
                MlflowClient().log_batch(run.info.run_id, metrics=batch)
        except (MlflowException, OSError) as error:
            self._warn_once(error)
            self._num_lost += len(waiting)

    def _warn_once(self, error: Exception) -> None:
        if self._num_lost == 0:
            logger.warning(
                "MLflow does not take metrics (%s); training goes on without", error
            )


class MetricSinkDataset(AbstractDataset[NoReturn, MlflowMetricSink]):
    """A sink for the metrics of one training run; an input of nodes, never saved.

    Example:
        ```yaml
        pretraining_metrics:
          type: taojin.tracking.mlflow_sink.MetricSinkDataset
          prefix: pretraining
        ```
    """

    is_resource = True
    """What it holds says nothing about whether a result is out of date."""

    def __init__(self, prefix: str, metadata: dict[str, Any] | None = None) -> None:
        """Name the metrics.

        Args:
            prefix: Prepended to each metric's name, with a slash.
            metadata: Ignored here; Kedro-Viz reads the layer from it.
        """
        self._prefix = prefix
        self.metadata = metadata

    def load(self) -> MlflowMetricSink:
        """Open a sink with an empty buffer."""
        return MlflowMetricSink(self._prefix)

    def save(self, data: NoReturn) -> None:
        """Refuse: nodes get sinks, they do not make them."""
        message = (
            f"a metric sink cannot be saved; take {self._prefix!r} as an input of the "
            f"node and call log() on it (got {data!r:.80})"
        )
        raise DatasetError(message)

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"prefix": self._prefix}
