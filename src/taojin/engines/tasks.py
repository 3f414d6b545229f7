"""Run independent tasks in worker processes, in order, with a progress bar."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from taojin.core.errors import DataError
from taojin.core.progress import track
from taojin.engines.config import EngineConfig

Task = TypeVar("Task")
Result = TypeVar("Result")


def run_tasks(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    engine: EngineConfig,
    label: str,
) -> Iterator[Result]:
    """Apply ``function`` to every task and yield the results in the tasks' order.

    Args:
        function: A module-level function, or a ``functools.partial`` of one.
        tasks: Picklable descriptions of work.
        engine: Where to run.
        label: Name of the progress bar.

    Raises:
        DataError: If a worker process died (out of memory, killed).
    """
    workers = min(engine.num_workers, len(tasks))
    if workers <= 1:
        yield from (function(task) for task in track(tasks, label))
        return
    # "spawn" starts clean: forking a process that has run torch or Arrow threads
    # can hang the child.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        try:
            results = pool.map(function, tasks)
            yield from track(results, label, total=len(tasks))
        except BrokenProcessPool as error:
            message = (
                f"{label}: a worker process died, most likely killed for want of "
                f"memory; lower engine.num_workers (now {engine.num_workers}) or the "
                "size of the parts, and run again: finished parts are kept"
            )
            raise DataError(message) from error
