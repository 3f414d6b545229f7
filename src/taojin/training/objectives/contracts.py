"""What the loop knows of a task: its loss, and which optimiser trains which weights."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypeVar

from torch import Tensor, nn

from taojin.training.config import TrainingConfig

IGNORED = -100
"""Target of a position that is not part of the loss."""

Batch_contra = TypeVar("Batch_contra", contravariant=True)


class Loss(NamedTuple):
    """The loss of one batch.

    Attributes:
        total: Sum over the units, in nats; a scalar that can be differentiated.
        num_units: Units it was summed over: predicted tokens, or examples.
        metrics: Further sums over the units, by name.
    """

    total: Tensor
    num_units: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class ParameterGroup:
    """Weights that share an optimiser and its settings.

    Attributes:
        name: For logs and tests.
        algorithm: What trains them.
        learning_rate: Peak.
        weight_decay: Decoupled, multiplied by the learning rate.
        names: The weights.
    """

    name: str
    algorithm: Literal["muon", "adamw", "row_adagrad"]
    learning_rate: float
    weight_decay: float
    names: tuple[str, ...] = field(repr=False)


class Objective(Protocol[Batch_contra]):
    """What the loop needs to know of a task."""

    @property
    def name(self) -> str:
        """For logs and the progress bar."""
        ...

    @property
    def model(self) -> nn.Module:
        """What is trained."""
        ...

    def loss(self, batch: Batch_contra, /) -> Loss:
        """Compute the loss of one batch."""
        ...

    def parameter_groups(self, config: TrainingConfig, /) -> Sequence[ParameterGroup]:
        """Divide all weights of the model among optimisers."""
        ...


class TokenBatch(NamedTuple):
    """Tokens and what follows them.

    Attributes:
        inputs: ``[rows, length]``, padded to the right.
        targets: The next token of each, or :data:`IGNORED`.
        documents: Number of the document of each input, of the same shape, which is
            read as if it stood alone; None where a row is one text.
    """

    inputs: Tensor
    targets: Tensor
    documents: Tensor | None = None


class LabelledBatch(NamedTuple):
    """Texts and their classes.

    Attributes:
        inputs: Tokens ``[rows, longest]``, padded to the right.
        lengths: Tokens of each text, ``[rows]``.
        targets: Index of each class, ``[rows]``.
    """

    inputs: Tensor
    lengths: Tensor
    targets: Tensor
