"""Run independent tasks on workers, in order, with a progress bar.

A worker may die at any time (out of memory, a lost machine): its task is given to
another one. A task that raises an error is not tried again: it would raise it again.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

import pyarrow as pa

from taojin.core.errors import DataError
from taojin.core.progress import track
from taojin.engines.config import EngineConfig

Task = TypeVar("Task")
Result = TypeVar("Result")


class WorkerDiedError(Exception):
    """Raised by a pool for a task whose worker is gone; never reaches a user."""


class WorkerPool(Protocol):
    """Workers that are given one task at a time; what an engine has to provide."""

    def submit(self, function: Callable[[Any], Any], task: Any) -> Any:
        """Hand a task to a worker; the handle is hashable."""
        ...

    def wait_any(self, handles: Sequence[Any]) -> Sequence[Any]:
        """Wait until at least one of them is over; return those that are."""
        ...

    def result(self, handle: Any) -> Any:
        """Return what the task returned, or raise what it raised.

        Raises:
            WorkerDiedError: If its worker is gone.
        """
        ...

    def abandon(self, handles: Sequence[Any]) -> None:
        """Give up tasks of which nobody waits for the results any more."""
        ...


def run_tasks(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    engine: EngineConfig,
    label: str,
) -> Generator[Result, None, None]:
    """Apply ``function`` to every task and yield the results in the tasks' order.

    At most ``engine.num_workers`` tasks are at work at a time.

    Args:
        function: A module-level function, or a ``functools.partial`` of one. It may
            be called twice for one task, where the first worker died.
        tasks: Picklable descriptions of work.
        engine: Where to run.
        label: Name of the progress bar.

    Raises:
        ConfigurationError: If the engine's package is not installed, or its cluster
            cannot be reached.
        DataError: If workers died at one task more often than ``engine.max_retries``
            allows.
    """
    results = _results(function, tasks, engine, label)
    yield from track(results, label, total=len(tasks))


def _results(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    engine: EngineConfig,
    label: str,
) -> Iterator[Result]:
    if not tasks:
        return
    if engine.name == "local" and min(engine.num_workers, len(tasks)) == 1:
        yield from (function(task) for task in tasks)
        return
    run = _Run(open_pool(engine), partial(_on_one_thread, function), engine, label)
    yield from run.results(tasks)


def open_pool(engine: EngineConfig) -> WorkerPool:
    """Return the workers of an engine, started once a process and used again.

    Raises:
        ConfigurationError: If the engine's package is not installed, or its cluster
            cannot be reached.
    """
    # Each needs a package that need not be installed, and is imported only here.
    match engine.name:
        case "local":
            from taojin.engines.local_pool import open_local_pool as open_workers
        case "ray":
            from taojin.engines.ray_pool import open_ray_pool as open_workers
        case "dask":
            from taojin.engines.dask_pool import open_dask_pool as open_workers
    return open_workers(engine)


class _Run:
    """One way through the tasks: who is at work, what is done, what has to wait."""

    def __init__(
        self,
        pool: WorkerPool,
        function: Callable[[Any], Any],
        engine: EngineConfig,
        label: str,
    ) -> None:
        self._pool = pool
        self._function = function
        self._engine = engine
        self._label = label
        self._at_work: dict[Any, int] = {}
        self._deaths: Counter[int] = Counter()

    def results(self, tasks: Sequence[Any]) -> Iterator[Any]:
        waiting = list(reversed(range(len(tasks))))
        done: dict[int, Any] = {}
        try:
            for number in range(len(tasks)):
                while number not in done:
                    while waiting and len(self._at_work) < self._engine.num_workers:
                        index = waiting.pop()
                        handle = self._pool.submit(self._function, tasks[index])
                        self._at_work[handle] = index
                    done |= self._collect(waiting)
                yield done.pop(number)
        finally:
            self._pool.abandon(list(self._at_work))

    def _collect(self, waiting: list[int]) -> dict[int, Any]:
        done: dict[int, Any] = {}
        for handle in self._pool.wait_any(list(self._at_work)):
            index = self._at_work.pop(handle)
            try:
                done[index] = self._pool.result(handle)
            except WorkerDiedError as error:
                self._deaths[index] += 1
                if self._deaths[index] > self._engine.max_retries:
                    raise self._too_many_deaths(index) from error
                waiting.append(index)
        return done

    def _too_many_deaths(self, index: int) -> DataError:
        message = (
            f"{self._label}: the worker died {self._deaths[index]} times at task "
            f"{index}, most likely killed for want of memory; lower "
            f"engine.num_workers (now {self._engine.num_workers}) or the size of the "
            "parts, and run again: finished parts are kept"
        )
        return DataError(message)


def _on_one_thread(function: Callable[[Any], Any], task: Any) -> Any:
    """Work in a worker: there are as many workers as cores, so each keeps to one."""
    if pa.cpu_count() != 1:
        pa.set_cpu_count(1)
        pa.set_io_thread_count(1)
    return function(task)
