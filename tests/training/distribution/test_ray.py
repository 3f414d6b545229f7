"""Ranks that are workers of a Ray instance on this machine."""

from functools import partial

import pytest
import torch

from taojin.core.errors import ConfigurationError, TrainingError
from taojin.engines import EngineConfig
from taojin.engines.ray_pool import open_ray_pool
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.distribution.launch import train_over_ranks
from taojin.training.metrics import ListSink

pytest.importorskip("ray")
pytestmark = pytest.mark.long
RAY = {"strategy": "ddp", "num_ranks": 2, "launcher": "ray"}


def test_workers_of_ray_train_as_one_process_does(tmp_path, rank_jobs):
    alone = rank_jobs.counting(rank_jobs.settings(distribution={}))
    expected = alone.train()
    store, sink = DirectoryCheckpointStore(tmp_path / "kept"), ListSink()
    folder = tmp_path / "shared"
    config = rank_jobs.settings(distribution={**RAY, "shared_folder": folder})
    job = rank_jobs.counting(config)

    rows = train_over_ranks(job, store=store, sink=sink)

    assert [row["step"] for row in rows] == [row["step"] for row in expected]
    losses = [row["train_loss"] for row in rows]
    assert losses == pytest.approx([row["train_loss"] for row in expected], rel=2e-4)
    assert [row["step"] for row in sink.rows] == [row["step"] for row in rows]
    for name, weight in alone.objective.model.state_dict().items():
        found = job.objective.model.state_dict()[name]
        torch.testing.assert_close(found, weight, rtol=0, atol=2e-4)
    kept = store.latest({"training": config.identity()})
    assert kept is not None
    assert kept.step == config.num_steps
    assert not list(folder.iterdir())


def test_a_sink_that_raises_here_ends_the_workers(rank_jobs):
    job = rank_jobs.counting(rank_jobs.settings(distribution=RAY))
    sink = rank_jobs.PruningSink(3)
    with pytest.raises(rank_jobs.PrunedError):
        train_over_ranks(job, sink=sink)
    assert [row["step"] for row in sink.rows] == [1, 2, 3]


def test_a_worker_that_is_killed_is_named_and_the_run_goes_on(tmp_path, rank_jobs):
    store = DirectoryCheckpointStore(tmp_path)
    config = rank_jobs.settings(distribution=RAY)
    with pytest.raises(TrainingError, match="rank 1 of 2"):
        train_over_ranks(
            rank_jobs.counting(config),
            partial(rank_jobs.dying, config, "killed"),
            store=store,
        )
    kept = store.latest({"training": config.identity()})
    assert kept is not None
    assert 0 < kept.step < config.num_steps
    rows = rank_jobs.counting(rank_jobs.settings(distribution={})).train(store=store)
    assert [row["step"] for row in rows] == list(range(1, 13))


def test_more_ranks_than_the_cluster_has_processors_are_refused(rank_jobs):
    open_ray_pool(EngineConfig(name="ray", num_workers=2))
    many = {"distribution": {**RAY, "num_ranks": 3}, "num_accumulations": 8}
    with pytest.raises(ConfigurationError, match="has 2 of the resource CPU"):
        train_over_ranks(rank_jobs.counting(rank_jobs.settings(**many)))
