"""Pictures of what a generator makes while it learns."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from taojin.training.metrics import MetricSink, PictureSink, TextSink

Model = TypeVar("Model")

_NUM_PICTURES = 10


class DrawingSink:
    """Hands everything on to a sink, and with some rows a picture.

    What is drawn takes nothing from the random numbers of the training, so that its
    weights are the same with and without pictures.

    Args:
        sink: Receives rows and texts, and pictures if it takes them.
        draw: Gives a picture ``uint8 [height, width, 1 or 3]`` of the model as it is.
        every: Steps between two pictures; they come with the rows of the history.
        name: What the pictures show.
    """

    def __init__(
        self,
        sink: MetricSink,
        draw: Callable[[], NDArray[np.uint8]],
        every: int,
        name: str = "samples",
    ) -> None:
        self._sink = sink
        self._draw = draw
        self._every = every
        self._name = name
        self._next = 0

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Record metrics, and a picture if one is due."""
        self._sink.log(step, metrics)
        if step < self._next or not isinstance(self._sink, PictureSink):
            return
        self._next = step + self._every
        with torch.random.fork_rng(), torch.no_grad():
            self._sink.log_picture(self._name, step, self._draw())

    def log_text(self, name: str, text: str) -> None:
        """Record a text where the sink takes texts."""
        if isinstance(self._sink, TextSink):
            self._sink.log_text(name, text)


def drawing(
    sink: MetricSink | None,
    draw: Callable[[Model], NDArray[np.uint8]] | None,
    model: Model,
    num_steps: int,
) -> MetricSink | None:
    """The sink of a training that draws its model about ten times; or as it was.

    Args:
        sink: Of the training.
        draw: Gives a picture of a model; None draws nothing.
        model: What is trained.
        num_steps: Of the training.
    """
    if sink is None or draw is None:
        return sink
    return DrawingSink(sink, lambda: draw(model), max(1, num_steps // _NUM_PICTURES))
