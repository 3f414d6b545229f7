"""Ordinary text is to become likely, flagged text unlikely."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from taojin.models.bases import CausalModel, chosen_logits
from taojin.training.config import TrainingConfig
from taojin.training.objectives.contracts import IGNORED, Loss, ParameterGroup
from taojin.training.objectives.groups import finetuning_groups

_MOST_CERTAIN = 1.0 - 1e-6
"""Bounds the penalty of a token that the model is sure of, at 13.8 nats."""


class FlaggedBatch(NamedTuple):
    """Sequences, and which of them are flagged.

    Attributes:
        inputs: ``[rows, length]``, padded to the right.
        targets: The next token of each, or :data:`IGNORED`.
        flagged: Truth values, ``[rows]``.
    """

    inputs: Tensor
    targets: Tensor
    flagged: Tensor


class Unlikelihood:
    """``-log p`` for ordinary tokens, ``-log(1 - p)`` for flagged ones.

    The token-level loss of Welleck et al. 2019 (arXiv:1908.04319), with the tokens of
    flagged texts as negative candidates. A token that the model finds unlikely already
    costs nearly nothing, so the language itself is left alone.

    Args:
        model: What is trained.
        weight: Of a flagged token against an ordinary one.
        adapter_learning_rate: Peak rate of the adapters, if there are any.
    """

    name = "unlikelihood"

    def __init__(
        self,
        model: CausalModel,
        weight: float = 1.0,
        adapter_learning_rate: float | None = None,
    ) -> None:
        self.model = model
        self.weight = weight
        self.adapter_learning_rate = adapter_learning_rate

    def loss(self, batch: FlaggedBatch) -> Loss:
        """Sum of nats over all targets; the unit is a token.

        Metrics: ``ordinary_nats`` and ``flagged_penalty``, the parts of the sum, the
        latter without its weight.
        """
        scored = batch.targets != IGNORED
        logits = chosen_logits(self.model, batch.inputs, scored)
        targets = batch.targets[scored]
        flagged = batch.flagged[:, None].expand_as(scored)[scored]
        nats = functional.cross_entropy(logits, targets, reduction="none")
        chance = torch.exp(-nats)
        penalty = -torch.log1p(-chance.clamp(max=_MOST_CERTAIN))
        total = torch.where(flagged, self.weight * penalty, nats).sum()
        metrics = {
            "ordinary_nats": float(nats.detach()[~flagged].sum()),
            "flagged_penalty": float(penalty.detach()[flagged].sum()),
        }
        return Loss(total, len(targets), metrics)

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """By kind of weight; frozen ones are in no group."""
        return finetuning_groups(self.model, config, self.adapter_learning_rate)
