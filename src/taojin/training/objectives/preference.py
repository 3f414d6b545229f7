"""Of two answers the better one is to gain on the other."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from taojin.models.bases import CausalModel, chosen_logits
from taojin.training.config import TrainingConfig
from taojin.training.objectives.contracts import IGNORED, Loss, ParameterGroup
from taojin.training.objectives.groups import finetuning_groups


class PairBatch(NamedTuple):
    """Pairs of answers; a row of each half belongs to the same row of the other.

    Attributes:
        inputs: ``[2 * pairs, length]``, padded to the right; the chosen come first.
        targets: The next token of each, or :data:`IGNORED`.
        reference: Log-probabilities under the reference model in nats,
            ``[pairs, 2]``: of the chosen, of the rejected.
    """

    inputs: Tensor
    targets: Tensor
    reference: Tensor


class Preference:
    """Direct preference optimisation (Rafailov et al. 2023, arXiv:2305.18290).

    The loss of a pair is ``-log sigmoid(beta * (gain of the chosen - gain of the
    rejected))``; a gain is the log-probability of an answer less that under the
    reference. ``smoothing`` is the share of pairs believed to be the wrong way round
    (conservative DPO: Mitchell 2023, "A note on DPO with noisy preferences").

    Args:
        model: What is trained.
        beta: How dear it is to depart from the reference.
        smoothing: In [0, 0.5).
        adapter_learning_rate: Peak rate of the adapters, if there are any.
    """

    name = "preference"

    def __init__(
        self,
        model: CausalModel,
        beta: float = 0.1,
        smoothing: float = 0.0,
        adapter_learning_rate: float | None = None,
    ) -> None:
        self.model = model
        self.beta = beta
        self.smoothing = smoothing
        self.adapter_learning_rate = adapter_learning_rate

    def loss(self, batch: PairBatch) -> Loss:
        """Sum of nats over the pairs; the unit is a pair.

        Metrics: ``accuracy``, pairs whose chosen answer gained more; ``margin``, beta
        times the difference of the gains.
        """
        likelihoods = answer_likelihoods(self.model, batch.inputs, batch.targets)
        chosen, rejected = likelihoods.unflatten(0, (2, -1))
        gains = torch.stack((chosen, rejected), 1) - batch.reference
        margins = self.beta * (gains[:, 0] - gains[:, 1])
        right, wrong = functional.logsigmoid(margins), functional.logsigmoid(-margins)
        total = -((1.0 - self.smoothing) * right + self.smoothing * wrong).sum()
        metrics = {
            "accuracy": float((margins.detach() > 0).sum()),
            "margin": float(margins.detach().sum()),
        }
        return Loss(total, len(margins), metrics)

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """By kind of weight; frozen ones are in no group."""
        return finetuning_groups(self.model, config, self.adapter_learning_rate)


def answer_likelihoods(model: CausalModel, inputs: Tensor, targets: Tensor) -> Tensor:
    """Log-probability in nats of all targets of each row, ``[rows]``."""
    scored = targets != IGNORED
    logits = chosen_logits(model, inputs, scored)
    nats = functional.cross_entropy(logits, targets[scored], reduction="none")
    rows = scored.nonzero()[:, 0]
    return torch.zeros(len(inputs), device=nats.device).index_add(0, rows, -nats)
