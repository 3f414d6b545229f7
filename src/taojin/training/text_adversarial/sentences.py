"""Sentences as sequences of tokens, and batches of them."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor

from taojin.core.errors import ConfigurationError, EmptyStageError
from taojin.core.fingerprints import fingerprint_of
from taojin.models.encoding import document_edges, encode
from taojin.models.padding import pad_tokens
from taojin.training.objectives import IGNORED


class Sentence(NamedTuple):
    """A sentence, and how much it counts.

    Attributes:
        tokens: Between two end-of-document tokens, which are not optional.
        weight: Of every token in the loss; not negative.
    """

    tokens: list[int]
    weight: float = 1.0


class SentenceBatch(NamedTuple):
    """Sentences as a language model reads them.

    Attributes:
        inputs: ``[rows, length]``, padded to the right.
        targets: The next token of each, or ``IGNORED``.
        weights: Of each row, ``[rows]``.
    """

    inputs: Tensor
    targets: Tensor
    weights: Tensor


def encode_sentences(
    tokenizer: Tokenizer, sentences: Sequence[str], context_length: int
) -> list[list[int]]:
    """Tokens of sentences between two end-of-document tokens.

    Args:
        tokenizer: Of the model.
        sentences: At least one.
        context_length: Tokens that the model sees; longer sentences lose their end.

    Raises:
        EmptyStageError: If there is no sentence.
    """
    if not sentences:
        message = "there is no sentence to train on; check the split of the data"
        raise EmptyStageError(message)
    start, end = document_edges(tokenizer)
    room = context_length - 1
    return [[start, *encode(tokenizer, sentence)[:room], end] for sentence in sentences]


def collate_sentences(items: Sequence[Sentence]) -> SentenceBatch:
    """Pad sentences to the longest; every token but the first is a target."""
    return SentenceBatch(
        pad_tokens([item.tokens[:-1] for item in items]),
        pad_tokens([item.tokens[1:] for item in items], IGNORED),
        torch.tensor([item.weight for item in items], dtype=torch.float32),
    )


def collate_tokens(rows: Sequence[Sequence[int]]) -> SentenceBatch:
    """The same for sentences of equal weight."""
    return collate_sentences([Sentence(list(row)) for row in rows])


def fixed_batches(rows: Sequence[Sequence[int]], size: int) -> list[SentenceBatch]:
    """All sentences in their order, the shortest first, for validation.

    Args:
        rows: Tokens of each.
        size: Rows of a batch; the last may have fewer.
    """
    ordered = sorted(rows, key=len)
    return [
        collate_tokens(ordered[start : start + size])
        for start in range(0, len(ordered), size)
    ]


def require_tokenizer_fits(tokenizer: Tokenizer, vocab_size: int) -> None:
    """Check that a model has a row for every token.

    Raises:
        ConfigurationError: If the tokenizer has more tokens.
    """
    found = tokenizer.get_vocab_size(with_added_tokens=True)
    if found > vocab_size:
        message = (
            f"the tokenizer has {found} tokens and the model {vocab_size}; give the "
            "one that the model was trained with"
        )
        raise ConfigurationError(message)


def identity_of(rows: Sequence[Sequence[int]]) -> str:
    """Hash of tokenised sentences, for the fingerprint of a run."""
    return fingerprint_of([list(row) for row in rows])
