from datetime import UTC, datetime
from typing import Any, cast

import mlflow
import pytest
from kedro.io import DatasetError
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from taojin.tracking.mlflow_trials import MlflowTrialRecorder, TrialRecorderDataset
from taojin.training.tuning.records import TrialRecord


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    tracking_uri = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{path}")
    yield mlflow.set_experiment("trials").experiment_id
    mlflow.set_tracking_uri(tracking_uri)


@pytest.fixture
def parent(store, monkeypatch):
    monkeypatch.delenv("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", raising=False)
    with mlflow.start_run(experiment_id=store) as active:
        yield active.info.run_id


def trial(number=0, state="complete", loss: float | None = 1.5, reason=None):
    return TrialRecord(
        number=number,
        state=state,
        parameters={"training.batch_size": 8, "training.optimiser": "muon"},
        validation_loss=loss,
        facts={"num_tokens": 640, "cpu_seconds": None},
        reason=reason,
        rows=[
            {"step": 10, "train_loss": 2.0, "validation_loss": 1.8},
            {"step": 20, "train_loss": 1.7, "validation_loss": 1.5},
        ],
        started_at=datetime(2026, 1, 2, tzinfo=UTC),
        finished_at=datetime(2026, 1, 2, 0, 1, tzinfo=UTC),
    )


def children(store, parent):
    return MlflowClient().search_runs(
        [store],
        f"tags.mlflow.parentRunId = '{parent}'",
        order_by=["attributes.run_name"],
    )


def test_each_trial_is_a_child_with_its_settings_and_numbers(store, parent):
    recorder = MlflowTrialRecorder()
    recorder.record(trial(0))
    recorder.record(trial(1, loss=1.2))
    first, second = children(store, parent)
    assert first.info.run_name == "trial 0"
    assert first.data.params == {
        "training.batch_size": "8",
        "training.optimiser": "muon",
    }
    assert first.data.metrics["best_validation_loss"] == 1.5
    assert first.data.metrics["num_tokens"] == 640
    assert second.data.metrics["best_validation_loss"] == 1.2
    assert first.info.end_time == first.info.start_time + 60_000


def test_the_curves_of_a_trial_are_kept_by_step(store, parent):
    MlflowTrialRecorder().record(trial())
    (run,) = children(store, parent)
    history = MlflowClient().get_metric_history(run.info.run_id, "validation_loss")
    assert [(row.step, row.value) for row in history] == [(10, 1.8), (20, 1.5)]


@pytest.mark.parametrize(
    ("state", "status"),
    [("complete", "FINISHED"), ("pruned", "KILLED"), ("fail", "FAILED")],
)
def test_how_a_trial_ended_can_be_searched(store, parent, state, status):
    MlflowTrialRecorder().record(trial(0, state, None, "it was slow"))
    (run,) = children(store, parent)
    assert run.info.status == status
    assert run.data.tags["state"] == state
    assert run.data.tags["reason"] == "it was slow"
    assert "best_validation_loss" not in run.data.metrics


def test_the_active_run_stays_the_parent(parent):
    MlflowTrialRecorder().record(trial())
    active = mlflow.active_run()
    assert active is not None
    assert active.info.run_id == parent


def test_without_an_active_run_trials_are_dropped(store):
    before = len(MlflowClient().search_runs([store]))
    MlflowTrialRecorder().record(trial())
    assert len(MlflowClient().search_runs([store])) == before


@pytest.mark.usefixtures("parent")
def test_a_server_that_fails_does_not_stop_the_search(monkeypatch):
    def refuse(*_args, **_kwargs):
        message = "no server"
        raise MlflowException(message)

    monkeypatch.setattr(MlflowClient, "create_run", refuse)
    MlflowTrialRecorder().record(trial())


def test_a_recorder_is_an_input_and_cannot_be_saved():
    dataset = TrialRecorderDataset()
    assert dataset.is_resource
    assert isinstance(dataset.load(), MlflowTrialRecorder)
    with pytest.raises(DatasetError, match="cannot be saved"):
        dataset.save(cast("Any", 1))
