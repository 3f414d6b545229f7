"""What a sampler needs of a model: to read prompts and to go on by one token."""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from taojin.models.attention import KeyValueCache
from taojin.models.config import DecoderShape
from taojin.models.padding import pad_tokens


class Continuing(Protocol):
    """Rows of text that grow by one token each at a time.

    Attributes:
        logits: Of the token after each row, ``[rows, vocabulary]``.
    """

    logits: Tensor

    def append(self, tokens: Tensor) -> Tensor:
        """Add a token to every row, ``[rows]``, and return the new logits."""
        ...

    def keep_rows(self, rows: Tensor) -> None:
        """Forget all rows but these, ``[kept]`` indices, in the order given."""
        ...


@runtime_checkable
class TextModel(Protocol):
    """Anything that can continue rows of tokens."""

    @property
    def context_length(self) -> int:
        """Most tokens of a row, prompt and text together."""
        ...

    def begin(self, prompts: Sequence[Sequence[int]], num_new: int) -> Continuing:
        """Read prompts, at least one token each; ``num_new`` tokens may follow."""
        ...


class CachingNetwork(Protocol):
    """A network that keeps what it has read in a cache."""

    @property
    def shape(self) -> DecoderShape:
        """Its numbers, as far as the cache needs them."""
        ...

    @property
    def lm_head(self) -> nn.Module:
        """From states to token logits."""
        ...

    def model(self, tokens: Tensor, positions: Tensor, cache: KeyValueCache) -> Tensor:
        """States ``[rows, new, width]`` of ``tokens [rows, new]``."""
        ...

    def parameters(self) -> Iterator[nn.Parameter]:
        """Weights, on the device of all."""
        ...


class CachedModel:
    """A network with a cache, as it is: for those that nothing faster is made of."""

    def __init__(self, network: CachingNetwork) -> None:
        self._network = network
        self._like = next(iter(network.parameters()))

    @property
    def context_length(self) -> int:
        """Most tokens of a row, prompt and text together."""
        return self._network.shape.max_position_embeddings

    def begin(self, prompts: Sequence[Sequence[int]], num_new: int) -> Continuing:
        """Read prompts, at least one token each; ``num_new`` tokens may follow."""
        return _CachedContinuation(self._network, prompts, num_new, self._like)


class _CachedContinuation:
    """Rows of text in a cache."""

    logits: Tensor

    @torch.no_grad()
    def __init__(
        self,
        network: CachingNetwork,
        prompts: Sequence[Sequence[int]],
        num_new: int,
        like: Tensor,
    ) -> None:
        self._network = network
        # No prompt sees its padding, and every new token overwrites the place that it
        # is the first to see.
        tokens = pad_tokens(prompts).to(like.device)
        rows, longest = tokens.shape
        self._cache = KeyValueCache(network.shape, rows, longest + num_new - 1, like)
        self._lengths = torch.tensor([len(prompt) for prompt in prompts]).to(tokens)
        positions = torch.arange(longest, device=like.device).expand(rows, -1)
        states = network.model(tokens, positions, self._cache)
        last = states[torch.arange(rows, device=like.device), self._lengths - 1]
        self.logits = network.lm_head(last)

    @torch.no_grad()
    def append(self, tokens: Tensor) -> Tensor:
        """Add a token to every row, ``[rows]``, and return the new logits."""
        positions = self._lengths[:, None]
        states = self._network.model(tokens[:, None], positions, self._cache)
        self._lengths = self._lengths + 1
        self.logits = self._network.lm_head(states[:, 0])
        return self.logits

    def keep_rows(self, rows: Tensor) -> None:
        """Forget all rows but these, ``[kept]`` indices, in the order given."""
        self._cache.keep_rows(rows)
        self._lengths = self._lengths[rows]
        self.logits = self.logits[rows]
