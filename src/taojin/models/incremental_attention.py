"""Attention of tokens that are added to a cache, with few operations.

Shapes: R rows, T new tokens of a row, H query heads, K key-value heads, D width of a
head, L layers.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from taojin.models.attention import KeyValueCache, RotaryPositions
from taojin.models.config import DecoderShape
from taojin.models.decoder import Block
from taojin.models.matrices import unit_length


class HeadRotation:
    """What rotates normalised queries and keys, in all layers.

    Attributes:
        num_queries: H.
        num_pairs: K.
        width: D.
        cosines: By position, ``[positions, D]``.
        sines: By position, the same shape.
        straight: What multiplies a state besides the cosines: the weights of its
            normalisation, ``[L, 1, H + K, D]``.
        crossed: What multiplies the other half of a state besides the sines: the
            weights of that half, with the sign of the rotation; the same shape.
        epsilon: See :func:`~taojin.models.matrices.unit_length`.
    """

    def __init__(
        self,
        shape: DecoderShape,
        blocks: Sequence[Block],
        rotary: RotaryPositions,
        like: Tensor,
    ) -> None:
        self.num_queries = shape.num_attention_heads
        self.num_pairs = shape.num_key_value_heads
        self.width = shape.head_dim
        self.cosines = rotary.cosines.to(like)
        self.sines = rotary.sines.to(like)
        norms = [(block.self_attn.q_norm, block.self_attn.k_norm) for block in blocks]
        scales = [
            torch.cat(
                [
                    queries.weight.expand(self.num_queries, -1),
                    keys.weight.expand(self.num_pairs, -1),
                ]
            )
            for queries, keys in norms
        ]
        straight = torch.stack(scales)[:, None].float() * self.width**0.5
        first, second = straight.chunk(2, dim=-1)
        self.straight = straight.to(like)
        self.crossed = torch.cat([-second, first], dim=-1).to(like)
        self.epsilon = like.new_tensor(shape.rms_norm_eps * self.width).sqrt()


class _Attention:
    """Rotation of the tokens that are added together."""

    def __init__(
        self, rotation: HeadRotation, at: slice | Tensor, num_rows: int
    ) -> None:
        self.rotation = rotation
        self.rows = num_rows
        self.queries, self.pairs = rotation.num_queries, rotation.num_pairs
        self.width = rotation.width
        self.straight = (rotation.straight * rotation.cosines[at, None]).unbind()
        self.crossed = (rotation.crossed * rotation.sines[at, None]).unbind()

    def rotate(self, layer: int, heads: Tensor) -> None:
        """Normalise and rotate the queries and keys among ``heads``, in place.

        Args:
            layer: Index of the layer.
            heads: ``[..., H + 2 K, D]``.
        """
        moving = heads[..., : self.queries + self.pairs, :]
        level = unit_length(moving, self.rotation.epsilon)
        turned = level.roll(self.width // 2, -1).mul_(self.crossed[layer])
        torch.addcmul(turned, level, self.straight[layer], out=moving)


class PromptAttention(_Attention):
    """Whole prompts, T tokens each, at the start of their rows.

    Attributes:
        positions: ``[R, T]``.
    """

    def __init__(
        self, rotation: HeadRotation, cache: KeyValueCache, length: int
    ) -> None:
        super().__init__(rotation, slice(0, length), cache.num_rows)
        self.length = length
        self.places = cache.entries[..., :length, :].unbind()

    @property
    def positions(self) -> Tensor:
        """Where the tokens are, ``[R, T]``."""
        columns = torch.arange(self.length, device=self.rotation.cosines.device)
        return columns.expand(self.rows, -1)

    def attend(self, layer: int, heads: Tensor) -> Tensor:
        """Store keys and values, and map ``[R T, (H + 2 K) D]`` to ``[R T, H D]``."""
        heads = heads.view(self.rows, self.length, -1, self.width)
        self.rotate(layer, heads)
        queries, keys, values = heads.transpose(1, 2).split(
            [self.queries, self.pairs, self.pairs], 1
        )
        self.places[layer][0].copy_(keys)
        self.places[layer][1].copy_(values)
        attended = functional.scaled_dot_product_attention(
            queries,
            keys,
            values,
            is_causal=True,
            enable_gqa=self.queries != self.pairs,
        )
        return attended.transpose(1, 2).reshape(-1, self.queries * self.width)


class StepAttention(_Attention):
    """One more token for each row."""

    def __init__(
        self, rotation: HeadRotation, cache: KeyValueCache, lengths: Sequence[int]
    ) -> None:
        """Prepare all layers.

        Args:
            rotation: Of the model.
            cache: Holds what the rows have so far.
            lengths: Tokens that each row has, R numbers.
        """
        longest = max(lengths)
        seen = cache.entries[..., : longest + 1, :]
        self.seen = seen.flatten(0, 1).unbind()
        self.lengths = lengths
        self.even = min(lengths) == longest
        self.hidden: Tensor | None = None
        if self.even:
            at: slice | Tensor = slice(longest, longest + 1)
            self.places = seen[..., -1, :].unbind()
        else:
            at = self.positions_of(seen.device)
            self.where = torch.arange(len(lengths), device=seen.device), at
            self.places = seen.unbind()
            columns = torch.arange(longest + 1, device=seen.device)
            beyond = (columns > at[:, None])[:, None, None]
            self.hidden = torch.zeros_like(beyond, dtype=seen.dtype)
            self.hidden.masked_fill_(beyond, -torch.inf)
        super().__init__(rotation, at, cache.num_rows)

    def positions_of(self, device: torch.device) -> Tensor:
        """Where the tokens are, ``[R]``."""
        return torch.tensor(self.lengths, device=device)

    @property
    def positions(self) -> Tensor:
        """Where the tokens are, ``[R, 1]``."""
        return self.positions_of(self.rotation.cosines.device)[:, None]

    def attend(self, layer: int, heads: Tensor) -> Tensor:
        """Store keys and values, and map ``[R, (H + 2 K) D]`` to ``[R, H D]``."""
        heads = heads.view(self.rows, -1, self.width)
        self.rotate(layer, heads)
        queries, pair = heads.tensor_split([self.queries], 1)
        pair = pair.view(self.rows, 2, self.pairs, self.width)
        if self.even:
            self.places[layer].copy_(pair.transpose(0, 1))
        else:
            rows, positions = self.where
            self.places[layer][:, rows, :, positions] = pair
        # The queries that share a key stand as if they were tokens of one head.
        attended = functional.scaled_dot_product_attention(
            queries.unflatten(1, (self.pairs, -1)),
            self.seen[2 * layer],
            self.seen[2 * layer + 1],
            attn_mask=self.hidden,
        )
        return attended.reshape(self.rows, self.queries * self.width)
