"""Tasks of a text as a whole."""

from torch.nn import functional

from taojin.models.classifier import SequenceClassifier
from taojin.training.config import TrainingConfig
from taojin.training.objectives.contracts import LabelledBatch, Loss, ParameterGroup
from taojin.training.objectives.groups import finetuning_groups


class Classification:
    """Cross-entropy of the class; the unit is an example."""

    name = "classifier"

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
        """Sum of nats over the examples, with the number of right answers."""
        logits = self.model(batch.inputs, batch.lengths, self.dropout).float()
        total = functional.cross_entropy(logits, batch.targets, reduction="sum")
        num_right = int((logits.argmax(-1) == batch.targets).sum())
        return Loss(total, len(batch.targets), {"accuracy": float(num_right)})

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """By kind of weight; frozen ones are in no group."""
        return finetuning_groups(self.model, config, self.adapter_learning_rate)
