"""Typed parameters as the flat names and short strings that MLflow stores."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

MAX_NAME_CHARS = 250
MAX_VALUE_CHARS = 6000
"""Limits of MLflow's stores."""


def flatten_parameters(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Give every field of every configuration a name of its own.

    Fields of models and keys of mappings are joined by dots, so that a run can be
    searched by ``pretraining.optimiser.learning_rate``. Sequences become JSON.

    Args:
        parameters: Values by name: models, mappings, plain values.

    Returns:
        Strings of at most 6,000 characters by names of at most 250, ending in ``…``
        where they were cut.
    """
    return {
        _cut(name, MAX_NAME_CHARS): _cut(value, MAX_VALUE_CHARS)
        for key, item in parameters.items()
        for name, value in _fields(key, item)
    }


def _fields(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, BaseModel):
        value = {field: getattr(value, field) for field in type(value).model_fields}
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _fields(f"{name}.{key}", item)
        return
    yield name, value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    if isinstance(value, set | frozenset):
        value = sorted(value, key=repr)
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    return value.as_posix() if isinstance(value, Path) else str(value)


def _cut(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"
