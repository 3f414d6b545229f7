"""Ranks that ``torchrun`` has started: the first works, the others wait for it."""

import multiprocessing
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Client, Connection, Listener
from types import FrameType
from typing import Any, TypeVar

import torch
from torch import distributed as dist
from torch.distributed.distributed_c10d import Store
from torch.distributed.rendezvous import rendezvous

from taojin.core.errors import TrainingError
from taojin.training.distribution.team import Team, serve

T = TypeVar("T")

_KEY = "taojin_first_rank"
_SECONDS_TO_START = 1800.0
"""How long the slowest machine may take to import everything."""
_SECONDS_TO_FAIL = 1.0
_SECONDS_SILENT = 60
_KEY_BYTES = 32
_open_teams: list[Team] = []


def launched() -> bool:
    """Whether ``torchrun`` started this process, and not a process that it started."""
    is_its_own = multiprocessing.parent_process() is None
    return is_its_own and dist.is_available() and dist.is_torchelastic_launched()


def open_team() -> Team | None:
    """The ranks that this process is leading."""
    return _open_teams[-1] if _open_teams else None


def lead(action: Callable[[], T]) -> T | None:
    """Do something as rank 0 of ``torchrun``, or serve rank 0 while it does.

    Trainings inside the action that ask for several ranks get the others, as often
    as they ask; between them the others wait, however long. They end with rank 0.

    Args:
        action: Called by rank 0 alone.

    Returns:
        What the action gave; None on other ranks.
    """
    patience = timedelta(seconds=_SECONDS_TO_START)
    store, index, num_ranks = next(rendezvous("env://", timeout=patience))
    if torch.cuda.is_available():
        torch.cuda.set_device(dist.distributed_c10d.get_node_local_rank(0))
    if index > 0:
        _serve_first(store, index)
        return None
    team = Team(_connect_all(store, num_ranks), _host_of(store))
    try:
        with leading(team), _outliving_the_others(team):
            return action()
    finally:
        team.close()


@contextmanager
def leading(team: Team) -> Generator[None, None, None]:
    """Let trainings inside the block of code use a team."""
    _open_teams.append(team)
    try:
        yield
    finally:
        _open_teams.remove(team)


def _connect_all(store: Store, num_ranks: int) -> dict[int, Connection]:
    key = secrets.token_hex(_KEY_BYTES)
    found: dict[int, Connection] = {}
    with Listener(("", 0), backlog=num_ranks, authkey=key.encode()) as listener:
        store.set(_KEY, f"{listener.address[1]} {key}")
        while len(found) < num_ranks - 1:
            connection = listener.accept()
            _keep_alive(connection)
            found[connection.recv()] = connection
    return dict(sorted(found.items()))


def _serve_first(store: Store, index: int) -> None:
    port, key = store.get(_KEY).decode().split()
    with Client((_host_of(store), int(port)), authkey=key.encode()) as connection:
        _keep_alive(connection)
        connection.send(index)
        serve(connection)


def _host_of(store: Any) -> str:
    """Where rank 0 is, as ``torchrun`` has found out."""
    return getattr(store, "underlying_store", store).host


def _keep_alive(connection: Connection) -> None:
    """Let a firewall see traffic while earlier stages take hours."""
    with socket.socket(fileno=connection.fileno()) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL"):  # Linux
            if hasattr(socket, name):
                end.setsockopt(
                    socket.IPPROTO_TCP, getattr(socket, name), _SECONDS_SILENT
                )
        end.detach()


@contextmanager
def _outliving_the_others(team: Team) -> Generator[None, None, None]:
    """Give rank 0 time to say which rank failed.

    When one process dies, ``torchrun`` sends SIGTERM to the others at once, and
    SIGKILL half a minute later.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: FrameType | None) -> None:
        if not team.fails_within(_SECONDS_TO_FAIL):
            message = (
                f"rank 0 was told to end by signal {number}; run again to go on from "
                "the last checkpoint"
            )
            raise TrainingError(message)  # SystemExit would count as a success

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
