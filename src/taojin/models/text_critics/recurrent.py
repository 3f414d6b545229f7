"""A discriminator that has an opinion after every word."""

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from taojin.core.config import StageConfig


class TokenCriticShape(StageConfig):
    """The numbers that a discriminator of words is built from."""

    vocab_size: int = Field(ge=3)
    """Tokens of the vocabulary."""
    embedding_size: int = Field(default=64, ge=2, le=4096)
    """Numbers of a word."""
    width: int = Field(default=128, ge=2, le=4096)
    """Of the recurrent network."""
    dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share of the numbers of words and states that is zeroed in training."""


class TokenCritic(nn.Module):
    """Scores each word by the words up to it: a reward a word instead of a sentence.

    After de Masson d'Autume et al. 2019 (arXiv:1905.09922), with a gated recurrent
    network and layer norms.

    Attributes:
        shape: The numbers it was built from.
    """

    def __init__(self, shape: TokenCriticShape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocab_size, shape.embedding_size)
        self.input_norm = nn.LayerNorm(shape.embedding_size)
        self.reader = nn.GRU(shape.embedding_size, shape.width, batch_first=True)
        self.norm = nn.LayerNorm(shape.width)
        self.score = nn.Linear(shape.width, 1)

    def forward(self, tokens: Tensor) -> Tensor:
        """Scores ``[rows, length]``; ``sigmoid(score)`` is the probability of real.

        Args:
            tokens: ``[rows, length]``; padding goes to the right, where no real token
                sees it.
        """
        dropout = self.shape.dropout
        words = self.input_norm(self.embedding(tokens))
        words = functional.dropout(words, dropout, self.training)
        states = self.norm(self.reader(words)[0])
        return self.score(functional.dropout(states, dropout, self.training))[..., 0]


def discounted_returns(rewards: Tensor, lengths: Tensor, discount: float) -> Tensor:
    """What each word and the words after it earn, ``[rows, length]``.

    Args:
        rewards: Of each word, ``[rows, length]``; beyond a row's length unread.
        lengths: Words of each row, ``[rows]``.
        discount: What a reward one word later is worth, in [0, 1].
    """
    places = torch.arange(rewards.shape[1], device=rewards.device)
    earned = rewards * (places < lengths[:, None])
    returns = torch.zeros_like(rewards)
    after = torch.zeros_like(rewards[:, 0])
    for place in range(rewards.shape[1] - 1, -1, -1):
        after = earned[:, place] + discount * after
        returns[:, place] = after
    return returns
