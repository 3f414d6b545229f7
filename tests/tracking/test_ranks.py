"""Two processes, one MLflow run."""

import importlib
from functools import partial
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from taojin.tracking.mlflow_sink import MlflowMetricSink
from taojin.training.distribution.launch import train_over_ranks

JOBS = Path(__file__).parents[1] / "training" / "distribution"


@pytest.mark.long
def test_two_ranks_leave_one_run_with_system_metrics_of_both(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.2")
    monkeypatch.syspath_prepend(JOBS)
    rank_jobs = importlib.import_module("rank_jobs")
    config = rank_jobs.settings(num_steps=60, profile_steps=2)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    try:
        experiment = mlflow.create_experiment("ranks", (tmp_path / "files").as_uri())
        with mlflow.start_run(experiment_id=experiment, log_system_metrics=True):
            monkeypatch.setenv("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", "true")
            sink = MlflowMetricSink("pretraining")
            train_over_ranks(
                rank_jobs.counting(config),
                partial(rank_jobs.counting, config),
                sink=sink,
            )
            sink.flush()
        (run,) = MlflowClient().search_runs([experiment])
    finally:
        mlflow.set_tracking_uri(before)
    found = run.data.metrics
    history = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}").get_metric_history(
        run.info.run_id, "pretraining/train_loss"
    )
    assert [row.step for row in history] == list(range(1, 61))
    assert "system/cpu_utilization_percentage" in found
    assert "system/rank_1/cpu_utilization_percentage" in found
    assert (
        tmp_path / "files" / run.info.run_id / "artifacts/pretraining/profile.txt"
    ).exists()
