"""Grouped-query attention with rotary positions, normalised queries and a cache."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from taojin.models.config import DecoderShape
from taojin.models.reduced_attention import attend_in_products


class KeyValueCache:
    """Keys and values of all layers for a fixed number of rows and positions.

    Memory is taken once; a row that is further along than another simply writes
    further to the right, so prompts of unequal length need no padding on the left.

    Attributes:
        entries: Keys, then values: ``[layers, 2, rows, key_value_heads, length,
            head_dim]``.
        tokens: The tokens by position, ``[rows, length]``; only for models that read
            n-grams of them.
    """

    tokens: Tensor

    def __init__(
        self, shape: DecoderShape, num_rows: int, length: int, like: Tensor
    ) -> None:
        layers, heads = shape.num_hidden_layers, shape.num_key_value_heads
        self.tokens = like.new_zeros((num_rows, length), dtype=torch.int64)
        self.entries = like.new_zeros(
            (layers, 2, num_rows, heads, length, shape.head_dim)
        )

    @property
    def num_rows(self) -> int:
        """Rows that are held."""
        return self.entries.shape[2]

    @property
    def length(self) -> int:
        """Positions that fit."""
        return self.entries.shape[4]

    @property
    def keys(self) -> tuple[Tensor, ...]:
        """Per layer, ``[rows, key_value_heads, length, head_dim]``."""
        return self.entries[:, 0].unbind()

    @property
    def values(self) -> tuple[Tensor, ...]:
        """Per layer, the same shape."""
        return self.entries[:, 1].unbind()

    def write(
        self, layer: int, positions: Tensor, keys: Tensor, values: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Store new keys and values and return all of the layer.

        No gradient flows through what is stored.

        Args:
            layer: Index of the layer.
            positions: Where each new token goes, ``[rows, new]``.
            keys: ``[rows, key_value_heads, new, head_dim]``.
            values: The same shape.
        """
        rows = torch.arange(positions.shape[0], device=positions.device)[:, None]
        all_keys, all_values = self.entries[layer, 0], self.entries[layer, 1]
        all_keys[rows, :, positions] = keys.detach().transpose(1, 2)
        all_values[rows, :, positions] = values.detach().transpose(1, 2)
        return all_keys, all_values

    def remember(self, positions: Tensor, tokens: Tensor) -> Tensor:
        """Store new tokens and return all, ``[rows, length]``.

        Args:
            positions: Where each goes, ``[rows, new]``.
            tokens: ``[rows, new]``.
        """
        return self.tokens.scatter_(1, positions, tokens)

    def keep_rows(self, rows: Tensor) -> None:
        """Forget all rows but these, ``[kept]``, in the order given."""
        self.entries = self.entries[:, :, rows]
        self.tokens = self.tokens[rows]


class RotaryPositions(nn.Module):
    """Rotation angles of every position (Su et al. 2021, arXiv:2104.09864).

    The two halves of a head are the two coordinates of the rotated plane, as in
    Transformers; other code interleaves them, and weights do not mix.
    """

    cosines: Tensor
    sines: Tensor

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        exponents = torch.arange(0, shape.head_dim, 2, dtype=torch.float32)
        frequencies = shape.rope_theta ** -(exponents / shape.head_dim)
        positions = torch.arange(shape.max_position_embeddings, dtype=torch.float32)
        angles = torch.outer(positions, frequencies).repeat(1, 2)
        self.register_buffer("cosines", angles.cos(), persistent=False)
        self.register_buffer("sines", angles.sin(), persistent=False)

    def forward(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines, ``[rows, 1, new, head_dim]``, for ``[rows, new]``."""
        return self.cosines[positions][:, None], self.sines[positions][:, None]


def rotate(states: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate queries or keys, ``[rows, heads, new, head_dim]``, by their positions."""
    cosines, sines = rotation
    first, second = states.chunk(2, dim=-1)
    return states * cosines + torch.cat((-second, first), dim=-1) * sines


class Attention(nn.Module):
    """Causal self-attention; each key-value head serves a group of query heads.

    Queries and keys are normalised per head before they are rotated, which bounds
    the attention logits and so keeps high learning rates stable (Henry et al.
    2020, arXiv:2010.04245).
    """

    def __init__(self, shape: DecoderShape, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.head_dim = shape.head_dim
        self.grouped = shape.num_attention_heads != shape.num_key_value_heads
        width = shape.hidden_size
        query_width = shape.num_attention_heads * shape.head_dim
        key_width = shape.num_key_value_heads * shape.head_dim
        self.q_proj = nn.Linear(width, query_width, bias=False)
        self.k_proj = nn.Linear(width, key_width, bias=False)
        self.v_proj = nn.Linear(width, key_width, bias=False)
        self.o_proj = nn.Linear(query_width, width, bias=False)
        self.q_norm = nn.RMSNorm(shape.head_dim, shape.rms_norm_eps)
        self.k_norm = nn.RMSNorm(shape.head_dim, shape.rms_norm_eps)

    def forward(
        self,
        states: Tensor,
        rotation: tuple[Tensor, Tensor],
        positions: Tensor | None = None,
        cache: KeyValueCache | None = None,
        visible: Tensor | None = None,
    ) -> Tensor:
        """Attend from ``states``, ``[rows, new, width]``, to what came before.

        Args:
            states: Normalised states of the new tokens.
            rotation: See :class:`RotaryPositions`.
            positions: Of the new tokens in their rows, ``[rows, new]``; needed with
                a cache.
            cache: Holds earlier tokens; without one, ``states`` starts the row.
            visible: Which tokens each sees, ``[rows, 1, new, new]``, without a cache;
                by default all before it.
        """
        # Autocast makes the projections bfloat16, and there is no kernel for a
        # normalisation whose weights are not.
        kind = self.q_norm.weight.dtype
        queries = self._heads(self.q_proj(states)).to(kind)
        keys = self._heads(self.k_proj(states)).to(kind)
        queries = rotate(self.q_norm(queries), rotation)
        keys = rotate(self.k_norm(keys), rotation)
        values = self._heads(self.v_proj(states))
        if cache is not None and positions is not None:
            keys, values = cache.write(self.layer, positions, keys, values)
            columns = torch.arange(cache.length, device=states.device)
            visible = (columns <= positions[..., None])[:, None]
        elif values.dtype == torch.bfloat16 and values.device.type == "cpu":
            attended = attend_in_products(queries, keys, values, visible)
            return self.o_proj(attended.transpose(1, 2).flatten(2))
        attended = functional.scaled_dot_product_attention(
            queries,
            keys,
            values,
            attn_mask=visible,
            is_causal=visible is None,
            enable_gqa=self.grouped,
        )
        return self.o_proj(attended.transpose(1, 2).flatten(2))

    def _heads(self, states: Tensor) -> Tensor:
        return states.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)
