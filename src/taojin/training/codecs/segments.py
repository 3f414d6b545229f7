"""Pieces of recordings, all of one length, in batches that their number determines."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taojin.core.randomness import generator
from taojin.models.codecs.clips import Samples

_PER_DECIBEL = math.log(10.0) / 20.0


class SegmentBatch(NamedTuple):
    """Pieces of recordings.

    Attributes:
        samples: ``float32 [segments, samples]``.
    """

    samples: Tensor


class Segments:
    """Random pieces of random recordings; a short recording has silence around it.

    Every recording is met once an epoch, each time at another place.

    Args:
        clips: Recordings.
        num_samples: Length of a piece.
        batch_size: Pieces in a batch.
        seed: Of order, places and gains.
        gain_decibels: Pieces are made louder or softer by up to this; less where a
            sample would leave [-1, 1].
    """

    def __init__(
        self,
        clips: Sequence[Samples],
        num_samples: int,
        batch_size: int,
        seed: int,
        gain_decibels: float = 0.0,
    ) -> None:
        self._clips = clips
        self._num_samples = num_samples
        self._batch_size = batch_size
        self._seed = seed
        self._gain_decibels = gain_decibels
        self._epoch = -1
        self._order: NDArray[np.int64] = np.zeros(0, np.int64)

    def batch(self, index: int) -> SegmentBatch:
        """Cut the pieces of one batch."""
        first = index * self._batch_size
        numbers = range(first, first + self._batch_size)
        pieces = [self._piece(number) for number in numbers]
        return SegmentBatch(torch.from_numpy(np.stack(pieces)))

    def _piece(self, number: int) -> Samples:
        epoch, place = divmod(number, len(self._clips))
        if epoch != self._epoch:
            draw = generator(self._seed, "clips", epoch)
            self._order = draw.permutation(len(self._clips))
            self._epoch = epoch
        draw = generator(self._seed, "segment", number)
        piece = _cut(self._clips[self._order[place]], self._num_samples, draw)
        decibels = draw.uniform(-self._gain_decibels, self._gain_decibels)
        loudest = float(np.abs(piece).max(initial=0.0))
        most = max(1.0, 1.0 / loudest) if loudest > 0.0 else 1.0
        factor = min(math.exp(_PER_DECIBEL * decibels), most)
        return np.asarray(piece * factor, dtype=np.float32)


def _cut(clip: Samples, size: int, draw: np.random.Generator) -> Samples:
    spare = len(clip) - size
    place = int(draw.integers(abs(spare) + 1))
    if spare >= 0:
        return clip[place : place + size]
    return np.pad(clip, (place, -spare - place))
