"""Heads that say other things of a text than its class."""

from abc import ABC, abstractmethod

from torch import Tensor
from torch.nn import functional

from taojin.models.classifier import HeadTask, SequenceClassifier
from taojin.training.config import TrainingConfig
from taojin.training.objectives.contracts import LabelledBatch, Loss, ParameterGroup
from taojin.training.objectives.groups import finetuning_groups


class HeadObjective(ABC):
    """A decoder with a head, trained on texts and what is to be said of them."""

    name: str

    def __init__(
        self,
        model: SequenceClassifier,
        dropout: float = 0.0,
        adapter_learning_rate: float | None = None,
    ) -> None:
        self.model = model
        self.dropout = dropout
        self.adapter_learning_rate = adapter_learning_rate

    def loss(self, batch: LabelledBatch) -> Loss:
        """Sum over the examples; see :meth:`loss_of`."""
        outputs = self.model(batch.inputs, batch.lengths, self.dropout).float()
        return self.loss_of(outputs, batch.targets)

    @abstractmethod
    def loss_of(self, outputs: Tensor, targets: Tensor) -> Loss:
        """The loss of what the head gave, ``[texts, outputs]``."""

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """By kind of weight; frozen ones are in no group."""
        return finetuning_groups(self.model, config, self.adapter_learning_rate)


class MultiLabel(HeadObjective):
    """Any number of labels a text, each of them by itself."""

    name = "multi-label head"

    def loss_of(self, outputs: Tensor, targets: Tensor) -> Loss:
        """Nats of all labels of each text; ``targets`` are 0 or 1, ``[rows, labels]``.

        The metric ``accuracy`` counts the labels that are right, as a share of one
        text's.
        """
        total = functional.binary_cross_entropy_with_logits(
            outputs, targets, reduction="sum"
        )
        right = ((outputs.detach() > 0) == (targets > 0)).float().mean(1).sum()
        return Loss(total, len(targets), {"accuracy": float(right)})


class Regression(HeadObjective):
    """Numbers; half the squared error, the nats of a normal law but for a constant."""

    name = "regression head"

    def loss_of(self, outputs: Tensor, targets: Tensor) -> Loss:
        """Of scaled ``targets``, ``[rows, outputs]``.

        The metric ``squared_error`` is the mean over the outputs of each text.
        """
        errors = (outputs - targets).square()
        metrics = {"squared_error": float(errors.detach().mean(1).sum())}
        return Loss(0.5 * errors.sum(), len(targets), metrics)


class Pairwise(HeadObjective):
    """Which of two texts is better (Bradley and Terry 1952).

    ``inputs`` of a batch are the better texts, then the others in the same order;
    ``targets`` are the weights of the pairs.
    """

    name = "pairwise head"

    def loss_of(self, outputs: Tensor, targets: Tensor) -> Loss:
        """``-log sigmoid`` of the difference of the scores; the unit is a pair.

        The metric ``accuracy`` counts the pairs whose better text scores higher.
        """
        better, other = outputs[:, 0].unflatten(0, (2, -1))
        total = -(targets * functional.logsigmoid(better - other)).sum()
        right = float((better > other).sum())
        return Loss(total, len(targets), {"accuracy": right})


HEAD_OBJECTIVES: dict[HeadTask, type[HeadObjective]] = {
    "multi_label": MultiLabel,
    "regression": Regression,
    "pairwise": Pairwise,
}
"""What each task but the classifier's is trained for."""
