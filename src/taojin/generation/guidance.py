"""Contrastive guidance: two continuations of the same text, one of them conditioned."""

import math

from torch import Tensor

from taojin.generation.config import GuidanceConfig
from taojin.models.continuation import Continuing


class GuidedContinuation:
    """Rows whose logits exaggerate what a condition changes.

    Both continuations get the same tokens; they differ in what came before.

    Attributes:
        logits: Of the token after each row, ``[rows, vocabulary]``.
    """

    logits: Tensor

    def __init__(
        self, conditioned: Continuing, base: Continuing, config: GuidanceConfig
    ) -> None:
        self._conditioned = conditioned
        self._base = base
        self._config = config
        self.logits = guide(conditioned.logits, base.logits, config)

    def append(self, tokens: Tensor) -> Tensor:
        """Add a token to every row, ``[rows]``; returns the new logits."""
        conditioned = self._conditioned.append(tokens)
        self.logits = guide(conditioned, self._base.append(tokens), self._config)
        return self.logits

    def keep_rows(self, rows: Tensor) -> None:
        """Forget all rows but these, ``[kept]`` indices."""
        self._conditioned.keep_rows(rows)
        self._base.keep_rows(rows)
        self.logits = self.logits[rows]


def guide(conditioned: Tensor, base: Tensor, config: GuidanceConfig) -> Tensor:
    """Combine the logits of two continuations, ``[rows, vocabulary]``.

    The result is a product of the two distributions, to the powers ``strength`` and
    ``1 - strength``; a constant that is added to a row's logits changes nothing.
    """
    guided = base.lerp(conditioned, config.strength)
    if config.plausibility > 0.0:
        least = conditioned.amax(-1, keepdim=True) + math.log(config.plausibility)
        guided = guided.masked_fill(conditioned < least, -math.inf)
    return guided
