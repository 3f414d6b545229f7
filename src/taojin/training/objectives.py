"""What a model is trained for: its loss, and which optimiser trains which weights."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypeVar

from torch import Tensor, nn
from torch.nn import functional

from taojin.models.classifier import SequenceClassifier
from taojin.models.language_model import LanguageModel
from taojin.training.config import TrainingConfig
from taojin.training.cross_entropy import linear_cross_entropy

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
    algorithm: Literal["muon", "adamw"]
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
    """

    inputs: Tensor
    targets: Tensor


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


class NextToken:
    """Cross-entropy of the next token, where the batch has a target."""

    name = "language model"

    def __init__(self, model: LanguageModel) -> None:
        self.model = model

    def loss(self, batch: TokenBatch) -> Loss:
        """Sum of nats over the targets; the unit is a token."""
        states = self.model.model(batch.inputs).flatten(0, 1)
        targets = batch.targets.flatten()
        scored = targets != IGNORED
        num_units = int(scored.sum())
        if num_units < targets.numel():  # the output matrix is half of the work
            states, targets = states[scored], targets[scored]
        total = linear_cross_entropy(states, self.model.lm_head.weight, targets)
        return Loss(total, num_units, {})

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """Muon for the matrices of the blocks, AdamW for the rest."""
        return decoder_groups(self.model, config)


class Classification:
    """Cross-entropy of the class; the unit is an example."""

    name = "classifier"

    def __init__(self, model: SequenceClassifier, dropout: float = 0.0) -> None:
        self.model = model
        self.dropout = dropout

    def loss(self, batch: LabelledBatch) -> Loss:
        """Sum of nats over the examples, with the number of right answers."""
        logits = self.model(batch.inputs, batch.lengths, self.dropout).float()
        total = functional.cross_entropy(logits, batch.targets, reduction="sum")
        num_right = int((logits.argmax(-1) == batch.targets).sum())
        return Loss(total, len(batch.targets), {"accuracy": float(num_right)})

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """Muon for the matrices of the blocks, AdamW for the rest."""
        return decoder_groups(self.model, config)


def decoder_groups(model: nn.Module, config: TrainingConfig) -> list[ParameterGroup]:
    """Divide the weights of a decoder and its head into three groups."""
    named = dict(model.named_parameters())
    matrices = [name for name, p in named.items() if ".layers." in name and p.ndim > 1]
    embeddings = [name for name in named if "embed_tokens" in name]
    rest = [name for name in named if name not in {*matrices, *embeddings}]
    decay = config.weight_decay
    groups = [
        ParameterGroup(
            "matrices",
            config.optimiser,
            config.matrix_learning_rate,
            decay,
            tuple(matrices),
        ),
        ParameterGroup(
            "embeddings",
            "adamw",
            config.embedding_learning_rate,
            0.0,
            tuple(embeddings),
        ),
        ParameterGroup("heads", "adamw", config.head_learning_rate, 0.0, tuple(rest)),
    ]
    return [group for group in groups if group.names]
