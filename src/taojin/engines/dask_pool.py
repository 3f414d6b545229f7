"""Dask tasks: on processes of this machine, or on a running Dask cluster."""

import atexit
import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from taojin.core.errors import ConfigurationError
from taojin.engines.config import EngineConfig
from taojin.engines.extras import import_extra
from taojin.engines.tasks import WorkerDiedError


def open_dask_pool(engine: EngineConfig) -> "DaskPool":
    """Connect to a Dask scheduler, or start one with its workers; once for all tables.

    Raises:
        ConfigurationError: If Dask is not installed, or the scheduler does not answer.
    """
    distributed = import_extra("distributed", "dask")
    return _pool_of(distributed, engine.address, engine.num_workers)


@lru_cache(maxsize=1)
def _pool_of(distributed: Any, address: str | None, num_workers: int) -> "DaskPool":
    if address is not None:
        return DaskPool(distributed, _connect(distributed, address))
    # Deaths are counted, and tried again, where those of the other engines are.
    with import_extra("dask", "dask").config.set(
        {"distributed.scheduler.allowed-failures": 0}
    ):
        cluster = distributed.LocalCluster(
            n_workers=num_workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            memory_limit=None,  # the machine's limit is the limit
            silence_logs=logging.CRITICAL,
        )
    client = distributed.Client(cluster)
    # Left to Dask, the workers go first, and their scheduler complains of it.
    atexit.register(_close, client, cluster)
    return DaskPool(distributed, client)


def _close(client: Any, cluster: Any) -> None:
    client.close()
    cluster.close()


def _connect(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout=30)
    except (OSError, ValueError) as error:
        message = (
            f"engine.address {address!r} does not answer as a Dask scheduler "
            f"({type(error).__name__}: {error}); start it (dask scheduler), correct "
            "the address, or remove it to start Dask on this machine"
        )
        raise ConfigurationError(message) from error


class DaskPool:
    """One Dask task a task."""

    def __init__(self, distributed: Any, client: Any) -> None:
        self._distributed = distributed
        self._client = client

    def submit(self, function: Callable[[Any], Any], task: Any) -> Any:
        """Hand a task to the scheduler."""
        # Impure: files may have changed since the same call was made.
        return self._client.submit(function, task, pure=False)

    def wait_any(self, handles: Sequence[Any]) -> Sequence[Any]:
        """Wait for at least one."""
        first = self._distributed.wait(list(handles), return_when="FIRST_COMPLETED")
        return list(first.done)

    def result(self, handle: Any) -> Any:
        """Return or raise what the task did.

        Raises:
            WorkerDiedError: If its worker is gone.
        """
        try:
            return handle.result()
        except self._distributed.KilledWorker as error:
            raise WorkerDiedError from error

    def abandon(self, handles: Sequence[Any]) -> None:
        """Wait for what is at work: it writes files, which must not change later."""
        if handles:
            self._distributed.wait(list(handles))
