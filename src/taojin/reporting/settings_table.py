"""Nested settings as rows of a table."""

from collections.abc import Iterator, Mapping
from typing import Any

from taojin.core.foreign_text import shorten
from taojin.core.numbers import (
    MISSING,
    format_bytes,
    format_count,
    format_number,
    format_seconds,
)
from taojin.reporting.texts import Texts

_MAX_CHARS = 200


def settings_rows(settings: Mapping[str, Any], say: Texts) -> list[tuple[str, str]]:
    """Flatten settings into dotted names and values in words."""
    return [(name, _with_unit(name, value, say)) for name, value in _flatten(settings)]


def _flatten(
    settings: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _with_unit(name: str, value: Any, say: Texts) -> str:
    """Put a value into words; its name may say that it counts bytes or seconds."""
    words = name.rpartition(".")[2].split("_")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if "bytes" in words:
            return format_bytes(value)
        if "seconds" in words:
            return format_seconds(value)
    return _in_words(value, say)


def _in_words(value: Any, say: Texts) -> str:
    if value is None or value == "":
        return MISSING
    if isinstance(value, bool):
        return say("made.yes") if value else say("made.no")
    if isinstance(value, int):
        return format_count(value)
    if isinstance(value, float):
        return format_number(value, 4)
    if isinstance(value, list | tuple):
        return shorten(", ".join(_in_words(item, say) for item in value), _MAX_CHARS)
    return shorten(str(value), _MAX_CHARS)
