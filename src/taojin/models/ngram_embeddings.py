"""Hashed embeddings of the last few tokens, added to the embedding of the token."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from taojin.models.config import DecoderShape

_MULTIPLIER = 0x9E3779B1
_MIXER = 0x85EBCA6B
_BITS_31 = (1 << 31) - 1
"""Keeps every product below 2 ** 63, so integers never overflow."""


def num_table_rows(shape: DecoderShape) -> int:
    """Rows of all tables together, that for "none" included; 0 without tables."""
    if shape.max_ngram == 1:
        return 0
    return 1 + (shape.max_ngram - 1) * shape.num_ngram_buckets


class NgramEmbeddings(nn.Module):
    """Tables of 2-grams, 3-grams ... up to ``max_ngram``, a row chosen by a hash.

    What a model would first have to learn to gather by attention, the tokens just
    before, it is given; so it learns far sooner while most n-grams are new to it, and
    learns them by heart once it sees them again and again (hash embeddings:
    Svenstrup et al. 2017, arXiv:1709.03933). N-grams that share a row share what it
    says. All rows start at zero; row 0 stays there and stands for "none".

    Gradients are sparse: a step costs what the n-grams of its batch cost, however
    large the tables are.

    Attributes:
        weight: ``[1 + (max_ngram - 1) * num_ngram_buckets, width]``.
    """

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.max_ngram = shape.max_ngram
        self.num_buckets = shape.num_ngram_buckets
        size = (num_table_rows(shape), shape.hidden_size)
        self.weight = nn.Parameter(torch.zeros(size))

    def forward(
        self, tokens: Tensor, positions: Tensor, row: Tensor | None = None
    ) -> Tensor:
        """Sum of the rows of the n-grams that end at each token.

        An n-gram that would reach back beyond position 0 counts as none.

        Args:
            tokens: ``[rows, new]``.
            positions: Of the tokens in their rows, ``[rows, new]`` or ``[1, new]``.
            row: All tokens by position, ``[rows, length]``; by default ``tokens``
                is all there is, and the token before is the one to the left.

        Returns:
            ``[rows, new, width]``.
        """
        bags = self._table_rows(tokens, positions, row)
        summed = functional.embedding_bag(
            bags.flatten(0, 1), self.weight, mode="sum", sparse=True, padding_idx=0
        )
        return summed.unflatten(0, tokens.shape)

    def _table_rows(
        self, tokens: Tensor, positions: Tensor, row: Tensor | None
    ) -> Tensor:
        """Rows of the tables, ``[rows, new, max_ngram - 1]``."""
        found = []
        state = tokens
        for distance in range(1, self.max_ngram):
            if row is None:
                earlier = functional.pad(tokens, (distance, 0))[:, : tokens.shape[1]]
            else:
                earlier = row.gather(1, (positions - distance).clamp(min=0))
            state = (state * _MULTIPLIER + earlier + 1) & _BITS_31
            mixed = ((state ^ (state >> 15)) * _MIXER) & _BITS_31
            bucket = (mixed ^ (mixed >> 13)) % self.num_buckets
            chosen = bucket + (1 + (distance - 1) * self.num_buckets)
            found.append(chosen.where(positions >= distance, 0))
        return torch.stack(found, dim=-1)
