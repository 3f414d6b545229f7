"""Prediction of the next token, and the optimisers of a decoder."""

from taojin.models.language_model import LanguageModel
from taojin.training.config import TrainingConfig
from taojin.training.cross_entropy import linear_cross_entropy
from taojin.training.objectives.contracts import (
    IGNORED,
    Loss,
    ParameterGroup,
    TokenBatch,
)
from taojin.training.objectives.groups import decoder_groups


class NextToken:
    """Cross-entropy of the next token, where the batch has a target."""

    name = "language model"

    def __init__(self, model: LanguageModel) -> None:
        self.model = model

    def loss(self, batch: TokenBatch) -> Loss:
        """Sum of nats over the targets; the unit is a token."""
        states = self.model.model(batch.inputs, documents=batch.documents)
        states = states.flatten(0, 1)
        targets = batch.targets.flatten()
        scored = targets != IGNORED
        num_units = int(scored.sum())
        if num_units < targets.numel():  # the output matrix is half of the work
            states, targets = states[scored], targets[scored]
        total = linear_cross_entropy(states, self.model.lm_head.weight, targets)
        return Loss(total, num_units, {})

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """See :func:`~taojin.training.objectives.groups.decoder_groups`."""
        return decoder_groups(self.model, config)
