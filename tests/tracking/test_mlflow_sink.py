import logging
import math
import re
from pathlib import Path
from typing import Any, cast

import mlflow
import numpy as np
import pytest
from kedro.io import DatasetError
from mlflow import MlflowClient
from mlflow.artifacts import load_text
from mlflow.exceptions import MlflowException

from taojin.tracking.mlflow_sink import MAX_BATCH, MetricSinkDataset, MlflowMetricSink
from taojin.training.distribution.first_rank import AccompaniesRanks
from taojin.training.metrics import PictureSink, TextSink


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    tracking_uri = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{path}")
    yield mlflow.set_experiment("metrics").experiment_id
    mlflow.set_tracking_uri(tracking_uri)


@pytest.fixture
def run(store, monkeypatch):
    monkeypatch.delenv("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", raising=False)
    with mlflow.start_run(experiment_id=store) as active:
        yield active.info.run_id


def history(run, name):
    return [
        (row.step, row.value) for row in MlflowClient().get_metric_history(run, name)
    ]


def test_metrics_arrive_under_their_prefix_with_their_steps(run):
    sink = MlflowMetricSink("pretraining")
    sink.log(0, {"train_loss": 2.0, "validation_loss": 3.0})
    sink.log(10, {"train_loss": 1.0})
    sink.flush()
    assert history(run, "pretraining/train_loss") == [(0, 2.0), (10, 1.0)]
    assert history(run, "pretraining/validation_loss") == [(0, 3.0)]


def test_without_a_prefix_names_stay_as_they_are(run):
    sink = MlflowMetricSink()
    sink.log(1, {"loss": 2})
    sink.flush()
    assert history(run, "loss") == [(1, 2.0)]


def test_few_writes_take_many_metrics_and_none_is_lost(run, monkeypatch):
    sizes = []
    log_batch = MlflowClient.log_batch

    def counted(self, run_id, metrics):
        sizes.append(len(metrics))
        log_batch(self, run_id, metrics=metrics)

    monkeypatch.setattr(MlflowClient, "log_batch", counted)
    sink = MlflowMetricSink()
    for step in range(2 * MAX_BATCH + 1):
        sink.log(step, {"many": float(step)})
    sink.flush()
    assert len(history(run, "many")) == 2 * MAX_BATCH + 1
    assert max(sizes) <= MAX_BATCH
    assert len(sizes) < 10


def test_more_metrics_of_one_step_than_a_request_takes_all_arrive(run):
    sink = MlflowMetricSink("wide")
    sink.log(0, {f"metric_{number}": 1.0 for number in range(MAX_BATCH + 1)})
    sink.flush()
    logged = MlflowClient().get_run(run).data.metrics
    assert sum(name.startswith("wide/") for name in logged) == MAX_BATCH + 1


def test_a_step_may_be_repeated(run):
    sink = MlflowMetricSink()
    for value in (1.0, 2.0):
        sink.log(3, {"again": value})
        sink.flush()
    assert sorted(history(run, "again")) == [(3, 1.0), (3, 2.0)]


def test_values_that_are_not_finite_are_taken(run):
    sink = MlflowMetricSink()
    sink.log(0, {"broken": math.nan})
    sink.flush()
    assert math.isnan(history(run, "broken")[0][1])


def test_without_a_run_metrics_are_dropped_and_training_goes_on():
    sink = MlflowMetricSink()
    sink.log(0, {"loss": 1.0})
    sink.flush()
    assert mlflow.active_run() is None


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("error", [MlflowException("down"), OSError("down")])
def test_a_server_that_fails_is_warned_of_once(monkeypatch, caplog, error):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(MlflowClient, "log_batch", refuse)
    sink = MlflowMetricSink()
    with caplog.at_level(logging.WARNING, logger="taojin"):
        for step in range(3):
            sink.log(step, {"loss": 1.0})
            sink.flush()
    assert len(caplog.records) == 1


def test_the_catalogue_hands_out_sinks_and_takes_none(run):
    dataset = MetricSinkDataset("finetuning/topic")
    sink = dataset.load()
    sink.log(0, {"loss": 1.0})
    sink.flush()
    assert history(run, "finetuning/topic/loss") == [(0, 1.0)]
    assert dataset.exists()
    with pytest.raises(DatasetError, match="as an input of the node"):
        dataset.save(cast("Any", sink))
    assert "finetuning/topic" in str(dataset)


def test_a_text_becomes_an_artifact_in_place_of_an_earlier_one(run):
    sink = MlflowMetricSink("pretraining")
    for text in ("slow", "fast"):
        sink.log_text("profile", text)
    uri = f"runs:/{run}/pretraining/profile.txt"
    assert load_text(uri) == "fast"


def test_without_a_run_a_text_is_dropped():
    MlflowMetricSink().log_text("profile", "fast")
    assert mlflow.active_run() is None


@pytest.mark.usefixtures("run")
def test_a_server_that_takes_no_text_is_warned_of_once(monkeypatch, caplog):
    def refuse(*_, **__):
        raise MlflowException("down")

    monkeypatch.setattr(MlflowClient, "log_text", refuse)
    sink = MlflowMetricSink()
    with caplog.at_level(logging.WARNING, logger="taojin"):
        sink.log_text("profile", "fast")
        sink.log_text("profile", "faster")
    assert len(caplog.records) == 1


def test_pictures_are_kept_by_step(run):
    sink = MlflowMetricSink("image/vae")
    for step in (10, 20):
        sink.log_picture("samples", step, np.full((4, 6, 1), step, np.uint8))
    found = [file.path for file in MlflowClient().list_artifacts(run, "images")]
    names = [Path(path).name for path in found if path.endswith(".png")]
    assert len(names) == 2
    assert all(name.startswith("image-vae-samples") for name in names)
    steps = [re.search(r"step\D(\d+)", name) for name in sorted(names)]
    assert [int(step[1]) for step in steps if step] == [10, 20]


def test_without_a_run_a_picture_is_dropped():
    MlflowMetricSink().log_picture("samples", 1, np.zeros((4, 4, 3), np.uint8))
    assert mlflow.active_run() is None


def test_the_loop_finds_what_the_sink_can_do():
    assert isinstance(MlflowMetricSink(), TextSink)
    assert isinstance(MlflowMetricSink(), PictureSink)
    assert isinstance(MlflowMetricSink(), AccompaniesRanks)


def test_other_ranks_are_watched_only_where_system_metrics_are_asked_for(
    run, monkeypatch
):
    assert MlflowMetricSink().companion() is None
    monkeypatch.setenv("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", "true")
    companion = MlflowMetricSink().companion()
    assert companion is not None
    assert companion.run_id == run
