"""Parts of a card in Markdown: tables, lists, settings, duties."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from taojin.core.foreign_text import markdown_code, markdown_text
from taojin.core.numbers import format_count, format_number
from taojin.governance.licences import obligations

_MAX_ROWS = 50
_TERMS = {
    ("train_ok", False): "not to be trained on",
    ("commercial", False): "no commercial use",
    ("derivatives", False): "no changed versions",
    ("attribution", True): "name author and licence",
    ("share_alike", True): "pass on under the same licence",
}
"""Terms of a licence that bind, in words."""


def table(
    header: tuple[str, ...], rows: Sequence[tuple[str, ...]], when_none: str
) -> list[str]:
    """Write a table of at most 50 rows; cells must be Markdown already.

    Returns:
        The table, and a sentence if rows were left out; ``when_none`` without rows.
    """
    if not rows:
        return [when_none]
    lines = [header, ("---",) * len(header), *rows[:_MAX_ROWS]]
    written = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    hidden = len(rows) - _MAX_ROWS
    return (
        [written, f"{hidden:,} more rows are not shown."] if hidden > 0 else [written]
    )


def bullets(lines: Iterable[str], when_none: str) -> list[str]:
    """Write sentences by others as a list; ``when_none`` if there are none."""
    items = [f"* {markdown_text(line, 1000)}" for line in lines]
    return ["\n".join(items) if items else when_none]


def settings_table(settings: Mapping[str, Any]) -> list[str]:
    """Write nested settings as a table of dotted names and values."""
    rows = [
        (markdown_code(name), _setting(value)) for name, value in _flatten(settings)
    ]
    return table(("Setting", "Value"), rows, "Not recorded.")


def obligations_in_words(licence: str | None) -> str:
    """Say what a licence binds to."""
    if licence is None:
        return "unknown"
    terms = obligations(licence).model_dump()
    words = [word for (term, holds), word in _TERMS.items() if terms[term] is holds]
    return ", ".join(words) or "none"


def _setting(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not set"}[value]
    if isinstance(value, int):
        return format_count(value)
    return (
        format_number(value) if isinstance(value, float) else markdown_text(str(value))
    )


def _flatten(
    settings: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
