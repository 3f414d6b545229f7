"""Ranks that fail, and ranks that wait."""

from functools import partial

import pytest
import torch
from pydantic import ValidationError

from taojin.core.errors import TrainingError
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.config import DistributionConfig
from taojin.training.distribution.launch import train_over_ranks
from taojin.training.distribution.processes import started
from taojin.training.distribution.torchrun import leading

pytestmark = pytest.mark.long


@pytest.mark.usefixtures("two_ranks")
def test_a_run_that_is_pruned_from_within_its_sink_ends_in_all_ranks(rank_jobs):
    config = rank_jobs.settings()
    make = partial(rank_jobs.counting, config)
    with pytest.raises(rank_jobs.PrunedError):
        train_over_ranks(make(), make, sink=rank_jobs.PruningSink(3))
    assert len(train_over_ranks(make(), make)) == config.num_steps  # they wait again


@pytest.mark.usefixtures("two_ranks")
def test_the_error_of_a_rank_is_named_and_the_rank_can_be_used_again(rank_jobs):
    config = rank_jobs.settings()
    make = partial(rank_jobs.counting, config)
    broken = partial(rank_jobs.dying, config, "broken")
    with pytest.raises(TrainingError, match=r"(?s)rank 1 of 2 .*ZeroDivisionError"):
        train_over_ranks(make(), broken)
    assert len(train_over_ranks(make(), make)) == config.num_steps


def test_a_rank_that_is_killed_ends_the_run_which_goes_on_later(tmp_path, rank_jobs):
    config = rank_jobs.settings()
    store = DirectoryCheckpointStore(tmp_path)
    with pytest.raises(TrainingError, match=r"rank 1 of 2 .* exit code -9"):
        train_over_ranks(
            rank_jobs.counting(config),
            partial(rank_jobs.dying, config, "killed"),
            store=store,
        )
    kept = store.latest({"training": config.identity()})
    assert kept is not None
    assert 0 < kept.step < config.num_steps

    job = rank_jobs.counting(rank_jobs.settings(distribution={}))
    rows = job.train(store=store)
    straight = rank_jobs.counting(job.config)
    expected = straight.train()
    assert [row["step"] for row in rows] == [row["step"] for row in expected]
    weights = job.objective.model.state_dict()
    for name, weight in straight.objective.model.state_dict().items():
        torch.testing.assert_close(weights[name], weight, rtol=0, atol=2e-4)


def test_a_rank_that_does_not_answer_ends_the_run_when_the_time_is_up(rank_jobs):
    patient = rank_jobs.settings()
    distribution = {"strategy": "ddp", "num_ranks": 2, "timeout_seconds": 4.0}
    config = rank_jobs.settings(distribution=distribution)
    make = partial(rank_jobs.counting, patient)
    silent = partial(rank_jobs.dying, config, "silent")
    with started(2) as team, leading(team):
        train_over_ranks(make(), make)  # everything is imported now
        with pytest.raises(TrainingError, match=r"distribution\.timeout_seconds, 4"):
            train_over_ranks(rank_jobs.counting(config), silent)


def test_an_address_is_of_a_cluster():
    with pytest.raises(ValidationError, match="set launcher to ray"):
        DistributionConfig(address="auto")
