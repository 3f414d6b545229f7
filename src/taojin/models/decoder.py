"""The stack of Transformer blocks that every text model here shares."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from taojin.models.attention import Attention, KeyValueCache, RotaryPositions
from taojin.models.config import DecoderShape
from taojin.models.documents import document_mask, document_positions
from taojin.models.ngram_embeddings import NgramEmbeddings


class FeedForward(nn.Module):
    """Gated feed-forward layer, SwiGLU (Shazeer 2020, arXiv:2002.05202)."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        width, inner = shape.hidden_size, shape.intermediate_size
        self.gate_proj = nn.Linear(width, inner, bias=False)
        self.up_proj = nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, states: Tensor) -> Tensor:
        """Map ``[..., width]`` to the same shape."""
        gate = functional.silu(self.gate_proj(states))
        return self.down_proj(gate * self.up_proj(states))


class Block(nn.Module):
    """Attention and feed-forward layer, each behind a normalisation."""

    def __init__(self, shape: DecoderShape, layer: int) -> None:
        super().__init__()
        width, epsilon = shape.hidden_size, shape.rms_norm_eps
        self.input_layernorm = nn.RMSNorm(width, epsilon)
        self.self_attn = Attention(shape, layer)
        self.post_attention_layernorm = nn.RMSNorm(width, epsilon)
        self.mlp = FeedForward(shape)

    def forward(
        self,
        states: Tensor,
        rotation: tuple[Tensor, Tensor],
        positions: Tensor | None = None,
        cache: KeyValueCache | None = None,
        visible: Tensor | None = None,
    ) -> Tensor:
        """Map ``[rows, new, width]`` to the same shape; see :class:`Attention`."""
        normalised = self.input_layernorm(states)
        attended = self.self_attn(normalised, rotation, positions, cache, visible)
        states = states + attended
        return states + self.mlp(self.post_attention_layernorm(states))


class Decoder(nn.Module):
    """Embedding, blocks and final normalisation; parameters named as in Qwen3.

    With ``max_ngram`` above 1 the last tokens are embedded together, too, which no
    architecture of Transformers does.
    """

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocab_size, shape.hidden_size)
        self.ngrams = NgramEmbeddings(shape) if shape.max_ngram > 1 else None
        self.layers = nn.ModuleList(
            Block(shape, layer) for layer in range(shape.num_hidden_layers)
        )
        self.norm = nn.RMSNorm(shape.hidden_size, shape.rms_norm_eps)
        self.rotary = RotaryPositions(shape)
        self._initialise()

    def forward(
        self,
        tokens: Tensor,
        positions: Tensor | None = None,
        cache: KeyValueCache | None = None,
        documents: Tensor | None = None,
    ) -> Tensor:
        """Compute normalised states ``[rows, new, width]`` of ``tokens [rows, new]``.

        Args:
            tokens: Token ids. Padding goes to the right, where no real token sees it.
            positions: ``[rows, new]``; by default 0, 1, 2, ...
            cache: Earlier tokens of the rows, extended in place.
            documents: Number of the document of each token, ``[rows, new]``, each
                read as if it stood alone; not with a cache. By default a row is one.

        Raises:
            ValueError: If a row is longer than the context.
        """
        if positions is None:
            length, longest = tokens.shape[1], self.shape.max_position_embeddings
            if length > longest:
                message = f"{length} tokens exceed the context of {longest} tokens"
                raise ValueError(message)
            positions = (
                torch.arange(length, device=tokens.device)[None]
                if documents is None
                else document_positions(documents)
            )
        visible = None if documents is None else document_mask(documents)
        rotation = self.rotary(positions)
        states = self.embed_tokens(tokens)
        if self.ngrams is not None:
            row = None if cache is None else cache.remember(positions, tokens)
            states = states + self.ngrams(tokens, positions, row)
        for block in self.layers:
            states = block(states, rotation, positions, cache, visible)
        return self.norm(states)

    def _initialise(self) -> None:
        """Start each block as the identity: its two output matrices are zero."""
        nn.init.normal_(self.embed_tokens.weight, std=_EMBEDDING_STD)
        for name, parameter in self.layers.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                nn.init.zeros_(parameter)
            elif parameter.ndim == _MATRIX:
                nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5)


_EMBEDDING_STD = 0.5
_MATRIX = 2
