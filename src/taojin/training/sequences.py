"""Batches of token sequences of which only a part is to be learnt."""

from collections.abc import Sequence
from typing import NamedTuple

import torch

from taojin.models.encoding import ScoredSequence
from taojin.models.padding import pad_tokens
from taojin.training.objectives import (
    IGNORED,
    FlaggedBatch,
    PairBatch,
    TokenBatch,
)


class FlaggedSequence(NamedTuple):
    """A sequence that the model is to learn, or to unlearn.

    Attributes:
        sequence: Its tokens.
        flagged: Whether it is to become unlikely.
    """

    sequence: ScoredSequence
    flagged: bool


class SequencePair(NamedTuple):
    """Two answers to one prompt, and what the reference model thinks of them.

    Attributes:
        chosen: The prompt with the better answer.
        rejected: The prompt with the other one.
        reference: Log-probability of each answer in nats, the better one's first.
    """

    chosen: ScoredSequence
    rejected: ScoredSequence
    reference: tuple[float, float] = (0.0, 0.0)


class PackedRow(NamedTuple):
    """Several sequences in one row, each read as if it stood alone.

    Attributes:
        sequences: At least one.
    """

    sequences: tuple[ScoredSequence, ...]

    @property
    def num_tokens(self) -> int:
        """Inputs of all."""
        return sum(len(sequence.tokens) - 1 for sequence in self.sequences)


def pack_sequences(
    sequences: Sequence[ScoredSequence], max_tokens: int
) -> list[PackedRow]:
    """Put sequences together so that rows of ``max_tokens`` inputs are nearly full.

    Best fit, the longest first: a sequence goes where the least room is left.

    Args:
        sequences: Of at most ``max_tokens`` inputs each.
        max_tokens: Inputs of a row.
    """
    rows: list[list[int]] = []
    with_room: list[list[int]] = [[] for _ in range(max_tokens + 1)]
    lengths = [len(sequence.tokens) - 1 for sequence in sequences]
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        length = lengths[place]
        rooms = range(length, max_tokens + 1)
        room = next((room for room in rooms if with_room[room]), max_tokens)
        if with_room[room]:
            row = with_room[room].pop()
        else:
            row = len(rows)
            rows.append([])
        rows[row].append(place)
        with_room[room - length].append(row)
    return [PackedRow(tuple(sequences[place] for place in row)) for row in rows]


def collate_packed(items: Sequence[PackedRow]) -> TokenBatch:
    """Lay the sequences of each row end to end, and say which token is whose."""
    inputs, targets, documents = [], [], []
    for row in items:
        inputs.append([t for sequence in row.sequences for t in sequence.tokens[:-1]])
        targets.append([t for sequence in row.sequences for t in _targets(sequence)])
        documents.append(
            [
                number
                for number, sequence in enumerate(row.sequences)
                for _ in sequence.tokens[:-1]
            ]
        )
    padding = max(len(row.sequences) for row in items)  # a document of its own
    return TokenBatch(
        pad_tokens(inputs, 0),
        pad_tokens(targets, IGNORED),
        pad_tokens(documents, padding),
    )


def collate_scored(items: Sequence[ScoredSequence]) -> TokenBatch:
    """Pad sequences to the longest; only scored tokens are targets."""
    return TokenBatch(
        pad_tokens([item.tokens[:-1] for item in items], 0),
        pad_tokens([_targets(item) for item in items], IGNORED),
    )


def collate_flagged(items: Sequence[FlaggedSequence]) -> FlaggedBatch:
    """Pad sequences to the longest, and say which are flagged."""
    inputs, targets, _ = collate_scored([item.sequence for item in items])
    flagged = torch.tensor([item.flagged for item in items])
    return FlaggedBatch(inputs, targets, flagged)


def collate_pairs(items: Sequence[SequencePair]) -> PairBatch:
    """Pad both answers of every pair to the longest of all; the chosen come first."""
    inputs, targets, _ = collate_scored(
        [item.chosen for item in items] + [item.rejected for item in items]
    )
    reference = torch.tensor([item.reference for item in items])
    return PairBatch(inputs, targets, reference)


def _targets(sequence: ScoredSequence) -> list[int]:
    return [
        token if scored else IGNORED
        for token, scored in zip(sequence.tokens[1:], sequence.scored[1:], strict=True)
    ]
