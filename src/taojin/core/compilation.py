"""How kernels are compiled: once a machine, cached on disk, announced.

Numba keeps compiled kernels beside their source, or in the user's cache folder where
that cannot be written; a later process loads them instead of compiling again. Small
tables may be constants of a kernel, large ones are arguments: a large constant keeps
Numba from caching.

Numba alone would take a kernel for unchanged when its own file is, although it was
compiled together with kernels of other files; here the files of all kernels count.
"""

import inspect
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import event

from taojin.core.fingerprints import fingerprint_of, hash_file

logger = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])

_PACKAGE = "taojin."


def kernel(function: Function) -> Function:
    """Compile a function on its first call; cached on disk, free of the interpreter.

    Integers wrap around, and an index is not checked against its array unless
    ``NUMBA_BOUNDSCHECK=1`` is set, as tests do.
    """
    compiled: Any = numba.njit(cache=True, nogil=True)(function)
    stamp = (_sources(Path(__file__).parent), _sources(_folder_of(function)))
    # Numba has no public way to say what a cached kernel depends on.
    compiled._cache._cache_file._source_stamp = stamp  # noqa: SLF001
    return cast("Function", compiled)


def _folder_of(function: Callable[..., Any]) -> Path:
    return Path(inspect.getfile(function)).parent


@cache
def _sources(folder: Path) -> str:
    """Hash the sources of a folder."""
    return fingerprint_of(
        [(path.name, hash_file(path)) for path in sorted(folder.glob("*.py"))]
    )


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
