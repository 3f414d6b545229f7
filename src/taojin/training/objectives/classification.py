"""Tasks of a text as a whole."""

from torch import Tensor
from torch.nn import functional

from taojin.training.objectives.contracts import Loss
from taojin.training.objectives.heads import HeadObjective


class Classification(HeadObjective):
    """Cross-entropy of the class; the unit is an example."""

    name = "classifier"

    def loss_of(self, outputs: Tensor, targets: Tensor) -> Loss:
        """Sum of nats over the examples, with the number of right answers."""
        total = functional.cross_entropy(outputs, targets, reduction="sum")
        num_right = int((outputs.argmax(-1) == targets).sum())
        return Loss(total, len(targets), {"accuracy": float(num_right)})
