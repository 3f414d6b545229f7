"""Ranks that are processes of this machine, started for one piece of work."""

import multiprocessing
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait

import torch

from taojin.core.errors import ConfigurationError
from taojin.training.distribution.team import Team, serve

_HOST = "127.0.0.1"
_SECONDS_TO_END = 10.0


@contextmanager
def started(num_ranks: int) -> Generator[Team, None, None]:
    """Processes beside this one, which is rank 0; they end with the block of code.

    Args:
        num_ranks: How many, with this one.

    Raises:
        ConfigurationError: If there are fewer cards.
    """
    _require_cards(num_ranks)
    context = multiprocessing.get_context("spawn")
    connections: dict[int, Connection] = {}
    processes = {}
    for index in range(1, num_ranks):
        connections[index], end = context.Pipe()
        processes[index] = context.Process(
            target=_be_rank, args=(index, end), name=f"rank-{index}", daemon=True
        )
        processes[index].start()
        end.close()  # else it would stay open after the death of the process

    def fate(index: int) -> str:
        processes[index].join(_SECONDS_TO_END)
        return f"its process died with exit code {processes[index].exitcode}"

    team = Team(connections, _HOST, fate)
    try:
        yield team
    finally:
        team.close()
        for process in processes.values():
            process.join(_SECONDS_TO_END)
            if process.is_alive():
                process.kill()
                process.join()


def _be_rank(index: int, connection: Connection) -> None:
    threading.Thread(target=_follow_parent, daemon=True).start()
    if torch.cuda.is_available():
        torch.cuda.set_device(index)
    serve(connection)


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
