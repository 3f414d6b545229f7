"""Prediction of the next token by whatever model finetuning starts from."""

from typing import cast

from torch.nn import functional

from taojin.models.bases import CausalModel, chosen_logits
from taojin.models.hub import HubLanguageModel
from taojin.models.language_model import LanguageModel
from taojin.training.config import TrainingConfig
from taojin.training.objectives.contracts import (
    IGNORED,
    Loss,
    ParameterGroup,
    TokenBatch,
)
from taojin.training.objectives.groups import finetuning_groups
from taojin.training.objectives.language_modelling import NextToken


class Continuation(NextToken):
    """Cross-entropy of the next token, where the batch has a target.

    Args:
        model: Of this project or of Transformers, perhaps with adapters.
        adapter_learning_rate: Peak rate of the adapters, if there are any.
    """

    def __init__(
        self, model: CausalModel, adapter_learning_rate: float | None = None
    ) -> None:
        super().__init__(cast("LanguageModel", model))
        self.adapter_learning_rate = adapter_learning_rate

    def loss(self, batch: TokenBatch) -> Loss:
        """Sum of nats over the targets; the unit is a token."""
        model = cast("CausalModel", self.model)
        if not isinstance(model, HubLanguageModel) or model.is_plain:
            return super().loss(batch)
        scored = batch.targets != IGNORED
        logits = chosen_logits(model, batch.inputs, scored, batch.documents)
        targets = batch.targets[scored]
        total = functional.cross_entropy(logits, targets, reduction="sum")
        return Loss(total, len(targets), {})

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """By kind of weight; frozen ones are in no group."""
        return finetuning_groups(self.model, config, self.adapter_learning_rate)
