"""Attention in bfloat16 on a processor, as plain matrix products.

The fused kernel for processors is as slow in bfloat16 as in fp32, and going back
several times slower at short contexts. Plain products take half of its time; they
hold the scores of a block of queries, and only against the keys the block may see.
"""

import torch
from torch import Tensor

_BLOCK = 256
"""Queries of a block: few enough that little is computed only to be hidden."""
_HIDDEN = -1e30


def attend_in_products(
    queries: Tensor, keys: Tensor, values: Tensor, visible: Tensor | None = None
) -> Tensor:
    """Causal attention of grouped queries, in the precision of ``values``.

    Args:
        queries: ``[rows, heads, length, head_dim]``.
        keys: ``[rows, key_value_heads, length, head_dim]``.
        values: The same shape.
        visible: Which tokens each sees, ``[rows, 1, length, length]``; by default all
            before it, and itself.

    Returns:
        ``[rows, heads, length, head_dim]``.
    """
    length = queries.shape[2]
    queries, keys = queries.to(values.dtype), keys.to(values.dtype)
    if visible is None:
        visible = queries.new_ones(1, 1, length, length, dtype=torch.bool).tril()
    blocks = []
    with torch.autocast(queries.device.type, enabled=False):
        for start in range(0, length, _BLOCK):
            end = min(start + _BLOCK, length)
            block = queries[:, :, start:end]
            seen = visible[:, :, start:end, :end]
            blocks.append(_attend(block, keys[:, :, :end], values[:, :, :end], seen))
    return blocks[0] if len(blocks) == 1 else torch.cat(blocks, dim=2)


def _attend(queries: Tensor, keys: Tensor, values: Tensor, visible: Tensor) -> Tensor:
    rows, num_heads, num_new, width = queries.shape
    groups, length = keys.shape[1:3]
    share = num_heads // groups
    hidden = values.new_zeros(visible.shape).masked_fill_(~visible, _HIDDEN)
    # A mask of all rows is one matrix; else each row has its own for all groups.
    masks = hidden.expand(-1, share, -1, -1).reshape(-1, share * num_new, length)
    if len(visible) > 1:
        masks = masks.repeat_interleave(groups, dim=0)
    scores = torch.baddbmm(
        masks,
        queries.reshape(rows * groups, share * num_new, width),
        keys.reshape(rows * groups, length, width).mT,
        alpha=width**-0.5,
    )
    flat = values.reshape(rows * groups, length, width)
    return torch.bmm(scores.softmax(-1), flat).view(queries.shape)
