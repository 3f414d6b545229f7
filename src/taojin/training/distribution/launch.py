"""Training by as many processes as the settings ask for."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any, TypeVar

from torch import distributed as dist

from taojin.core.errors import ConfigurationError
from taojin.training.checkpoints import CheckpointStore
from taojin.training.config import DistributionConfig
from taojin.training.distribution import processes, torchrun
from taojin.training.distribution.jobs import Job, without_weights
from taojin.training.metrics import MetricSink

Batch = TypeVar("Batch")


def train_over_ranks(
    job: Job[Batch],
    remake: Callable[[], Job[Batch]] | None = None,
    *,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> list[dict[str, Any]]:
    """Train here, with the help of other processes where the settings ask for them.

    Wherever the ranks run, the model of the job is the trained one afterwards, and
    store and sink have been used as if there were no other process.

    Args:
        job: What is done here.
        remake: Makes the same job in another process, which may give it other
            weights; sent there, so small, such as a partial function of paths and
            settings. By default the job itself is sent, without its weights.
        store: Where checkpoints go; with ``launcher: ray`` it must be one that can
            be pickled, of a folder that all machines see.
        sink: Receives metrics by step.

    Returns:
        The history; see :func:`taojin.training.loop.train`.

    Raises:
        ConfigurationError: If the ranks asked for are not to be had.
        TrainingError: If another rank fails; the message names it.
    """
    config = job.config.distribution
    if not _needs_others(config):
        return job.train(store, sink)
    remake = remake or without_weights(job)
    if config.launcher == "ray" and torchrun.open_team() is None:
        from taojin.training.distribution.ray_workers import train_on_ray

        return train_on_ray(job, remake, store=store, sink=sink)
    with ExitStack() as stack:
        team = torchrun.open_team()
        if team is None:
            team = stack.enter_context(processes.started(config.num_ranks))
        stack.enter_context(team.at_work(config, partial(_train_remade, remake)))
        return job.train(store, sink)


def _train_remade(remake: Callable[[], Job[Any]]) -> None:
    """What another rank does: checkpoints and metrics are those of rank 0."""
    remake().train()


def _needs_others(config: DistributionConfig) -> bool:
    """Whether there are other ranks to be found.

    Raises:
        ConfigurationError: If ``torchrun`` started others than are asked for.
    """
    if dist.is_initialized() or config.strategy == "none":
        return False
    team = torchrun.open_team()
    if team is not None and team.num_ranks != config.num_ranks:
        message = (
            f"training.distribution.num_ranks is {config.num_ranks}, and torchrun "
            f"started {team.num_ranks} processes; set it to {team.num_ranks}, or start "
            "another number"
        )
        raise ConfigurationError(message)
    if team is None and torchrun.launched():
        message = (
            "torchrun started several processes, and each of them would train and "
            "save; run `kedro run` under it, or hand your script's main function to "
            "taojin.training.distribution.torchrun.lead"
        )
        raise ConfigurationError(message)
    return config.num_ranks > 1
