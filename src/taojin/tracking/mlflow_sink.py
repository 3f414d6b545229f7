"""Metrics, texts and pictures of a training run, written to the active MLflow run.

The training loop owns the protocol; a node gets the sink from the catalogue.
"""

import logging
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import mlflow
import numpy as np
from kedro.io import AbstractDataset, DatasetError
from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.environment_variables import (
    MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING,
    MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL,
)
from mlflow.exceptions import MlflowException
from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 2.0
"""A write to SQLite costs about 6 ms of processor time; one in two seconds is free."""
MAX_BATCH = 1000
"""Metrics that MLflow takes in one request."""
_SAMPLING_SECONDS = 10.0
_SECONDS_TO_END = 10.0


@dataclass(frozen=True)
class RankMonitor:
    """Records the system metrics of another rank in the MLflow run of rank 0.

    They are named ``system/rank_1/cpu_utilization_percentage`` and so on, and are
    those of its machine; the process that runs the pipeline has ``system/cpu_...``.

    Attributes:
        run_id: Of the MLflow run.
        tracking_uri: Of the server or database, which the rank must reach.
        sampling_seconds: Between two samples.
    """

    run_id: str
    tracking_uri: str
    sampling_seconds: float

    @contextmanager
    def __call__(self, rank: int) -> Generator[None, None, None]:
        """Record inside the block of code; a server that fails is done without."""
        try:
            monitor = SystemMetricsMonitor(
                self.run_id,
                sampling_interval=self.sampling_seconds,  # pyright: ignore[reportArgumentType]
                resume_logging=True,
                node_id=f"rank_{rank}",
                tracking_uri=self.tracking_uri,
            )
        except (MlflowException, OSError) as error:
            logger.warning("rank %d records no system metrics: %s", rank, error)
            yield
            return
        monitor.start()
        try:
            yield
        finally:  # a server that does not answer must not hold up the other ranks
            ending = threading.Thread(target=monitor.finish, daemon=True)
            ending.start()
            ending.join(_SECONDS_TO_END)


class MlflowMetricSink:
    """Implements the sinks of :mod:`taojin.training.metrics` with MLflow.

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
        self._has_warned = False

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
        with self._surviving():
            for start in range(0, len(waiting), MAX_BATCH):
                batch = waiting[start : start + MAX_BATCH]
                MlflowClient().log_batch(run.info.run_id, metrics=batch)

    def log_text(self, name: str, text: str) -> None:
        """Keep a text as the artifact ``<prefix>/<name>.txt`` of the active run."""
        run = mlflow.active_run()
        if run is None:
            logger.debug("No MLflow run is active: the text %s dropped", name)
            return
        with self._surviving():
            path = f"{self._prefix}{name}.txt"
            MlflowClient().log_text(run.info.run_id, text, path)

    def log_picture(self, name: str, step: int, pixels: NDArray[np.uint8]) -> None:
        """Keep a picture ``[height, width, 1 or 3]`` under the images of the run.

        MLflow shows those of one name as a row over the steps.
        """
        run = mlflow.active_run()
        if run is None:
            logger.debug("No MLflow run is active: the picture %s dropped", name)
            return
        with self._surviving():
            key = f"{self._prefix}{name}".replace("/", "-")
            MlflowClient().log_image(run.info.run_id, pixels, key=key, step=step)

    def companion(self) -> RankMonitor | None:
        """What other ranks hold open while they train; None without an active run.

        See :class:`taojin.training.distribution.first_rank.AccompaniesRanks`.
        """
        run = mlflow.active_run()
        if run is None or not MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING.get():
            return None
        return RankMonitor(
            run.info.run_id,
            mlflow.get_tracking_uri(),
            MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL.get() or _SAMPLING_SECONDS,
        )

    @contextmanager
    def _surviving(self) -> Generator[None, None, None]:
        """Go on if the server fails, and say so the first time."""
        try:
            yield
        except (MlflowException, OSError) as error:
            if not self._has_warned:
                logger.warning(
                    "MLflow does not take metrics (%s); training goes on without", error
                )
            self._has_warned = True


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
