"""Ranks at the ends of connections: they wait for work, do it, and report."""

import logging
import os
import threading
import traceback
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, redirect_stderr
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple

import torch
from torch import distributed as dist
from torch.distributed.distributed_c10d import Store

from taojin.core.errors import TrainingError
from taojin.training.config import DistributionConfig
from taojin.training.distribution.ranks import StoppedByFirstRankError, backend

_SECONDS_TO_REPORT = 10.0
_MAX_REASON = 2000
_READY = "ready"
_DIED = "its process died"
_TIMED_OUT = ("timed out", "timeout")
"""In the message of a collective for which rank 0 waited in vain; the others are then
cut off, which is not what was wrong."""


class _Order(NamedTuple):
    """What a rank is told to do."""

    host: str
    port: int
    rank: int
    num_ranks: int
    timeout_seconds: float
    work: Callable[[], object]


class Team:
    """The other ranks, as rank 0 sees them.

    Args:
        connections: To each of the other ranks, by its number.
        host: Under which they reach this machine.
        fate: Says how the process of a rank ended, for the message.
    """

    def __init__(
        self,
        connections: Mapping[int, Connection],
        host: str,
        fate: Callable[[int], str] = lambda _: _DIED,
    ) -> None:
        self._connections = dict(connections)
        self._host = host
        self._fate = fate
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._failed: int | None = None
        self._reason: str | None = None
        self._has_failed = threading.Event()
        self._is_at_work = False

    @property
    def num_ranks(self) -> int:
        """How many there are, with rank 0."""
        return len(self._connections) + 1

    def fails_within(self, seconds: float) -> bool:
        """Whether a rank fails at the work at hand, if there is any, within a time."""
        waits = self._is_at_work and not self._has_failed.is_set()
        return self._has_failed.wait(seconds if waits else 0.0)

    @contextmanager
    def at_work(
        self, config: DistributionConfig, work: Callable[[], object]
    ) -> Generator[None, None, None]:
        """Let the others do something, in one process group with the block of code.

        Args:
            config: How long a rank waits for another.
            work: Sent to them.

        Raises:
            TrainingError: If another rank fails; the message names it.
        """
        store = dist.TCPStore(  # pyright: ignore[reportPrivateImportUsage]
            self._host, 0, self.num_ranks, is_master=True, wait_for_workers=False
        )
        self._send(store.port, config, work)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        self._is_at_work = True
        try:
            _join_group(store, 0, self.num_ranks, config.timeout_seconds)
            yield
        except RuntimeError as error:
            timed_out = any(word in str(error).lower() for word in _TIMED_OUT)
            self._has_failed.wait(0.0 if timed_out else _SECONDS_TO_REPORT)
            self._raise_if_failed(error)
            if timed_out:
                raise self._left_alone(error, config) from error
            raise
        else:
            self._watcher.join()
            self._raise_if_failed(None)
        finally:
            self._is_at_work = False
            self._watcher.join(_SECONDS_TO_REPORT)
            if dist.is_initialized():
                dist.destroy_process_group()

    def close(self) -> None:
        """Tell the others that there is no more work."""
        for connection in self._connections.values():
            connection.close()

    def _send(
        self, port: int, config: DistributionConfig, work: Callable[[], object]
    ) -> None:
        if self._watcher.is_alive():
            message = (
                "the other ranks are still at work that rank 0 has given up; run again "
                "to go on from the last checkpoint"
            )
            raise TrainingError(message)
        self._failed = None
        self._has_failed.clear()
        for index, connection in self._connections.items():
            order = _Order(
                self._host, port, index, self.num_ranks, config.timeout_seconds, work
            )
            try:
                connection.send(order)
            except OSError:
                self._note(index, _DIED)
        for index, connection in self._connections.items():
            # A rank that cannot begin would be waited for until the time is up.
            if self._failed is None and (reason := _received(connection)) != _READY:
                self._note(index, reason)
        self._raise_if_failed(None)

    def _watch(self) -> None:
        waiting = {end: index for index, end in self._connections.items()}
        while waiting:
            for end in wait(list(waiting)):
                index = waiting.pop(end)  # pyright: ignore[reportArgumentType]
                reason = _received(self._connections[index])
                if reason is not None and self._failed is None:
                    self._note(index, reason)
                    _stop_waiting()

    def _note(self, index: int, reason: str | None) -> None:
        self._failed, self._reason = index, reason
        self._has_failed.set()

    def _raise_if_failed(self, cause: BaseException | None) -> None:
        """Name the first that failed."""
        if self._failed is None:
            return
        reason = self._fate(self._failed) if self._reason == _DIED else self._reason
        message = (
            f"rank {self._failed} of {self.num_ranks} ended, and the run with it: "
            f"{reason}; run again to go on from the last checkpoint"
        )
        raise TrainingError(message) from cause

    def _left_alone(
        self, error: Exception, config: DistributionConfig
    ) -> TrainingError:
        return TrainingError(
            f"rank 0 of {self.num_ranks} could not go on with the others, none of which "
            f"had failed ({str(error)[:_MAX_REASON]}); if one is only slow, raise "
            f"distribution.timeout_seconds, {config.timeout_seconds:g}; run again to go "
            "on from the last checkpoint"
        )


def serve(connection: Connection) -> None:
    """Be one of the other ranks: do what rank 0 sends until it closes the connection.

    Args:
        connection: To rank 0.
    """
    logging.disable(logging.WARNING)  # rank 0 says it
    while True:
        try:
            order: _Order = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(_READY)
        with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
            reason = _obey(order)  # one bar is enough, too
        try:
            connection.send(reason)
        except OSError:
            return


def _obey(order: _Order) -> str | None:
    """Do the work; says what went wrong, if something did."""
    try:
        store = dist.TCPStore(  # pyright: ignore[reportPrivateImportUsage]
            order.host, order.port, order.num_ranks, is_master=False
        )
        _join_group(store, order.rank, order.num_ranks, order.timeout_seconds)
        order.work()
    except StoppedByFirstRankError:
        return None
    except BaseException:  # noqa: BLE001 - whatever it is, rank 0 names it
        return traceback.format_exc()[-_MAX_REASON:]
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()
    return None


def _join_group(store: Store, index: int, num_ranks: int, seconds: float) -> None:
    dist.init_process_group(
        backend(),
        store=store,
        rank=index,
        world_size=num_ranks,
        timeout=timedelta(seconds=seconds),
    )


def _received(connection: Connection) -> str | None:
    try:
        return connection.recv()
    except (EOFError, OSError):
        return _DIED


def _stop_waiting() -> None:
    """Wake rank 0 from a collective between cards, which does not see a rank die."""
    if torch.cuda.is_available() and dist.is_initialized():
        dist.distributed_c10d._abort_process_group()  # noqa: SLF001
