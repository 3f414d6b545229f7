"""Images by number: the position in the data is one integer, so resume is exact."""

import numpy as np
import torch
from numpy.typing import NDArray

from taojin.core.errors import EmptyStageError
from taojin.core.randomness import derive_seed
from taojin.models.autoencoders.pixels import binarise
from taojin.training.objectives.autoencoding import ImageBatch
from taojin.training.shuffled_rows import ShuffledRows


class ImageBatches:
    """Images in an order drawn anew for every epoch, in batches of one size.

    A batch that reaches over the end of an epoch goes on in the next: no image is left
    out, and every batch has its full size.

    Args:
        pixels: ``uint8 [items, channels, height, width]``, which may be mapped from a
            file; not changed.
        batch_size: Images in a batch.
        seed: Of the order, and of binarisation.
        stochastic: Draw pixels black or white by their grey level, anew for every
            batch; the same batch always gets the same ones.

    Raises:
        EmptyStageError: If there is no image.
    """

    def __init__(
        self,
        pixels: NDArray[np.uint8],
        batch_size: int,
        seed: int,
        *,
        stochastic: bool = False,
    ) -> None:
        if not len(pixels):
            message = "there is no image to train on; check the split of the images"
            raise EmptyStageError(message)
        self._pixels = np.asarray(pixels)  # a view: memmap's own indexing is slow
        self._seed = seed
        self._stochastic = stochastic
        self._order = ShuffledRows(len(pixels), batch_size, seed, "images")

    def batch(self, index: int) -> ImageBatch:
        """Gather the images of one batch."""
        chosen = self._pixels[self.rows(index)]
        if self._stochastic:
            chosen = binarise(chosen, derive_seed(self._seed, "batch", index))
        return ImageBatch(torch.from_numpy(chosen), index)

    def rows(self, index: int) -> list[int]:
        """Places of the images of one batch."""
        return self._order.batch(index).tolist()


def held_out_batches(
    pixels: NDArray[np.uint8], batch_size: int, num_batches: int
) -> list[ImageBatch]:
    """The first images, in batches without a number.

    Args:
        pixels: ``uint8 [items, channels, height, width]``.
        batch_size: Images in a batch; the last may be smaller.
        num_batches: At most.
    """
    stop = min(len(pixels), batch_size * num_batches)
    return [
        ImageBatch(torch.from_numpy(np.array(pixels[start : start + batch_size])))
        for start in range(0, stop, batch_size)
    ]
