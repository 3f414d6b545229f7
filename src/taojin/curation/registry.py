"""Signals that a project adds: one function over an Arrow array each."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.errors import ConfigurationError, DataError

Measurement = Callable[[pa.LargeStringArray], pa.Array | NDArray[Any]]
"""From the texts of a part to one number a text; pure, looks at no other part."""

_REGISTERED: dict[str, Measurement] = {}


def register_signal(name: str) -> Callable[[Measurement], Measurement]:
    """Make a function's result a signal, under ``name``, on which rules may be put.

    Args:
        name: Lower-case letters, digits and ``_``; not the name of another signal.

    Raises:
        ConfigurationError: If the name is taken or malformed.
    """

    def register(function: Measurement) -> Measurement:
        known = _REGISTERED.get(name)
        if known is not None and known.__qualname__ != function.__qualname__:
            message = (
                f"signal {name!r} is registered by {known.__qualname__} and by "
                f"{function.__qualname__}; give one of them another name"
            )
            raise ConfigurationError(message)
        if not name.isidentifier() or name != name.lower():
            message = (
                f"signal name {name!r} must be lower-case letters, digits and _, and "
                "start with a letter"
            )
            raise ConfigurationError(message)
        _REGISTERED[name] = function
        return function

    return register


def registered_signals() -> tuple[str, ...]:
    """Names of all registered signals, sorted."""
    return tuple(sorted(_REGISTERED))


def measure_registered(text: pa.ChunkedArray) -> dict[str, NDArray[np.float64]]:
    """Measure texts by every registered function.

    Raises:
        DataError: If a function fails, or does not give one finite number a text.
    """
    combined = text.combine_chunks()
    return {name: _measure(name, combined) for name in registered_signals()}


def _measure(name: str, text: pa.LargeStringArray) -> NDArray[np.float64]:
    try:
        result = _REGISTERED[name](text)
        values = np.asarray(result, dtype=np.float64)
    except Exception as error:
        message = f"the function of signal {name!r} failed: {error!r:.200}; correct it"
        raise DataError(message) from error
    if values.shape != (len(text),) or not np.isfinite(values).all():
        message = (
            f"the function of signal {name!r} gave {values.shape} values for "
            f"{len(text)} texts, {np.count_nonzero(~np.isfinite(values))} of them not "
            "finite; it must give one finite number a text"
        )
        raise DataError(message)
    return values
