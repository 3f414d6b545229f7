"""Batches by number: the position in the data is one integer, so resume is exact.

No worker processes: gathering a batch from a memory map takes well under a
millisecond, less than handing it over would.
"""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from taojin.core.errors import EmptyStageError
from taojin.core.randomness import generator
from taojin.models.encoding import PromptedSequence
from taojin.training.objectives import IGNORED, LabelledBatch, TokenBatch

Item = TypeVar("Item")
Batch = TypeVar("Batch")
Batch_co = TypeVar("Batch_co", covariant=True)


class LabelledSequence(NamedTuple):
    """Tokens of a text and the index of its class."""

    tokens: list[int]
    label: int


class BatchSource(Protocol[Batch_co]):
    """An endless sequence of batches; the same index always gives the same batch."""

    def batch(self, index: int, /) -> Batch_co:
        """Make the batch with this number, from 0."""
        ...


class PackedWindows:
    """Windows of consecutive tokens over documents in random order.

    Each epoch draws a new order of the documents, lays them end to end and cuts the
    stream into windows, which it then shuffles. Every token is a target once an
    epoch; a document that is cut goes on at the start of another window.

    Args:
        tokens: All documents, end to end; each ends with the end-of-document token.
        offsets: Where each document starts, and where the last one ends.
        context_length: Tokens that the model sees; windows hold one more.
        batch_size: Windows in a batch.
        seed: Of the order.

    Raises:
        EmptyStageError: If there are too few tokens for one window.
    """

    def __init__(
        self,
        tokens: NDArray[np.unsignedinteger],
        offsets: NDArray[np.int64],
        context_length: int,
        batch_size: int,
        seed: int,
    ) -> None:
        self._tokens = tokens
        self._starts = offsets[:-1]
        self._lengths = np.diff(offsets)
        self._context_length = context_length
        self._batch_size = batch_size
        self._seed = seed
        self.num_windows = (int(self._lengths.sum()) - 1) // context_length
        """Windows in an epoch."""
        if self.num_windows < 1:
            message = (
                f"the training split has {int(self._lengths.sum())} tokens, fewer than "
                f"one window of context_length + 1 = {context_length + 1}; give it "
                "more documents or lower context_length"
            )
            raise EmptyStageError(message)
        self._epoch = -1
        self._order = self._ends = self._windows = np.empty(0, np.int64)

    def batch(self, index: int) -> TokenBatch:
        """Gather the windows of one batch."""
        first = index * self._batch_size
        numbers = range(first, first + self._batch_size)
        rows = np.stack([self._window(number) for number in numbers])
        tokens = torch.from_numpy(rows)
        return TokenBatch(tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous())

    def _window(self, number: int) -> NDArray[np.int64]:
        epoch, place = divmod(number, self.num_windows)
        if epoch != self._epoch:
            self._shuffle(epoch)
        start = int(self._windows[place]) * self._context_length
        positions = np.arange(start, start + self._context_length + 1)
        document = np.searchsorted(self._ends, positions, side="right")
        source = self._order[document]
        before_end = self._ends[document] - positions
        return self._tokens[
            self._starts[source] + self._lengths[source] - before_end
        ].astype(np.int64)

    def _shuffle(self, epoch: int) -> None:
        draw = generator(self._seed, "windows", epoch)
        self._order = draw.permutation(len(self._starts))
        self._ends = np.cumsum(self._lengths[self._order])
        self._windows = draw.permutation(self.num_windows)
        self._epoch = epoch


class BucketedSequences(Generic[Item, Batch]):
    """Examples in batches of similar length, to waste little on padding.

    Args:
        items: The examples, at least one.
        lengths: Tokens of each.
        collate: Makes a batch of some examples.
        batch_size: Examples in a batch; an epoch's last batch may be smaller.
        seed: Of the order.

    Raises:
        EmptyStageError: If there is no example.
    """

    def __init__(
        self,
        items: Sequence[Item],
        lengths: Sequence[int],
        collate: Callable[[list[Item]], Batch],
        batch_size: int,
        seed: int,
    ) -> None:
        if not items:
            message = "there is no example to train on; check the split column"
            raise EmptyStageError(message)
        self._items = items
        self._lengths = np.asarray(lengths)
        self._collate = collate
        self._batch_size = batch_size
        self._seed = seed
        self.num_batches = -(-len(items) // batch_size)
        """Batches in an epoch."""
        self._epoch = -1
        self._batches: list[NDArray[np.int64]] = []

    def batch(self, index: int) -> Batch:
        """Collate the examples of one batch."""
        epoch, place = divmod(index, self.num_batches)
        if epoch != self._epoch:
            self._shuffle(epoch)
        return self._collate([self._items[row] for row in self._batches[place]])

    def _shuffle(self, epoch: int) -> None:
        draw = generator(self._seed, "buckets", epoch)
        order = draw.permutation(len(self._items))
        batches: list[NDArray[np.int64]] = []
        for pool in _cut(order, self._batch_size * _BATCHES_PER_POOL):
            by_length = pool[np.argsort(self._lengths[pool], kind="stable")]
            batches += _cut(by_length, self._batch_size)
        self._batches = [batches[place] for place in draw.permutation(len(batches))]
        self._epoch = epoch


def collate_labelled(items: Sequence[LabelledSequence]) -> LabelledBatch:
    """Pad token sequences to the longest."""
    return LabelledBatch(
        _pad([item.tokens for item in items], 0),
        torch.tensor([len(item.tokens) for item in items]),
        torch.tensor([item.label for item in items]),
    )


def collate_prompted(items: Sequence[PromptedSequence]) -> TokenBatch:
    """Pad prompts and targets to the longest; only targets count."""
    targets = [
        [IGNORED] * (item.num_given - 1) + item.tokens[item.num_given :]
        for item in items
    ]
    inputs = _pad([item.tokens[:-1] for item in items], 0)
    return TokenBatch(inputs, _pad(targets, IGNORED))


def _cut(rows: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _pad(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    padded = np.full((len(rows), max(map(len, rows))), filler, np.int64)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
    return torch.from_numpy(padded)


_BATCHES_PER_POOL = 16
"""Examples are sorted by length within a pool, not over all: order stays random."""
