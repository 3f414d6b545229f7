"""Starting the other processes of a run from one of them."""

import logging
import multiprocessing
import os
import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import wait
from typing import Any

import torch
from torch import distributed as dist

from taojin.core.errors import ConfigurationError, TrainingError
from taojin.training.config import DistributionConfig
from taojin.training.distribution.ranks import StoppedByFirstRankError, backend

_HOST = "127.0.0.1"
_SECONDS_TO_END = 10.0
_MAX_REASON = 2000


@contextmanager
def other_ranks(
    config: DistributionConfig, work: Callable[..., object], *args: Any
) -> Generator[None, None, None]:
    """Let other processes of this machine do the same work beside the block of code.

    This process is rank 0 inside the block: its sink, its checkpoints and its model
    are used as if it were alone. Where a process group is open already, or
    ``torchrun`` has started the ranks, or one is enough, nothing is started.

    Args:
        config: How many.
        work: A function of a module; calls :func:`taojin.training.loop.train` with the
            same arguments as the block, but for store and sink.
        args: Of ``work``; sent to the other processes.

    Raises:
        ConfigurationError: If there are fewer cards than ranks.
        TrainingError: If another rank fails; the message names it.
    """
    if (
        config.num_ranks == 1
        or dist.is_initialized()
        or dist.is_torchelastic_launched()
    ):
        yield
        return
    _require_cards(config.num_ranks)
    timeout = timedelta(seconds=config.timeout_seconds)
    store = dist.TCPStore(  # pyright: ignore[reportPrivateImportUsage]
        _HOST, 0, config.num_ranks, is_master=True, wait_for_workers=False
    )
    crew = _Crew(config, store.port, work, args)
    try:
        dist.init_process_group(
            backend(), store=store, rank=0, world_size=config.num_ranks, timeout=timeout
        )
        yield
    except RuntimeError as error:
        crew.raise_if_failed(error)
        raise
    else:
        crew.raise_if_failed(None)
    finally:
        crew.end()
        if dist.is_initialized():
            dist.destroy_process_group()


class _Crew:
    """The other ranks; the first of them to fail is remembered."""

    def __init__(
        self,
        config: DistributionConfig,
        port: int,
        work: Callable[..., object],
        args: tuple[Any, ...],
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._num_ranks = config.num_ranks
        self._pipes: dict[int, Any] = {}
        self._processes: dict[int, Any] = {}
        self._failed: int | None = None
        for index in range(1, config.num_ranks):
            self._pipes[index], end = context.Pipe(duplex=False)
            process = context.Process(
                target=_run_rank,
                args=(index, port, config, end, work, args),
                name=f"rank-{index}",
                daemon=True,
            )
            process.start()
            end.close()
            self._processes[index] = process
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def raise_if_failed(self, cause: BaseException | None) -> None:
        """Wait for the ranks to end, and name the first that failed."""
        self._watcher.join(_SECONDS_TO_END if cause else None)
        if self._failed is None:
            return
        pipe = self._pipes[self._failed]
        try:
            reason = pipe.recv() if pipe.poll() else None
        except EOFError:
            reason = None
        code = self._processes[self._failed].exitcode
        message = (
            f"rank {self._failed} of {self._num_ranks} ended, and the run with it: "
            f"{reason or f'its process died with exit code {code}'}; run again to go "
            "on from the last checkpoint"
        )
        raise TrainingError(message) from cause

    def end(self) -> None:
        """End what still runs."""
        for process in self._processes.values():
            process.join(_SECONDS_TO_END if self._failed is None else 0.0)
            if process.is_alive():
                process.kill()
                process.join()

    def _watch(self) -> None:
        running = {p.sentinel: index for index, p in self._processes.items()}
        while running:
            for sentinel in wait(list(running)):
                index = running.pop(sentinel)
                self._processes[index].join()
                if self._processes[index].exitcode != 0 and self._failed is None:
                    self._failed = index
                    _stop_waiting()
                    return


def _stop_waiting() -> None:
    """Wake rank 0 from a collective between cards, which does not see a rank die."""
    if torch.cuda.is_available() and dist.is_initialized():
        dist.distributed_c10d._abort_process_group()  # noqa: SLF001


def _run_rank(
    index: int,
    port: int,
    config: DistributionConfig,
    pipe: Any,
    work: Callable[..., object],
    args: tuple[Any, ...],
) -> None:
    logging.disable(logging.WARNING)  # rank 0 says it
    threading.Thread(target=_follow_parent, daemon=True).start()
    if torch.cuda.is_available():
        torch.cuda.set_device(index)
    timeout = timedelta(seconds=config.timeout_seconds)
    try:
        store = dist.TCPStore(  # pyright: ignore[reportPrivateImportUsage]
            _HOST, port, config.num_ranks, is_master=False
        )
        dist.init_process_group(
            backend(),
            store=store,
            rank=index,
            world_size=config.num_ranks,
            timeout=timeout,
        )
        work(*args)
    except StoppedByFirstRankError:
        return
    except BaseException:  # noqa: BLE001 - whatever it is, rank 0 names it
        pipe.send(traceback.format_exc()[-_MAX_REASON:])
        raise SystemExit(1) from None
    dist.destroy_process_group()


def _follow_parent() -> None:
    """End with rank 0, also where that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _require_cards(num_ranks: int) -> None:
    num_cards = torch.cuda.device_count()
    if torch.cuda.is_available() and num_cards < num_ranks:
        message = (
            f"distribution.num_ranks is {num_ranks}, and there are {num_cards} GPUs; "
            "lower it, or hide the GPUs to train on processors"
        )
        raise ConfigurationError(message)
