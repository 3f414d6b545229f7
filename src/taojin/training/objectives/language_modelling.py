"""Prediction of the next token, and the optimisers of a decoder."""

from torch import nn

from taojin.models.language_model import LanguageModel
from taojin.training.config import TrainingConfig
from taojin.training.cross_entropy import linear_cross_entropy
from taojin.training.objectives.contracts import (
    IGNORED,
    Loss,
    ParameterGroup,
    TokenBatch,
)


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
        """See :func:`decoder_groups`."""
        return decoder_groups(self.model, config)


def decoder_groups(model: nn.Module, config: TrainingConfig) -> list[ParameterGroup]:
    """Divide the weights of a decoder and its head.

    Muon trains the matrices of the blocks, row-wise Adagrad the tables of n-grams
    where there are any, AdamW embeddings and the rest.
    """
    named = dict(model.named_parameters())
    matrices = [name for name, p in named.items() if ".layers." in name and p.ndim > 1]
    embeddings = [name for name in named if "embed_tokens" in name]
    tables = [name for name in named if ".ngrams." in name]
    rest = [n for n in named if n not in {*matrices, *embeddings, *tables}]
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
        ParameterGroup(
            "ngrams", "row_adagrad", config.ngram_learning_rate, 0.0, tuple(tables)
        ),
        ParameterGroup("heads", "adamw", config.head_learning_rate, 0.0, tuple(rest)),
    ]
    return [group for group in groups if group.names]
