"""Prediction of the next code, with conditions that are sometimes withheld."""

import torch
from torch import Tensor

from taojin.models.codecs.token_layout import ANY, NUM_PREFIX, TokenLayout
from taojin.models.language_model import LanguageModel
from taojin.training.config import TrainingConfig
from taojin.training.objectives import Loss, NextToken, ParameterGroup, TokenBatch


class ConditionedCodes:
    """Cross-entropy of the codes of sounds; the unit is a token.

    Label and speaker are withheld by chance while training, which guidance needs
    (Ho and Salimans 2022, arXiv:2207.12598), and codes that are read are replaced by
    chance; neither is done in validation.

    Args:
        model: What is trained.
        layout: Meaning of the tokens.
        open_share: Of the labels, and of the speakers, that are withheld.
        noise_share: Of the codes read that are replaced.
    """

    name = "audio generator"

    def __init__(
        self,
        model: LanguageModel,
        layout: TokenLayout,
        open_share: float,
        noise_share: float,
    ) -> None:
        self.model = model
        self._next = NextToken(model)
        self._layout = layout
        self._open_share = open_share
        self._noise_share = noise_share

    def loss(self, batch: TokenBatch) -> Loss:
        """Sum of nats over the targets."""
        inputs = batch.inputs
        if self.model.training:
            inputs = self._with_open_places(self._with_noise(inputs))
        return self._next.loss(TokenBatch(inputs, batch.targets))

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """See :func:`~taojin.training.objectives.groups.decoder_groups`."""
        return self._next.parameter_groups(config)

    def _with_open_places(self, inputs: Tensor) -> Tensor:
        if not self._open_share:
            return inputs
        rows = len(inputs)
        own = torch.rand(rows, NUM_PREFIX).to(inputs.device)
        shared, together = (torch.rand(rows, 1).to(inputs.device) for _ in range(2))
        withheld = torch.where(together < 0.5, shared, own) < self._open_share
        prefix = inputs[:, :NUM_PREFIX].masked_fill(withheld, ANY)
        return torch.cat([prefix, inputs[:, NUM_PREFIX:]], 1)

    def _with_noise(self, inputs: Tensor) -> Tensor:
        if not self._noise_share:
            return inputs
        layout = self._layout
        chance = torch.rand(inputs.shape).to(inputs.device)
        other = torch.randint(layout.codebook_size, inputs.shape).to(inputs.device)
        codes = inputs - layout.first_code
        first = codes.div(layout.codebook_size, rounding_mode="floor")
        other = layout.first_code + first * layout.codebook_size + other
        replaced = (chance < self._noise_share) & (codes >= 0)
        return torch.where(replaced, other, inputs)
