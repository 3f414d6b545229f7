"""Where numbers go while a model trains."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


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


@runtime_checkable
class PictureSink(Protocol):
    """A sink that takes pictures, too, such as samples of a generator."""

    def log_picture(self, name: str, step: int, pixels: NDArray[np.uint8], /) -> None:
        """Record a picture ``[height, width, 1 or 3]`` of one step under a name."""
        ...


class Picture(NamedTuple):
    """A picture that a sink was given.

    Attributes:
        name: What it shows.
        step: When it was drawn.
        pixels: ``uint8 [height, width, 1 or 3]``.
    """

    name: str
    step: int
    pixels: NDArray[Any]


class ListSink:
    """Keeps all it is given in memory.

    Attributes:
        rows: One mapping a call, with the step under ``step``.
        texts: By name.
        pictures: In the order in which they came.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.texts: dict[str, str] = {}
        self.pictures: list[Picture] = []

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Append the metrics."""
        self.rows.append({"step": step, **metrics})

    def log_text(self, name: str, text: str) -> None:
        """Keep the text."""
        self.texts[name] = text

    def log_picture(self, name: str, step: int, pixels: NDArray[np.uint8]) -> None:
        """Keep the picture."""
        self.pictures.append(Picture(name, step, pixels))


class NullSink:
    """Drops all it is given."""

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Do nothing."""
