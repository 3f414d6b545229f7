"""A decoder with a head that says something of a text as a whole."""

from typing import Literal, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from taojin.models.config import DecoderShape
from taojin.models.decoder import Decoder

Pooling = Literal["mean", "last"]
HeadTask = Literal["single_label", "multi_label", "regression", "pairwise"]
"""One of several classes; any number of them; numbers; which of two texts is better."""


class Scaling(NamedTuple):
    """How a regression's outputs become numbers of the data.

    Attributes:
        means: One an output; what an output of zero stands for.
        deviations: One an output; what an output of one adds; positive.
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]


class SequenceClassifier(nn.Module):
    """Decoder and linear head on one state a text.

    Pooling ``mean`` averages the states of all tokens and learns faster from few
    examples. ``last`` takes the last token, the only one that sees the whole text;
    such a model loads as ``Qwen3ForSequenceClassification`` in Transformers.

    Attributes:
        model: The decoder; ours, or another that gives states of tokens.
        score: From the pooled state to class logits, or to other outputs.
        labels: Names of the classes or outputs, in the order of the logits.
        pooling: How the states of a text become one.
        task: What the outputs mean.
        scaling: Of a regression; None for other tasks.
    """

    def __init__(
        self,
        shape: DecoderShape,
        labels: tuple[str, ...],
        pooling: Pooling = "mean",
        task: HeadTask = "single_label",
        scaling: Scaling | None = None,
        decoder: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.labels = labels
        self.pooling: Pooling = pooling
        self.task: HeadTask = task
        self.scaling = scaling
        self.model = Decoder(shape) if decoder is None else decoder
        self.score = nn.Linear(shape.hidden_size, len(labels), bias=False)
        nn.init.zeros_(self.score.weight)

    @property
    def shape(self) -> DecoderShape:
        """The numbers the decoder was built from."""
        return cast("Decoder", self.model).shape

    def forward(self, tokens: Tensor, lengths: Tensor, dropout: float = 0.0) -> Tensor:
        """Logits ``[rows, classes]``.

        Args:
            tokens: ``[rows, longest]``, padded to the right with anything.
            lengths: Real tokens of each row, ``[rows]``, at least 1.
            dropout: Share of the head's input that is zeroed, in training mode.
        """
        states = self.model(tokens)
        if self.pooling == "last":
            rows = torch.arange(len(tokens), device=tokens.device)
            pooled = states[rows, lengths - 1]
        else:
            places = torch.arange(tokens.shape[1], device=tokens.device)
            real = (places < lengths[:, None])[..., None]
            pooled = (states * real).sum(1) / lengths[:, None]
        return self.score(functional.dropout(pooled, dropout, self.training))
