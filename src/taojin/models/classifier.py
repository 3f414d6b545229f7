"""A decoder that puts a text into one of several classes."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from taojin.models.config import DecoderShape
from taojin.models.decoder import Decoder


class SequenceClassifier(nn.Module):
    """Decoder and linear head on the last token of each text.

    The last token is the only one that sees the whole text. The model loads as
    ``Qwen3ForSequenceClassification`` in Transformers.

    Attributes:
        model: The decoder.
        score: From the state of the last token to class logits.
        labels: Names of the classes, in the order of the logits.
    """

    def __init__(self, shape: DecoderShape, labels: tuple[str, ...]) -> None:
        super().__init__()
        self.labels = labels
        self.model = Decoder(shape)
        self.score = nn.Linear(shape.hidden_size, len(labels), bias=False)
        nn.init.zeros_(self.score.weight)

    @property
    def shape(self) -> DecoderShape:
        """The numbers the decoder was built from."""
        return self.model.shape

    def forward(self, tokens: Tensor, lengths: Tensor, dropout: float = 0.0) -> Tensor:
        """Logits ``[rows, classes]``.

        Args:
            tokens: ``[rows, longest]``, padded to the right with anything.
            lengths: Real tokens of each row, ``[rows]``, at least 1.
            dropout: Share of the head's input that is zeroed, in training mode.
        """
        rows = torch.arange(tokens.shape[0], device=tokens.device)
        last = self.model(tokens)[rows, lengths - 1]
        return self.score(functional.dropout(last, dropout, self.training))
