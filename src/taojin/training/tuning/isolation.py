"""A function in a process of its own, gone with all its memory when it is over."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from typing import Any, TypeVar

from taojin.core.errors import TaojinError

Argument = TypeVar("Argument")

_PRELOADED = ["taojin.training.tuning.trials", "taojin.training.tuning.targets"]
_SECONDS_TO_END = 10.0
"""A process that has said how it went gets this long to tidy up."""


class ProcessDiedError(TaojinError):
    """The process ended without a word: killed, or crashed in native code."""


def run_alone(function: Callable[[Argument], None], argument: Argument) -> None:
    """Call a function in a new process and wait for its end.

    The process ends with this one, however this one ends; so nothing goes on behind
    the back of whoever starts the work again.

    Args:
        function: A module-level function that returns nothing; it leaves its results
            in files.
        argument: Picklable.

    Raises:
        ProcessDiedError: If the process was killed or crashed; names the signal.
        Exception: What the function raised, if it can be pickled.
    """
    context = _context()
    receiver, sender = context.Pipe(duplex=False)
    with _may_have_children():
        process: Any = context.Process(  # type: ignore[attr-defined]  # of all contexts
            target=_call, args=(sender, function, argument)
        )
        process.start()
    sender.close()
    try:
        error = _await(receiver, process)
        process.join(_SECONDS_TO_END)
    finally:
        if process.is_alive():
            process.kill()
        process.join()
        receiver.close()
    if error is not None:
        raise error


@contextmanager
def _may_have_children() -> Generator[None, None, None]:
    """Start a process from within a daemonic one, as workers of Dask are.

    Python forbids it, because such children could outlive their parent; these watch
    it. They are not daemonic either: a trial may have one process a rank.
    """
    settings = multiprocessing.current_process()._config  # type: ignore[attr-defined]  # noqa: SLF001
    is_daemon = settings.pop("daemon", None)
    try:
        yield
    finally:
        if is_daemon is not None:
            settings["daemon"] = is_daemon


def _context() -> BaseContext:
    """Fork from a process that has only imported: clean, and quick to start."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _await(receiver: Connection, process: Any) -> Exception | None:
    parent = multiprocessing.parent_process()
    sentinels = [parent.sentinel] if parent is not None else []
    ready = wait([receiver, *sentinels])
    if receiver not in ready:  # whoever started this process is gone
        process.kill()
        os._exit(1)
    try:
        return receiver.recv()
    except EOFError:
        process.join()
        return ProcessDiedError(_cause(process.exitcode))


def _cause(exit_code: int | None) -> str:
    if exit_code == -signal.SIGKILL:
        return "the process was killed, most likely for want of memory"
    if exit_code is not None and exit_code < 0:
        return f"the process ended with signal {-exit_code}"
    return f"the process ended with code {exit_code} and no message"


def _call(
    sender: Connection, function: Callable[[Argument], None], argument: Argument
) -> None:
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    error: Exception | None = None
    try:
        function(argument)
    except Exception as raised:  # noqa: BLE001 - it is raised again in the parent
        error = raised
    try:
        sender.send(error)
    except Exception:  # noqa: BLE001 - an error that cannot be pickled
        sender.send(TaojinError(f"{type(error).__name__}: {error}"))
    sender.close()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
