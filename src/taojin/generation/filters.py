"""From logits to the next token."""

import torch
from torch import Tensor

from taojin.generation.config import SamplingConfig


def penalise_repetition(logits: Tensor, used: Tensor, penalty: float) -> Tensor:
    """Make tokens that were used less likely.

    Args:
        logits: ``[rows, vocabulary]``.
        used: Whether a token was used, the same shape.
        penalty: At least 1.
    """
    weaker = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(used, weaker, logits)


def probabilities(logits: Tensor, config: SamplingConfig) -> Tensor:
    """Distribution of the next token after temperature and filters.

    Args:
        logits: ``[rows, vocabulary]``.
        config: With a temperature above 0.

    Returns:
        The same shape; every row adds up to 1.
    """
    scaled = logits.double() / config.temperature
    if config.top_k is not None and config.top_k < logits.shape[-1]:
        least = scaled.topk(config.top_k).values[:, -1:]
        scaled = scaled.masked_fill(scaled < least, -torch.inf)
    shares = scaled.softmax(-1)
    if config.top_p < 1.0:
        ordered, order = shares.sort(dim=-1, descending=True, stable=True)
        beyond = ordered.cumsum(-1) - ordered >= config.top_p
        shares = shares.masked_fill(beyond.gather(-1, order.argsort(-1)), 0.0)
    if config.min_p > 0.0:
        least = config.min_p * shares.amax(-1, keepdim=True)
        shares = shares.masked_fill(shares < least, 0.0)
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
    cumulative = probabilities(logits, config).cumsum(-1)
    # Scaled by the last sum: rounding must not push a draw past the end.
    wanted = uniforms[:, None] * cumulative[:, -1:]
    return torch.searchsorted(cumulative, wanted, right=True)[:, 0]
