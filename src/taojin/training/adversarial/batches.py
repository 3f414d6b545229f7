"""Real images in random order, as they lie in memory."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taojin.core.randomness import generator


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
        self._batch_size = batch_size
        self._seed = seed
        self._num_accumulations = num_accumulations
        self._orders: dict[int, NDArray[np.int64]] = {}

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

    def rows(self, index: int) -> NDArray[np.int64]:
        """Numbers of the images of one batch; the last of an epoch joins the next."""
        numbers = np.arange(index * self._batch_size, (index + 1) * self._batch_size)
        epochs, places = np.divmod(numbers, len(self._pixels))
        return np.concatenate(
            [
                self._order(epoch)[places[epochs == epoch]]
                for epoch in range(int(epochs[0]), int(epochs[-1]) + 1)
            ]
        )

    def _order(self, epoch: int) -> NDArray[np.int64]:
        if epoch not in self._orders:
            draw = generator(self._seed, "images", epoch)
            before = self._orders.get(epoch - 1)
            self._orders = {} if before is None else {epoch - 1: before}
            self._orders[epoch] = draw.permutation(len(self._pixels))
        return self._orders[epoch]


def as_images(pixels: Tensor) -> Tensor:
    """Bytes as networks read them: float, -1 to 1, channels last in memory."""
    images = pixels.to(torch.float32, memory_format=torch.channels_last)
    return images.div_(127.5).sub_(1.0)
