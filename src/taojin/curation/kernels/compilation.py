"""How kernels are compiled: once a machine, cached on disk, announced.

Numba keeps compiled kernels beside their source, or in the user's cache folder where
that cannot be written; a later process loads them instead of compiling again. Small
tables may be constants of a kernel, large ones are arguments: a large constant keeps
Numba from caching.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.core import event

logger = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])

_PACKAGE = "taojin."


def kernel(function: Function) -> Function:
    """Compile a function on its first call; cached on disk, free of the interpreter.

    Integers wrap around, and an index is not checked against its array unless
    ``NUMBA_BOUNDSCHECK=1`` is set, as tests do.
    """
    return cast("Function", numba.njit(cache=True, nogil=True)(function))


class _Announcer(event.Listener):
    """Says once a process that a kernel has to be compiled; a cached one does not."""

    def __init__(self) -> None:
        self.is_silent = False

    def on_start(self, event: Any) -> None:
        function = getattr(event.data.get("dispatcher"), "py_func", None)
        if self.is_silent or not function or not _is_ours(function):
            return
        self.is_silent = True
        logger.info(
            "Compiling the text kernels: once on this machine, less than a minute"
        )

    def on_end(self, event: Any) -> None:
        """Nothing to say."""


def _is_ours(function: Any) -> bool:
    return function.__module__.startswith(_PACKAGE)


event.register("numba:compile", _Announcer())
