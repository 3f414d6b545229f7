"""Real images in random order, as they lie in memory."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taojin.training.shuffled_rows import ShuffledRows


class ImageBatch(NamedTuple):
    """Real images, and their classes.

    Attributes:
        pixels: ``uint8 [images, channels, rows, columns]``: a fourth of what floats
            would take on their way to a GPU.
        targets: Index of each class ``[images]``; None where there are no classes.
        step: Number of the optimiser step, from 0.
        part: Number of this batch among those of the step, from 0.
    """

    pixels: Tensor
    targets: Tensor | None
    step: int = 0
    part: int = 0


class ImageBatches:
    """Batches of images; each epoch sees all of them, in an order of its own.

    Args:
        pixels: ``uint8 [items, channels, rows, columns]``, perhaps mapped from a file.
        targets: ``int64 [items]``, or None.
        batch_size: Images in a batch.
        seed: Of the order.
        num_accumulations: Batches in an optimiser step.
    """

    def __init__(
        self,
        pixels: NDArray[np.uint8],
        targets: NDArray[np.int64] | None,
        batch_size: int,
        seed: int,
        num_accumulations: int = 1,
    ) -> None:
        self._pixels = np.asarray(pixels)  # a view: memmap's own indexing is slow
        self._targets = targets
        self._num_accumulations = num_accumulations
        self._order = ShuffledRows(len(pixels), batch_size, seed, "images")

    def batch(self, index: int) -> ImageBatch:
        """Gather the images of one batch."""
        rows = self.rows(index)
        step, part = divmod(index, self._num_accumulations)
        return ImageBatch(
            torch.from_numpy(self._pixels[rows]),
            None if self._targets is None else torch.from_numpy(self._targets[rows]),
            step,
            part,
        )

    def rows(self, index: int) -> list[int]:
        """Numbers of the images of one batch; the last of an epoch joins the next."""
        return self._order.batch(index).tolist()


def as_images(pixels: Tensor) -> Tensor:
    """Bytes as networks read them: float, -1 to 1, channels last in memory."""
    images = pixels.to(torch.float32, memory_format=torch.channels_last)
    return images.div_(127.5).sub_(1.0)
