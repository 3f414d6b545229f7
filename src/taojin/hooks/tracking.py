"""MLflow tracking of runs that do something."""

import logging
import threading
import warnings
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import mlflow
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from mlflow import MlflowClient
from mlflow.entities import Param, RunTag
from mlflow.exceptions import MlflowException

from taojin.core.lineage import VOLATILE, Lineage
from taojin.core.provenance import git_state, package_versions
from taojin.hooks.lineage_inputs import dataset_inputs, made_in_run
from taojin.hooks.locations import anchor_locations
from taojin.hooks.parameters import flatten_parameters
from taojin.hooks.scores import flatten_scores

# It defines an MLflow model without type hints, and MLflow tells every user so, with
# a filter of its own that an "ignore" does not reach; a recorder does.
with warnings.catch_warnings(record=True):
    from kedro_mlflow.framework.hooks import MlflowHook

logger = logging.getLogger(__name__)

MAX_PARAMS = 100
"""Parameters that MLflow takes in one request."""

_CHATTY = ("mlflow.models.signature", "mlflow.store.db.utils", "mlflow.system_metrics")

ModelLogger = Callable[[Path], None]
"""Logs a model folder to the active MLflow run."""


class TypedParamsMlflowHook(MlflowHook):
    """Records a run in MLflow: typed parameters, provenance, data, models.

    It differs from its base class in three ways:

    * the MLflow run starts with the first node that is executed and is not tagged
      ``volatile``, so a run that finds everything up to date leaves no trace;
    * a configuration is logged one field a parameter, where the base class would log
      a model as one string that no query can search;
    * after the run, the fingerprints of its datasets are logged as inputs, and the
      models that it made as models.

    Args:
        lineage: Name of the dataset that holds the records of the runner; without
            one, neither data nor models are logged.
        models: How to log a dataset that is a model folder, by the dataset's name.
        reports: Datasets that are nested reports; their numbers become metrics.
    """

    def __init__(
        self,
        lineage: str = "lineage",
        models: Mapping[str, ModelLogger] | None = None,
        reports: Collection[str] = (),
    ) -> None:
        super().__init__()
        self._lineage = lineage
        self._models = dict(models or {})
        self._reports = set(reports)
        self._project = Path.cwd()
        self._environment = ""
        self._waiting: dict[str, Any] | None = None
        self._logged: set[str] = set()
        self._lock = threading.Lock()  # some runners execute nodes in threads

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Set MLflow up for the project."""
        self._project = Path(context.project_path)
        self._environment = context.env or ""
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        anchor_locations(context.config_loader, self._project)
        super().after_context_created(context)

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Remember the run; nothing is recorded before a node runs."""
        self.run_id = None
        self._logged = set()
        self._waiting = {
            "run_params": run_params,
            "pipeline": pipeline,
            "catalog": catalog,
        }

    @hook_impl
    def before_node_run(
        self,
        node: Node,
        catalog: DataCatalog,
        inputs: dict[str, Any],
        is_async: bool,  # noqa: FBT001 - the signature is Kedro's
    ) -> None:
        """Start the MLflow run if this node is the first, and log its parameters."""
        del catalog, is_async
        with self._lock:
            if self._waiting is not None:
                if VOLATILE in node.tags:
                    return
                waiting, self._waiting = self._waiting, None
                self._start(waiting)
            if self.run_id is not None:
                self._join_thread()
                self._log_parameters(inputs)

    @hook_impl
    def after_node_run(self, inputs: dict[str, Any]) -> None:
        """Write what the node's metric sinks still hold."""
        _flush_sinks(inputs)

    @hook_impl
    def on_node_error(self, inputs: dict[str, Any]) -> None:
        """Write what the node's metric sinks still hold."""
        _flush_sinks(inputs)

    @hook_impl
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Log data and models, and end the MLflow run if one was started."""
        if self._waiting is not None:
            self._waiting = None
            return
        if self.run_id is not None:
            self._join_thread()
            self._log_lineage(run_params["run_id"], pipeline, catalog)
        super().after_pipeline_run(run_params, pipeline, catalog)

    @hook_impl
    def on_pipeline_error(
        self,
        error: Exception,
        run_params: dict[str, Any],
        pipeline: Pipeline,
        catalog: DataCatalog,
    ) -> None:
        """End the MLflow run as failed if one was started."""
        if self._waiting is not None:
            self._waiting = None
            return
        if self.run_id is not None:
            self._join_thread()
        elif self._is_mlflow_enabled:  # MLflow itself failed, before there was a run
            return
        super().on_pipeline_error(error, run_params, pipeline, catalog)

    def _start(self, waiting: dict[str, Any]) -> None:
        mlflow.enable_system_metrics_logging()
        super().before_pipeline_run(**waiting)
        if self.run_id is None:  # switched off for this pipeline in mlflow.yml
            return
        tags = {
            "kedro_run_id": waiting["run_params"]["run_id"],
            "environment": self._environment,
            **git_state(self._project),
            **{f"version.{name}": ver for name, ver in package_versions().items()},
        }
        MlflowClient().log_batch(
            self.run_id, tags=[RunTag(key, value) for key, value in tags.items()]
        )

    def _join_thread(self) -> None:
        """Make the run active in this thread, where it was not started.

        The base class starts it anew for each node, with a monitor of system metrics
        each time.
        """
        if mlflow.active_run() is None:
            mlflow.start_run(run_id=self.run_id, log_system_metrics=False)

    def _log_parameters(self, inputs: Mapping[str, Any]) -> None:
        named = {
            name.removeprefix("params:"): value
            for name, value in inputs.items()
            if name.startswith("params:") or name == "parameters"
        }
        flat = flatten_parameters(named)
        new = {name: flat[name] for name in flat.keys() - self._logged}
        self._logged |= new.keys()
        params = [
            Param(self.sanitize_param_name(name), new[name]) for name in sorted(new)
        ]
        for start in range(0, len(params), MAX_PARAMS):
            batch = params[start : start + MAX_PARAMS]
            MlflowClient().log_batch(str(self.run_id), params=batch)

    def _log_lineage(
        self, run_id: str, pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        if self._lineage not in catalog:
            return
        names = {node.name for node in pipeline.nodes}
        lineage: Lineage = catalog.load(self._lineage)
        records = [record for record in lineage if record.node in names]
        datasets = dataset_inputs(records, run_id)
        if datasets:
            MlflowClient().log_inputs(str(self.run_id), datasets)
        made = made_in_run(records, run_id)
        for name in sorted(self._reports & made):
            prefix = name.removesuffix("_report")
            mlflow.log_metrics(flatten_scores(catalog.load(name), prefix))
        for name in sorted(self._models.keys() & made):
            self._log_model(name, Path(catalog.load(name)))

    def _log_model(self, name: str, folder: Path) -> None:
        try:
            self._models[name](folder)
        except (MlflowException, OSError) as error:
            # The model is saved all the same, and can be released.
            logger.warning("MLflow did not take the model %s: %s", name, error)


def _flush_sinks(inputs: Mapping[str, Any]) -> None:
    for value in inputs.values():
        flush = getattr(value, "flush", None)
        if callable(flush) and hasattr(value, "log"):
            flush()
