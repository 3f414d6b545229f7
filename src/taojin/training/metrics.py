"""Where numbers go while a model trains."""

from collections.abc import Mapping
from typing import Protocol


class MetricSink(Protocol):
    """Receives metrics by step; a tracking server, a list, a screen."""

    def log(self, step: int, metrics: Mapping[str, float], /) -> None:
        """Record metrics of one step. Must not raise on repeated steps."""
        ...


class ListSink:
    """Keeps all it is given in memory.

    Attributes:
        rows: One mapping a call, with the step under ``step``.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Append the metrics."""
        self.rows.append({"step": step, **metrics})


class NullSink:
    """Drops all it is given."""

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Do nothing."""
