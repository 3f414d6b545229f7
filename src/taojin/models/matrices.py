"""Weight matrices as inference multiplies by them."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from taojin.models.decoder import Block


class Matrix(Protocol):
    """A matrix that states are multiplied by."""

    def times(self, states: Tensor) -> Tensor:
        """Map ``[N, inputs]`` to ``[N, outputs]``."""
        ...

    def add_times(self, sums: Tensor, states: Tensor) -> Tensor:
        """Return ``sums``, ``[N, outputs]``, plus the product."""
        ...


MatrixFactory = Callable[[Tensor], Matrix]
"""Makes a matrix of a weight ``[outputs, inputs]``; decides its precision."""


class Dense:
    """A matrix in the precision of its weights."""

    def __init__(self, weight: Tensor) -> None:
        """Take ``weight``, ``[outputs, inputs]``, as a linear layer has it."""
        # In this order a single row is multiplied in a third less time.
        self._weight = weight.detach().t().contiguous()

    def times(self, states: Tensor) -> Tensor:
        """Map ``[N, inputs]`` to ``[N, outputs]``."""
        return torch.mm(states, self._weight)

    def add_times(self, sums: Tensor, states: Tensor) -> Tensor:
        """Return ``sums``, ``[N, outputs]``, plus the product."""
        return torch.addmm(sums, states, self._weight)


class LayerMatrices(NamedTuple):
    """The matrices of a block, with the normalisations before them folded in.

    Shapes: W width, H query heads, K key-value heads, D width of a head, F width of
    the feed-forward layer.

    Attributes:
        heads: ``[(H + 2 K) D, W]``: queries, keys and values.
        output: ``[W, H D]``.
        gate_up: ``[2 F, W]``: the gate, then what it lets through.
        down: ``[W, F]``.
    """

    heads: Matrix
    output: Matrix
    gate_up: Matrix
    down: Matrix


def layer_matrices(block: Block, matrix: MatrixFactory, like: Tensor) -> LayerMatrices:
    """Join and fold the weights of a block, in the precision of ``like``."""
    attention, inner = block.self_attn, block.mlp
    heads = _joined(attention.q_proj, attention.k_proj, attention.v_proj)
    gate_up = _joined(inner.gate_proj, inner.up_proj)
    weights = (
        folded(heads, block.input_layernorm.weight),
        attention.o_proj.weight,
        folded(gate_up, block.post_attention_layernorm.weight),
        inner.down_proj.weight,
    )
    return LayerMatrices(*(matrix(weight.to(like)) for weight in weights))


def folded(weight: Tensor, norm: Tensor) -> Tensor:
    """Return a matrix that takes the states before a normalisation's own weights.

    Args:
        weight: ``[outputs, W]``.
        norm: Weights of the normalisation, ``[W]``.

    Returns:
        What multiplies the result of :func:`unit_length`.
    """
    return weight.float() * (norm.float() * norm.shape[0] ** 0.5)


def unit_length(states: Tensor, epsilon: Tensor) -> Tensor:
    """Divide states by their length: root mean square normalisation, times a number.

    The number, the root of the width, is folded into what comes next.

    Args:
        states: ``[..., W]``.
        epsilon: Root of W times what the normalisation adds to the mean square.
    """
    lengths = torch.linalg.vector_norm(states, dim=-1, keepdim=True)
    return states / lengths.hypot_(epsilon)


def _joined(*parts: nn.Linear) -> Tensor:
    return torch.cat([part.weight for part in parts])
