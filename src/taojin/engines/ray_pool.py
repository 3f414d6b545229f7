"""Ray Core tasks: on this machine, or on a running Ray cluster.

Tasks, not Ray Data: a part is read, worked on and written by one worker, and only
its description travels.
"""

import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from taojin.core.errors import ConfigurationError
from taojin.engines.config import EngineConfig
from taojin.engines.extras import import_extra
from taojin.engines.tasks import WorkerDiedError

_OBJECT_STORE_BYTES = 128 << 20
"""Ray takes a third of the memory for shared objects; ours are descriptions."""

_SECONDS_TO_ANSWER = 30

_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Without it an instance that serves this machine alone listens to the network; of
the addresses that Ray takes from a caller it replaces 127.0.0.1 by a public one."""


def open_ray_pool(engine: EngineConfig) -> "RayPool":
    """Connect to Ray, or start it; once for all tables.

    Raises:
        ConfigurationError: If Ray is not installed, or the cluster does not answer.
    """
    switches = {"RAY_USAGE_STATS_ENABLED": "0"}
    if engine.address is None:
        switches |= _LOOPBACK
    for name, value in switches.items():
        # Ray reads its switches here and nowhere else, when it is imported.
        os.environ.setdefault(name, value)  # noqa: TID251 - see above
    ray = import_extra("ray", "ray")
    return _pool_of(ray, engine.address, engine.num_workers)


@lru_cache(maxsize=1)
def _pool_of(ray: Any, address: str | None, num_workers: int) -> "RayPool":
    if ray.is_initialized():
        ray.shutdown()  # another number of workers, or another cluster
    if address is None:
        ray.init(
            address="local",
            num_cpus=num_workers,
            object_store_memory=_OBJECT_STORE_BYTES,
            include_dashboard=False,
            configure_logging=False,
            logging_level=logging.ERROR,
            log_to_driver=False,
            # As in the other engines, workers import from where this process does.
            runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(sys.path)}},
        )
    else:
        _connect(ray, address)
    return RayPool(ray)


def _connect(ray: Any, address: str) -> None:
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        if port.isdecimal():  # Ray itself knocks at a closed door for many minutes
            socket.create_connection((host, int(port)), _SECONDS_TO_ANSWER).close()
        ray.init(address=address, configure_logging=False, log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        message = (
            f"engine.address {address!r} does not answer as a Ray cluster "
            f"({type(error).__name__}: {error}); start it (ray start --head), correct "
            "the address, or remove it to start Ray on this machine"
        )
        raise ConfigurationError(message) from error


class RayPool:
    """One Ray task a task, of one processor each."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        # Deaths are counted, and tried again, where those of the other engines are.
        self._remote = ray.remote(num_cpus=1, max_retries=0)(_call)

    def submit(self, function: Callable[[Any], Any], task: Any) -> Any:
        """Hand a task to Ray."""
        return self._remote.remote(function, task)

    def wait_any(self, handles: Sequence[Any]) -> Sequence[Any]:
        """Wait for at least one."""
        return self._ray.wait(list(handles), num_returns=1)[0]

    def result(self, handle: Any) -> Any:
        """Return or raise what the task did.

        Raises:
            WorkerDiedError: If its worker or machine is gone.
        """
        errors = self._ray.exceptions
        try:
            return self._ray.get(handle)
        except errors.RayTaskError as error:
            raise error.cause from error
        except (
            errors.WorkerCrashedError,
            errors.OutOfMemoryError,
            errors.NodeDiedError,
            errors.ObjectLostError,
        ) as error:
            raise WorkerDiedError from error

    def abandon(self, handles: Sequence[Any]) -> None:
        """Wait for what is at work: what it finishes need not be done again."""
        if handles:
            self._ray.wait(list(handles), num_returns=len(handles))


def _call(function: Callable[[Any], Any], task: Any) -> Any:
    return function(task)
