"""Worker processes of this machine."""

import multiprocessing
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from typing import Any

from taojin.engines.config import EngineConfig
from taojin.engines.tasks import WorkerDiedError


def open_local_pool(engine: EngineConfig) -> "LocalPool":
    """Return the processes of an earlier call, or new ones.

    Starting them again for every table would import and load compiled kernels again.
    """
    return _pool_of(engine.num_workers, tuple(sys.path))


@lru_cache(maxsize=1)
def _pool_of(num_workers: int, search_path: tuple[str, ...]) -> "LocalPool":
    del search_path  # processes import from where they looked when they were started
    return LocalPool(num_workers)


class LocalPool:
    """Processes that are replaced when one of them dies."""

    def __init__(self, num_workers: int) -> None:
        self._num_workers = num_workers
        self._executor = self._start()

    def _start(self) -> ProcessPoolExecutor:
        # "spawn" starts clean: forking a process that has run torch or Arrow threads
        # can hang the child.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._num_workers, mp_context=context)

    def submit(self, function: Callable[[Any], Any], task: Any) -> Future[Any]:
        """Hand a task to a process."""
        try:
            return self._executor.submit(function, task)
        except BrokenProcessPool:
            # One dead process breaks the executor, and with it all that is at work.
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = self._start()
            return self._executor.submit(function, task)

    def wait_any(self, handles: Sequence[Future[Any]]) -> Sequence[Future[Any]]:
        """Wait for at least one."""
        return list(wait(handles, return_when=FIRST_COMPLETED).done)

    def result(self, handle: Future[Any]) -> Any:
        """Return or raise what the task did.

        Raises:
            WorkerDiedError: If a process died while the task was at work.
        """
        try:
            return handle.result()
        except BrokenProcessPool as error:
            raise WorkerDiedError from error

    def abandon(self, handles: Sequence[Future[Any]]) -> None:
        """Wait for what is at work: it writes files, which must not change later."""
        for handle in handles:
            handle.cancel()
        wait(handles)
