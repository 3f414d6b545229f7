"""From logits to the next token."""

import torch
from torch import Tensor

from taojin.generation.config import SamplingConfig

_NUCLEUS_SIZES = (64, 512)
"""Likeliest tokens looked at before all are sorted, which takes ten times as long."""


def probabilities(logits: Tensor, config: SamplingConfig) -> Tensor:
    """Distribution of the next token after temperature and filters.

    Args:
        logits: ``[rows, vocabulary]``.
        config: With a temperature above 0.

    Returns:
        The same shape; every row adds up to 1.
    """
    shares = _shares(logits, config)
    return shares / shares.sum(-1, keepdim=True)


def draw(logits: Tensor, uniforms: Tensor, config: SamplingConfig) -> Tensor:
    """Draw a token for each row by inverting its cumulative distribution.

    One given number a row decides, so a row's text does not depend on the rows
    beside it.

    Args:
        logits: ``[rows, vocabulary]``.
        uniforms: In [0, 1), ``[rows]``.
        config: Temperature and filters.

    Returns:
        Token ids ``[rows]``.
    """
    if config.temperature == 0.0:
        return logits.argmax(-1)
    # Sums of single precision would lose the tail of a large vocabulary.
    cumulative = _shares(logits, config).cumsum(-1, dtype=torch.float64)
    # Scaled by the last sum: rounding must not push a draw past the end.
    wanted = uniforms[:, None] * cumulative[:, -1:]
    return torch.searchsorted(cumulative, wanted, right=True)[:, 0]


def _shares(logits: Tensor, config: SamplingConfig) -> Tensor:
    """Return what the filters leave of the distribution; it adds up to at most 1."""
    scaled = logits.float() / config.temperature
    if config.top_k is not None and config.top_k < logits.shape[-1]:
        least = scaled.topk(config.top_k).values[:, -1:]
        scaled.masked_fill_(scaled < least, -torch.inf)
    shares = scaled.softmax(-1)
    if config.top_p < 1.0:
        _cut_nucleus(shares, config.top_p)
    if config.min_p > 0.0:
        least = config.min_p * shares.amax(-1, keepdim=True)
        shares.masked_fill_(shares < least, 0.0)
    return shares


def _cut_nucleus(shares: Tensor, top_p: float) -> None:
    """Set to 0 all but the likeliest tokens that together reach ``top_p``.

    Among equally likely tokens the first of the vocabulary is kept first.
    """
    pending = torch.arange(len(shares), device=shares.device)
    for size in _NUCLEUS_SIZES:
        if size >= shares.shape[-1] or not len(pending):
            break
        part = shares[pending]
        # One more than is looked at: it shows whether the last is tied with others.
        likeliest = part.topk(size + 1).values
        before = likeliest.cumsum(-1, dtype=torch.float64) - likeliest
        num_kept = (before < top_p).sum(-1, keepdim=True)
        least = likeliest.gather(-1, num_kept.clamp(max=size) - 1)
        beyond = likeliest.gather(-1, num_kept.clamp(max=size))
        done = ((num_kept <= size) & (beyond < least))[:, 0]
        rows = pending[done]
        shares[rows] = part[done].masked_fill_(part[done] < least[done], 0.0)
        pending = pending[~done]
    if len(pending):
        part = shares[pending]
        ordered, order = part.sort(dim=-1, descending=True, stable=True)
        beyond = ordered.cumsum(-1, dtype=torch.float64) - ordered >= top_p
        ordered.masked_fill_(beyond, 0.0)
        shares[pending] = torch.zeros_like(part).scatter_(-1, order, ordered)
