"""Pictures of what a generator makes while it learns."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from taojin.training.metrics import MetricSink, PictureSink, TextSink


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


def picture_grid(
    images: NDArray[np.uint8], num_columns: int, gap: int = 1
) -> NDArray[np.uint8]:
    """Lay images out side by side on white, row by row.

    Args:
        images: ``[images, height, width, 1 or 3]``, at least one.
        num_columns: Images in a row; the last row may be shorter.
        gap: Pixels between images.

    Returns:
        ``[height, width, 1 or 3]``.
    """
    number, height, width, channels = images.shape
    columns = min(num_columns, number)
    rows = -(-number // columns)
    down, across = height + gap, width + gap
    grid = np.full((rows * down - gap, columns * across - gap, channels), 255, np.uint8)
    for place, image in enumerate(images):
        top, left = (place // columns) * down, (place % columns) * across
        grid[top : top + height, left : left + width] = image
    return grid
