"""Batches by number: the position in the data is one integer, so resume is exact.

No worker processes: gathering a batch from a memory map takes well under a
millisecond, less than handing it over would.
"""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray

from taojin.core.errors import EmptyStageError
from taojin.core.randomness import generator
from taojin.models.padding import pad_tokens
from taojin.training.objectives import LabelledBatch, TokenBatch, Turn

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


@runtime_checkable
class NamesRows(Protocol):
    """A source of batches that can say what a batch was made of."""

    def rows(self, index: int, /) -> Sequence[int]:
        """Rows of the data (documents, examples) in the batch with this number."""
        ...


def rows_of(batches: object, index: int) -> Sequence[int]:
    """Rows of the data in a batch; none where the source cannot say."""
    return batches.rows(index) if isinstance(batches, NamesRows) else ()


class _Windows(NamedTuple):
    """Some windows of an epoch.

    Attributes:
        tokens: ``[rows, context_length + 1]``.
        places: Where the document of each token stands in the epoch's order.
        sources: Number of every document that a window touches, in order.
    """

    tokens: NDArray[np.unsignedinteger]
    places: NDArray[np.int64]
    sources: NDArray[np.int64]


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
        mask_documents: Say in each batch which document a token belongs to, so that
            none is read into another.

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
        *,
        mask_documents: bool = False,
    ) -> None:
        self._tokens = np.asarray(tokens)  # a view: memmap's own indexing is slow
        self._starts = offsets[:-1]
        self._lengths = np.diff(offsets)
        self._context_length = context_length
        self._batch_size = batch_size
        self._seed = seed
        self._mask_documents = mask_documents
        self.num_windows = (int(self._lengths.sum()) - 1) // context_length
        """Windows in an epoch."""
        if self.num_windows < 1:
            message = (
                f"the training split has {int(self._lengths.sum())} tokens, fewer than "
                f"one window of context_length + 1 = {context_length + 1}; give it "
                "more documents or lower context_length"
            )
            raise EmptyStageError(message)
        self._shuffle(0)

    def batch(self, index: int) -> TokenBatch:
        """Gather the windows of one batch.

        An end-of-document token is told to belong to the document that it opens: so
        texts are read and written later, and so every target is of its input's
        document.
        """
        parts = self._parts(index)
        tokens = np.concatenate([part.tokens for part in parts])
        rows = torch.from_numpy(tokens.astype(np.int64))
        inputs, targets = rows[:, :-1].contiguous(), rows[:, 1:].contiguous()
        if not self._mask_documents:
            return TokenBatch(inputs, targets)
        places = np.concatenate([part.places for part in parts])[:, 1:]
        return TokenBatch(inputs, targets, torch.from_numpy(places - places[:, :1]))

    def rows(self, index: int) -> list[int]:
        """Numbers of the documents in a batch, in the order of their tokens."""
        sources = np.concatenate([part.sources for part in self._parts(index)])
        return list(dict.fromkeys(sources.tolist()))

    def _parts(self, index: int) -> list[_Windows]:
        """The windows of a batch, a part for each epoch that it touches."""
        first = index * self._batch_size
        numbers = np.arange(first, first + self._batch_size)
        epochs, places = np.divmod(numbers, self.num_windows)
        return [
            self._gather(int(epoch), places[epochs == epoch])
            for epoch in range(epochs[0], epochs[-1] + 1)
        ]

    def _gather(self, epoch: int, windows: NDArray[np.int64]) -> _Windows:
        if epoch != self._epoch:
            self._shuffle(epoch)
        starts = self._windows[windows] * self._context_length
        stops = starts + self._context_length + 1
        first = np.searchsorted(self._ends, starts, side="right")
        num_documents = np.searchsorted(self._ends, stops - 1, side="right") + 1 - first
        # Every document that a window touches, one window after the other.
        before = np.cumsum(num_documents) - num_documents
        places = np.arange(num_documents.sum()) + np.repeat(
            first - before, num_documents
        )
        ends = np.minimum(self._ends[places], np.repeat(stops, num_documents))
        begins = np.maximum(
            self._ends[places] - self._document_lengths[places],
            np.repeat(starts, num_documents),
        )
        shape = (len(windows), self._context_length + 1)
        positions = np.add.outer(starts, np.arange(shape[1])).ravel()
        counts = ends - begins
        found = positions + np.repeat(self._shifts[places], counts)
        return _Windows(
            self._tokens[found].reshape(shape),
            np.repeat(places, counts).reshape(shape),
            self._order[places],
        )

    def _shuffle(self, epoch: int) -> None:
        draw = generator(self._seed, "windows", epoch)
        self._order = draw.permutation(len(self._starts))
        self._document_lengths = self._lengths[self._order]
        self._ends = np.cumsum(self._document_lengths)
        # From a place in the epoch's stream to one in the tokens as they lie.
        begins = self._ends - self._document_lengths
        self._shifts = self._starts[self._order] - begins
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
        return self._collate([self._items[row] for row in self.rows(index)])

    def rows(self, index: int) -> list[int]:
        """Places in ``items`` of the examples of one batch."""
        epoch, place = divmod(index, self.num_batches)
        if epoch != self._epoch:
            self._shuffle(epoch)
        return self._batches[place].tolist()

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
        pad_tokens([item.tokens for item in items], 0),
        torch.tensor([len(item.tokens) for item in items]),
        torch.tensor([item.label for item in items]),
    )


def _cut(rows: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


_BATCHES_PER_POOL = 16
"""Examples are sorted by length within a pool, not over all: order stays random."""


class TurnTaking(Generic[Batch]):
    """Batches for players in a fixed order; the number of a batch says whose it is.

    Args:
        batches: What each turn is played on.
        order: Names of the players, in the order of their steps, which then repeats:
            ``("discriminator", "generator")``. Who stands there twice moves twice.
        num_accumulations: Parts of a batch, all of which belong to one turn; as in the
            settings of the training.
    """

    def __init__(
        self,
        batches: BatchSource[Batch],
        order: Sequence[str],
        num_accumulations: int = 1,
    ) -> None:
        self._batches = batches
        self._order = tuple(order)
        self._num_accumulations = num_accumulations

    def batch(self, index: int) -> Turn[Batch]:
        """Make the batch with this number."""
        step = index // self._num_accumulations
        player = self._order[step % len(self._order)]
        return Turn(player, self._batches.batch(index))
