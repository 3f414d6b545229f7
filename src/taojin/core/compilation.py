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
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import event

from taojin.core.fingerprints import fingerprint_of, hash_file

logger = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])

_PACKAGE = "taojin."
_NUMBERS = {
    *("class", "tuple", "None", "int", "bool", "float"),
    *("numpy.int64", "numpy.uint64", "numpy.uint32", "numpy.uint8"),
}
_MARK = re.compile(rb"(core|byte_pairs)\.compilation import")
"""In every file with kernels but this one."""

ZERO = cast("int", np.int64(0))
"""A zero to start counting from: kernels are compiled anew for a literal one."""


def kernel(function: Function) -> Function:
    """Compile a function on its first call; cached on disk, free of the interpreter.

    Integers wrap around, and an index is not checked against its array unless
    ``NUMBA_BOUNDSCHECK=1`` is set, as some tests do.
    """
    return compiled(function)


def lean_kernel(function: Function) -> Function:
    """Compile as :func:`kernel` does, without counting references to arrays.

    Counting took two thirds of the time of small kernels. Without it a kernel can only
    borrow arrays: it makes none and returns none, and calls none that does.

    Raises:
        TypeError: If the function is not declared to return plain numbers.
    """
    declared = str(inspect.signature(function).return_annotation)
    found = set(re.findall(r"\w+(?:\.\w+)*", declared)) - _NUMBERS
    if found:
        message = f"{function.__name__} returns {declared}; a lean kernel has to return numbers"
        raise TypeError(message)
    return compiled(function, _nrt=False)


def compiled(function: Function, **options: bool) -> Function:
    """Compile as :func:`kernel` does, with further options of ``numba.njit``."""
    compile_: Callable[..., Any] = numba.njit  # the checker knows not all options
    dispatcher = compile_(cache=True, nogil=True, no_cfunc_wrapper=True, **options)(
        function
    )
    folder = Path(inspect.getfile(function)).parent
    stamp = (_sources_of_kernels(), _hash_files(tuple(sorted(folder.glob("*.py")))))
    # Numba has no public way to say what a cached kernel depends on.
    dispatcher._cache._cache_file._source_stamp = stamp  # noqa: SLF001
    return cast("Function", dispatcher)


@cache
def _sources_of_kernels() -> str:
    """Hash all files with kernels, any of which may be compiled into any other."""
    package = Path(__file__).parent.parent
    files = [
        path
        for path in sorted(package.rglob("*.py"))
        if path == Path(__file__) or _MARK.search(path.read_bytes())
    ]
    return _hash_files(tuple(files))


@cache
def _hash_files(paths: tuple[Path, ...]) -> str:
    return fingerprint_of([(path.name, hash_file(path)) for path in paths])


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
