"""Where numbers go while a model trains."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable


class MetricSink(Protocol):
    """Receives metrics by step; a tracking server, a list, a screen."""

    def log(self, step: int, metrics: Mapping[str, float], /) -> None:
        """Record metrics of one step. Must not raise on repeated steps."""
        ...


@runtime_checkable
class TextSink(Protocol):
    """A sink that takes texts, too, such as the table of a profile."""

    def log_text(self, name: str, text: str, /) -> None:
        """Record a text under a name, in place of an earlier one of that name."""
        ...


class ListSink:
    """Keeps all it is given in memory.

    Attributes:
        rows: One mapping a call, with the step under ``step``.
        texts: By name.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.texts: dict[str, str] = {}

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Append the metrics."""
        self.rows.append({"step": step, **metrics})

    def log_text(self, name: str, text: str) -> None:
        """Keep the text."""
        self.texts[name] = text


class NullSink:
    """Drops all it is given."""

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Do nothing."""
