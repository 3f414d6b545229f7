"""The hook on real runs, with a real store of MLflow in a file."""

import shutil
import threading
from typing import Any

import mlflow
import pytest
from kedro.config import OmegaConfigLoader
from kedro.framework.context import KedroContext
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner, ThreadRunner
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from taojin.core.config import StageConfig
from taojin.core.lineage import Lineage, LineageRecord
from taojin.hooks.tracking import TypedParamsMlflowHook
from taojin.tracking.mlflow_sink import MetricSinkDataset

RUN_ID = "2026-11-23T18.00.00.000Z"
SETTINGS = """
server: {mlflow_tracking_uri: "sqlite:///data/mlflow.db"}
tracking:
  experiment: {name: tiny, create_experiment_kwargs: {artifact_location: data/files}}
  run: {nested: false}
"""

VALUES = {f"value_{number:03}": number for number in range(250)}


class Optimiser(StageConfig):
    learning_rate: float = 0.25


class Stage(StageConfig):
    num_steps: int = 5
    optimiser: Optimiser = Optimiser()


class Wide(StageConfig):
    values: dict[str, int]


def train(config, sink):
    for step in range(config.num_steps):
        sink.log(step, {"loss": 1.0 / (step + 1)})
    return "model"


def fail(config, sink):
    sink.log(7, {"loss": 0.5})
    message = f"{config.num_steps} steps were too many"
    raise ValueError(message)


def count_monitors():
    names = [thread.name for thread in threading.enumerate()]
    return names.count("SystemMetricsMonitor")


def look_around():
    return "report"


TRAIN = Node(
    train, {"config": "params:stage", "sink": "sink"}, "model", name="train_model"
)
LOOK = Node(look_around, None, "seen", name="look_around", tags=["volatile"])


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory):
    """A store with its tables, which take MLflow seconds to make."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def project(tmp_path, empty_database, monkeypatch):
    (tmp_path / "conf" / "base").mkdir(parents=True)
    (tmp_path / "conf" / "local").mkdir()
    (tmp_path / "data").mkdir()
    shutil.copy(empty_database, tmp_path / "data" / "mlflow.db")
    for name in ("ENABLE_SYSTEM_METRICS_LOGGING", "EXPERIMENT_ID", "RUN_ID"):
        monkeypatch.delenv(f"MLFLOW_{name}", raising=False)
    tracking_uri = mlflow.get_tracking_uri()
    yield Project(tmp_path)
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.disable_system_metrics_logging()
    mlflow.set_tracking_uri(tracking_uri)


class Project:
    """A Kedro project of configuration alone."""

    def __init__(self, folder):
        self.folder = folder
        self.catalog = DataCatalog(
            {
                "params:stage": MemoryDataset(Stage()),
                "params:wide": MemoryDataset(Wide(values=VALUES)),
                "sink": MetricSinkDataset("stage"),
                "lineage": MemoryDataset(
                    Lineage(folder / "lineage"), copy_mode="assign"
                ),
            }
        )

    def run(self, nodes, *, executed=None, runner=None, settings=SETTINGS, **hook):
        """Run nodes; where ``executed`` is given, the others were up to date."""
        path = self.folder / "conf" / "base" / "mlflow.yml"
        path.write_text(settings, encoding="utf-8")
        manager = _create_hook_manager()
        manager.register(TypedParamsMlflowHook(**hook))
        manager.hook.after_context_created(context=self.context(manager))
        pipeline = Pipeline(nodes)
        arguments = {
            "run_params": run_parameters(self.folder),
            "pipeline": pipeline,
            "catalog": self.catalog,
        }
        manager.hook.before_pipeline_run(**arguments)
        todo = pipeline if executed is None else Pipeline(executed)
        runner = runner or SequentialRunner()
        try:
            result = runner.run(todo, self.catalog, manager, run_id=RUN_ID)
        except Exception as error:
            manager.hook.on_pipeline_error(error=error, **arguments)
            raise
        manager.hook.after_pipeline_run(run_result=result, **arguments)

    def context(self, manager):
        loader = OmegaConfigLoader(
            str(self.folder / "conf"), base_env="base", default_run_env="local"
        )
        make_context: Any = KedroContext  # its argument names are made by attrs
        return make_context(
            project_path=self.folder,
            config_loader=loader,
            env="local",
            package_name="tiny",
            hook_manager=manager,
        )

    def made(self, node, run_id, **outputs):
        record = LineageRecord(
            node, "key", "code", {"sink": None}, outputs, run_id, "2026", 1.0
        )
        Lineage(self.folder / "lineage").store(record)

    def runs(self):
        client = MlflowClient(f"sqlite:///{self.folder / 'data' / 'mlflow.db'}")
        names = [item.experiment_id for item in client.search_experiments()]
        return client.search_runs(names)


def run_parameters(folder):
    lists = ("tags", "from_nodes", "to_nodes", "node_names", "from_inputs")
    return {
        "run_id": RUN_ID,
        "project_path": str(folder),
        "env": "local",
        "load_versions": None,
        "pipeline_names": None,
        **dict.fromkeys(lists),
    }


def test_a_run_is_recorded_with_parameters_metrics_and_provenance(project):
    project.run([TRAIN])
    (run,) = project.runs()
    assert run.info.status == "FINISHED"
    assert run.data.params == {
        "stage.num_steps": "5",
        "stage.optimiser.learning_rate": "0.25",
    }
    assert run.data.metrics == {"stage/loss": 0.2}
    assert run.data.tags["kedro_run_id"] == RUN_ID
    assert run.data.tags["environment"] == "local"
    assert run.data.tags["version.torch"]
    assert run.info.artifact_uri.startswith(f"file://{project.folder}/data/files")
    assert mlflow.active_run() is None
    assert count_monitors() == 0


def test_a_run_that_finds_everything_up_to_date_leaves_no_record(project):
    project.run([TRAIN, LOOK], executed=[LOOK])
    project.run([TRAIN, LOOK], executed=[])
    assert project.runs() == []


def test_one_node_that_works_is_enough_for_a_record(project):
    project.run([LOOK, TRAIN])
    assert len(project.runs()) == 1


def test_a_failed_run_is_recorded_as_failed_with_its_last_metrics(project):
    inputs = {"config": "params:stage", "sink": "sink"}
    with pytest.raises(ValueError, match="too many"):
        project.run([Node(fail, inputs, "model", name="fail")])
    (run,) = project.runs()
    assert run.info.status == "FAILED"
    assert run.data.metrics == {"stage/loss": 0.5}
    assert mlflow.active_run() is None


def test_a_failure_before_anything_was_started_leaves_no_record(project):
    inputs = {"config": "params:stage", "sink": "sink"}
    node = Node(fail, inputs, "model", name="fail", tags=["volatile"])
    with pytest.raises(ValueError, match="too many"):
        project.run([node])
    assert project.runs() == []


def test_a_run_has_one_monitor_of_the_machine_however_many_its_nodes(project):
    nodes = [
        Node(count_monitors, None, f"num_{letter}", name=f"count_{letter}")
        for letter in "abc"
    ]
    for letter in "abc":
        project.catalog[f"num_{letter}"] = MemoryDataset()
    project.run(nodes)
    assert [project.catalog.load(f"num_{letter}") for letter in "abc"] == [1, 1, 1]
    assert count_monitors() == 0


def test_more_parameters_than_a_request_takes_are_all_logged_once(project):
    def use(config):
        return config.values["value_001"]

    nodes = [Node(use, "params:wide", name, name=f"make_{name}") for name in "ab"]
    project.run(nodes)
    assert len(project.runs()[0].data.params) == 250


def test_nodes_in_other_threads_report_to_the_same_run(project):
    nodes = [
        Node(train, TRAIN._inputs, f"model_{letter}", name=f"train_{letter}")
        for letter in "ab"
    ]
    project.run(nodes, runner=ThreadRunner(max_workers=2))
    (run,) = project.runs()
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"stage/loss": 0.2}


def test_fingerprints_of_data_are_inputs_of_the_run(project):
    project.made("train_model", RUN_ID, model="a" * 32)
    project.made("look_around", "an earlier run", seen="b" * 32)
    project.made("of_another_pipeline", RUN_ID, other="c" * 32)
    project.run([TRAIN, LOOK])
    inputs = project.runs()[0].inputs.dataset_inputs
    found = {item.dataset.name: item.dataset.digest for item in inputs}
    assert found == {"model": "a" * 32, "seen": "b" * 32}


def test_a_store_that_fails_at_the_start_fails_the_run_with_its_own_error(
    project, monkeypatch
):
    def refuse(*_, **__):
        message = "the store is down"
        raise MlflowException(message)

    monkeypatch.setattr(MlflowClient, "create_run", refuse)
    with pytest.raises(MlflowException, match="the store is down"):
        project.run([TRAIN])
    assert project.runs() == []


def test_without_lineage_a_run_is_recorded_all_the_same(project):
    project.run([TRAIN], lineage="nowhere")
    assert len(project.runs()) == 1


@pytest.mark.parametrize("made_by", [RUN_ID, "an earlier run"])
def test_a_model_is_logged_by_the_run_that_made_it(project, made_by):
    logged = []
    project.catalog["model"] = MemoryDataset("folder")
    project.made("train_model", made_by, model="a" * 32)
    project.run([TRAIN], models={"model": logged.append})
    assert [str(path) for path in logged] == ["model"] * (made_by == RUN_ID)


def test_a_model_that_mlflow_refuses_does_not_fail_the_run(project):
    def refuse(_folder):
        message = "no space left"
        raise MlflowException(message)

    project.catalog["model"] = MemoryDataset("folder")
    project.made("train_model", RUN_ID, model="a" * 32)
    project.run([TRAIN], models={"model": refuse})
    assert project.runs()[0].info.status == "FINISHED"


def test_tracking_that_is_switched_off_leaves_no_record(project):
    off = "  disable_tracking: {pipelines: [__default__]}\n"
    project.run([TRAIN], settings=SETTINGS + off)
    assert project.runs() == []
