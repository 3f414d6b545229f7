"""Rows of a table in random order, by the number of a batch."""

import numpy as np
from numpy.typing import NDArray

from taojin.core.randomness import generator


class ShuffledRows:
    """An order drawn anew for every epoch, in batches of one size.

    A batch that reaches over the end of an epoch goes on in the next: no row is left
    out, and every batch has its full size.

    Args:
        num_rows: Rows of the table, at least one.
        batch_size: Rows in a batch.
        seed: Of the order.
        purpose: What the order is for; others of the same seed differ.
    """

    def __init__(self, num_rows: int, batch_size: int, seed: int, purpose: str) -> None:
        self._num_rows = num_rows
        self._batch_size = batch_size
        self._seed = seed
        self._purpose = purpose
        self._epoch = -1
        self._order = np.empty(0, np.int64)

    def batch(self, index: int) -> NDArray[np.int64]:
        """Rows of the batch with this number, from 0."""
        first = index * self._batch_size
        epochs, places = np.divmod(
            np.arange(first, first + self._batch_size), self._num_rows
        )
        return np.concatenate(
            [
                self._drawn(int(epoch))[places[epochs == epoch]]
                for epoch in range(epochs[0], epochs[-1] + 1)
            ]
        )

    def _drawn(self, epoch: int) -> NDArray[np.int64]:
        if epoch != self._epoch:
            draw = generator(self._seed, self._purpose, epoch)
            self._order = draw.permutation(self._num_rows)
            self._epoch = epoch
        return self._order
