"""Ranks that Ray Train starts on the machines of a cluster.

All of them are workers of Ray, rank 0 too: the process that runs the pipeline often
has no card. It lends rank 0 its sink, call by call, and gets the weights through a
folder. Of Ray Train's own checkpoints and reports nothing is used: the loop has its
own, which do not know where they run.
"""

import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from safetensors.torch import load_model, save_model

from taojin.core.errors import ConfigurationError, TrainingError
from taojin.engines.config import EngineConfig
from taojin.engines.ray_pool import open_ray_pool
from taojin.training.checkpoints import CheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.distribution.jobs import Job
from taojin.training.distribution.lent_sink import LentSink, RemoteSink
from taojin.training.distribution.ranks import StoppedByFirstRankError
from taojin.training.metrics import MetricSink, NullSink

logger = logging.getLogger(__name__)

Batch = TypeVar("Batch")

_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_TO_NOTICE = 10.0
_MAX_REASON = 2000
_BEFORE, _AFTER = "before.safetensors", "after.safetensors"
_SWITCHES = ("DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY", "OMP_NUM_THREADS")
"""What the ranks take over from the environment of the pipeline."""


def train_on_ray(
    job: Job[Batch],
    remake: Callable[[], Job[Batch]],
    *,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> list[dict[str, Any]]:
    """Train in workers of Ray; the model of the job is the trained one afterwards.

    Args:
        job: Its weights go to rank 0, and the trained ones come back to it.
        remake: Makes the job, with any weights; sent to every worker.
        store: Sent to rank 0, so of a folder that all machines see; None lets a run
            start from the beginning when it is repeated.
        sink: Stays here.

    Returns:
        The history; see :func:`taojin.training.loop.train`.

    Raises:
        ConfigurationError: If Ray is not installed, the cluster does not answer or
            has too few processors or cards.
        TrainingError: If a rank fails; the message names it.
    """
    config = job.config
    _require_resources(config)
    with _folder_of(config) as folder:
        save_model(job.objective.model, str(folder / _BEFORE))
        lending = LentSink(sink or NullSink())
        task = _Task(remake, store, lending.end, folder, Path.cwd())
        history = lending.serve(lambda: _fit(task, config))
        load_model(job.objective.model, folder / _AFTER)
    job.objective.model.eval()
    return history


@dataclass(frozen=True)
class _Task:
    """What a worker is sent."""

    remake: Callable[[], Job[Any]]
    store: CheckpointStore | None
    sink: RemoteSink
    folder: Path
    home: Path


def _fit(task: _Task, config: TrainingConfig) -> list[dict[str, Any]]:
    from ray import train
    from ray.train.torch import TorchConfig, TorchTrainer

    uses_cards = _uses_cards(config)
    switches = {k: v for k in _SWITCHES if (v := os.getenv(k)) is not None}
    logger.info("training by %d workers of Ray", config.distribution.num_ranks)
    trainer = TorchTrainer(
        _be_rank,
        train_loop_config={"task": task},
        torch_config=TorchConfig(
            backend="cpu:gloo,cuda:nccl" if uses_cards else "gloo",
            timeout_s=round(config.distribution.timeout_seconds),
        ),
        scaling_config=train.ScalingConfig(
            num_workers=config.distribution.num_ranks, use_gpu=uses_cards
        ),
        run_config=train.RunConfig(
            name="ray",
            storage_path=str(task.folder),
            failure_config=train.FailureConfig(max_failures=0),
            worker_runtime_env={"env_vars": switches},
        ),
    )
    try:
        found: Any = trainer.fit().return_value
    except train.TrainingFailedError as error:
        raise _failure(error, config.distribution.num_ranks) from error
    return found


def _be_rank(given: dict[str, _Task]) -> list[dict[str, Any]] | None:
    """What every worker does, in the process group that Ray Train has opened."""
    from ray import train

    task, rank = given["task"], train.get_context().get_world_rank()
    os.chdir(task.home)  # Ray Train works elsewhere, and paths may be relative
    job = task.remake()
    try:
        if rank > 0:
            job.train()
            return None
        load_model(job.objective.model, task.folder / _BEFORE)
        with task.sink.watch_first_rank():
            history = job.train(task.store, task.sink)
        save_model(job.objective.model, str(task.folder / _AFTER))
    except StoppedByFirstRankError:
        return None
    except RuntimeError:
        # Perhaps for want of a rank that died: Ray is to notice that one first.
        time.sleep(_SECONDS_TO_NOTICE)
        raise
    return history


@contextmanager
def _folder_of(config: TrainingConfig) -> Generator[Path, None, None]:
    """A folder of this run, in the one that all machines see; removed at the end."""
    root = config.distribution.shared_folder
    if root is not None:
        root.mkdir(parents=True, exist_ok=True)
    prefix = f"ranks-{uuid4().hex[:8]}-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=root) as folder:
        yield Path(folder).resolve()


def _require_resources(config: TrainingConfig) -> None:
    """Connect to Ray; training would wait for ever for what is not there."""
    distribution = config.distribution
    known = sys.modules.get("ray")  # what an engine of this process has opened
    if distribution.address or known is None or not known.is_initialized():
        engine = EngineConfig(
            name="ray", address=distribution.address, num_workers=distribution.num_ranks
        )
        open_ray_pool(engine)
    import ray

    kind = "GPU" if _uses_cards(config) else "CPU"
    number = int(ray.cluster_resources().get(kind, 0))
    if number < distribution.num_ranks:
        message = (
            f"distribution.num_ranks is {distribution.num_ranks}, and the Ray cluster "
            f"has {number} of the resource {kind}; lower it, or add machines"
        )
        raise ConfigurationError(message)


def _uses_cards(config: TrainingConfig) -> bool:
    import ray

    has_cards = ray.cluster_resources().get("GPU", 0) > 0
    return config.device == "cuda" or (config.device == "auto" and has_cards)


def _failure(error: Exception, num_ranks: int) -> TrainingError:
    """Name the rank whose process died, or else the first that failed."""
    from ray.exceptions import RayActorError

    failures: dict[int, Exception] = getattr(error, "worker_failures", {})
    dead = [rank for rank, e in failures.items() if isinstance(e, RayActorError)]
    named = sorted(dead or failures)
    who = f"rank {named[0]} of {num_ranks} ended" if named else "Ray Train ended"
    reason = str(failures[named[0]] if named else error)[-_MAX_REASON:]
    return TrainingError(
        f"{who}, and the run with it: {reason}; run again to go on from the last "
        "checkpoint"
    )
