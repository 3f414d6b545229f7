"""Spans of a text that are hidden or left out."""

import re

import numpy as np
from pydantic import Field

from taojin.core.config import StageConfig

_PIECE = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff]"  # a character of Chinese
    "|[^\\s\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff]+"  # or a word
)


class SpanMaskingConfig(StageConfig):
    """How spans are masked.

    Their lengths are geometric (SpanBERT, Joshi et al. 2020, arXiv:1907.10529), in
    words of Latin script or characters of Chinese.
    """

    share: float = Field(default=0.15, ge=0.0, le=1.0)
    """Of the words that are masked, rounded down; a text of one word stays."""
    mean_length: float = Field(default=3.0, ge=1.0, le=1000.0)
    """Mean of the geometric distribution, before it is cut at ``max_length``."""
    max_length: int = Field(default=10, ge=1, le=10_000)
    """Longest span."""
    mask: str | None = "<mask>"
    """Stands for every span, however long; null leaves spans out."""


def mask_spans(
    text: str, config: SpanMaskingConfig, random: np.random.Generator
) -> str:
    """Mask spans of a text.

    What is masked may be a name, a number or a negation: use it where a text must be
    filled in, or where its class does not hang on a few words.

    Args:
        text: Any text.
        config: How much, and how.
        random: Of the random numbers.

    Returns:
        The text with ``config.mask`` for each span, or without the spans and the
        white space before them. At least one word is left.
    """
    pieces = [match.span() for match in _PIECE.finditer(text)]
    num_left = min(int(config.share * len(pieces)), len(pieces) - 1)
    masked = np.zeros(len(pieces) + 1, dtype=np.bool_)
    while num_left > 0:
        drawn = int(random.geometric(1.0 / config.mean_length))
        length = min(drawn, config.max_length, num_left)
        start = int(random.integers(len(pieces) - length + 1))
        num_left -= int(np.count_nonzero(~masked[start : start + length]))
        masked[start : start + length] = True
    edges = np.flatnonzero(np.diff(np.concatenate([[False], masked]).astype(np.int8)))
    parts, at = [], 0
    for first, after in edges.reshape(-1, 2).tolist():
        start, end = pieces[first][0], pieces[after - 1][1]
        parts.append(text[at:start] if config.mask else text[at:start].rstrip())
        parts.append(config.mask or "")
        at = end
    found = "".join([*parts, text[at:]])
    return found if config.mask else found.lstrip()
