"""A copy of a language model that only continues text, with few operations a token.

At a handful of rows the time of a token goes into starting operations, not into
arithmetic. So the copy joins the matrices that read the same states, folds the
weights of normalisations into what follows them, and rotates queries and keys at
once. Its logits are those of the model up to rounding.

Shapes: R rows, T new tokens of a row, N tokens of all rows, W width, V vocabulary.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from taojin.models.attention import KeyValueCache
from taojin.models.decoder import Block
from taojin.models.incremental_attention import (
    HeadRotation,
    PromptAttention,
    StepAttention,
)
from taojin.models.language_model import LanguageModel
from taojin.models.matrices import (
    Dense,
    MatrixFactory,
    folded,
    layer_matrices,
    unit_length,
)
from taojin.models.padding import pad_tokens


class InferenceModel:
    """The weights of a language model, laid out for continuing texts.

    Attributes:
        shape: The numbers of the model.
    """

    def __init__(
        self,
        model: LanguageModel,
        matrix: MatrixFactory = Dense,
        dtype: torch.dtype | None = None,
    ) -> None:
        """Copy a model, on its device; tables of n-grams are shared.

        Args:
            model: The model; not changed.
            matrix: What holds a weight matrix.
            dtype: Of all that is not in matrices; by default as in the model.
        """
        self.shape = shape = model.shape
        embedding = model.model.embed_tokens.weight.detach()
        self._embedding = like = embedding.to(dtype or embedding.dtype, copy=True)
        self._epsilon = like.new_tensor(shape.rms_norm_eps * shape.hidden_size).sqrt()
        self._ngrams = model.model.ngrams
        # The stack of blocks is a ModuleList; its elements have no type.
        blocks = [block for block in model.model.layers if isinstance(block, Block)]
        with torch.no_grad():
            self._layers = [layer_matrices(block, matrix, like) for block in blocks]
            head = folded(model.lm_head.weight, model.model.norm.weight)
            self._head = matrix(head.to(like))
            self.rotation = HeadRotation(shape, blocks, model.model.rotary, like)

    @property
    def context_length(self) -> int:
        """Most tokens of a row, prompt and text together."""
        return self.shape.max_position_embeddings

    def begin(self, prompts: Sequence[Sequence[int]], num_new: int) -> "Continuation":
        """Read prompts.

        Args:
            prompts: Tokens of each row, at least one.
            num_new: Tokens that may follow; the last of them is not read.

        Raises:
            ValueError: If a prompt and its new tokens exceed the context.
        """
        longest = max(map(len, prompts)) + num_new - 1
        if longest > self.context_length:
            message = (
                f"{longest} tokens exceed the context of {self.context_length} tokens"
            )
            raise ValueError(message)
        return Continuation(self, prompts, num_new)

    def new_cache(self, num_rows: int, length: int) -> KeyValueCache:
        """Make a cache in the precision of the states."""
        return KeyValueCache(self.shape, num_rows, length, self._embedding)

    @torch.inference_mode()
    def all_logits(self, tokens: Tensor) -> Tensor:
        """Logits ``[R, T, V]`` after each of ``tokens``, ``[R, T]``."""
        cache = self.new_cache(*tokens.shape)
        attention = PromptAttention(self.rotation, cache, tokens.shape[1])
        states = self.states(tokens, attention, cache)
        return self.logits(states).unflatten(0, tokens.shape)

    def states(
        self,
        tokens: Tensor,
        attention: PromptAttention | StepAttention,
        cache: KeyValueCache,
    ) -> Tensor:
        """Return the states ``[N, W]`` of ``tokens``, ``[R, T]``."""
        states = functional.embedding(tokens.flatten(), self._embedding)
        if self._ngrams is not None:
            positions = attention.positions
            row = cache.remember(positions, tokens)
            states = states + self._ngrams(tokens, positions, row).flatten(0, 1)
            states = states.to(self._embedding)
        for index, layer in enumerate(self._layers):
            heads = layer.heads.times(unit_length(states, self._epsilon))
            states = layer.output.add_times(states, attention.attend(index, heads))
            inner = layer.gate_up.times(unit_length(states, self._epsilon))
            gate, up = inner.chunk(2, dim=-1)
            states = layer.down.add_times(states, functional.silu(gate).mul_(up))
        return states

    def logits(self, states: Tensor) -> Tensor:
        """Return the logits ``[N, V]`` of ``states``, ``[N, W]``."""
        return self._head.times(unit_length(states, self._epsilon))


class Continuation:
    """Rows of text that grow by one token each at a time.

    Attributes:
        logits: Of the token after each row, ``[R, V]``.
    """

    logits: Tensor

    @torch.inference_mode()
    def __init__(
        self, model: InferenceModel, prompts: Sequence[Sequence[int]], num_new: int
    ) -> None:
        self._model = model
        self._lengths = [len(prompt) for prompt in prompts]
        rows, longest = len(prompts), max(self._lengths)
        self._cache = model.new_cache(rows, longest + num_new - 1)
        tokens = pad_tokens(prompts).to(self._cache.entries.device)
        attention = PromptAttention(model.rotation, self._cache, longest)
        states = model.states(tokens, attention, self._cache)
        ends = torch.tensor(self._lengths) + torch.arange(rows) * longest - 1
        self.logits = model.logits(states[ends.to(tokens.device)])

    @torch.inference_mode()
    def append(self, tokens: Tensor) -> Tensor:
        """Add a token to every row.

        Args:
            tokens: ``[R]``.

        Returns:
            The new logits, ``[R, V]``.
        """
        model = self._model
        attention = StepAttention(model.rotation, self._cache, self._lengths)
        states = model.states(tokens[:, None], attention, self._cache)
        self._lengths = [length + 1 for length in self._lengths]
        self.logits = model.logits(states)
        return self.logits

    @torch.inference_mode()
    def keep_rows(self, rows: Tensor) -> None:
        """Forget all rows but these, ``[kept]`` indices, in the order given."""
        self._cache.keep_rows(rows)
        self._lengths = [self._lengths[row] for row in rows.tolist()]
        self.logits = self.logits[rows]
