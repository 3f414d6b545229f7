"""A language model of sentences by maximum likelihood, of equal or unequal weight.

It is the warm start of adversarial training, and what that is measured against. By
itself it is no adversarial model, and is never called one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch.nn import functional

from taojin.core.fingerprints import fingerprint_of
from taojin.features.tokenizer import load_tokenizer
from taojin.models.language_model import LanguageModel
from taojin.models.storage import save_model
from taojin.training.batches import BucketedSequences
from taojin.training.checkpoints import CheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.loop import train
from taojin.training.metrics import MetricSink
from taojin.training.objectives import IGNORED, Loss, ParameterGroup, decoder_groups
from taojin.training.pretraining import new_language_model
from taojin.training.text_adversarial.config import SentenceModelConfig
from taojin.training.text_adversarial.sentences import (
    Sentence,
    SentenceBatch,
    collate_sentences,
    encode_sentences,
    fixed_batches,
    identity_of,
)


@dataclass(frozen=True)
class SentenceModel:
    """A language model of sentences.

    Attributes:
        model: In evaluation mode.
        tokenizer_json: Of its words.
        history: Rows of :func:`taojin.training.loop.train`.
    """

    model: LanguageModel
    tokenizer_json: str
    history: list[dict[str, Any]]

    @property
    def tokenizer(self) -> Tokenizer:
        """Turns sentences into tokens of the model."""
        return load_tokenizer(self.tokenizer_json)

    def save(self, directory: str | Path) -> None:
        """Write a folder as of any language model of the project."""
        save_model(self.model, directory, self.tokenizer_json)


class WeightedNextToken:
    """Cross-entropy of the next token, times the weight of its sentence.

    With weights of 1 the loss is that of
    :class:`~taojin.training.objectives.NextToken`. With importance weights it is the
    expected loss under another distribution than that the sentences came from. The
    unit is a token, whatever its weight, so weights should have a mean of 1.
    """

    name = "sentence model"

    def __init__(self, model: LanguageModel, dropout: float = 0.0) -> None:
        self.model = model
        self.dropout = dropout

    def loss(self, batch: SentenceBatch) -> Loss:
        """Weighted sum of nats over the targets."""
        scored = batch.targets != IGNORED
        states = self.model.model(batch.inputs)[scored]
        states = functional.dropout(states, self.dropout, self.model.training)
        nats = functional.cross_entropy(
            self.model.lm_head(states).float(), batch.targets[scored], reduction="none"
        )
        weights = batch.weights[:, None].expand(batch.targets.shape)[scored]
        return Loss((weights * nats).sum(), int(scored.sum()), {})

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """See :func:`~taojin.training.objectives.groups.decoder_groups`."""
        return decoder_groups(self.model, config)


def train_sentence_model(
    sentences: Sequence[str],
    validation: Sequence[str],
    tokenizer_json: str,
    config: SentenceModelConfig,
    *,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> SentenceModel:
    """Train a language model of sentences by maximum likelihood.

    Args:
        sentences: Real ones.
        validation: Held-out ones; the weights that suit them best are kept.
        tokenizer_json: See
            :func:`~taojin.training.text_adversarial.vocabulary.word_tokenizer`.
        config: Model and training.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Raises:
        EmptyStageError: If there is no sentence.
        TrainingError: If the loss is not finite too often.
    """
    tokenizer = load_tokenizer(tokenizer_json)
    shape = config.model.shape(tokenizer.get_vocab_size(with_added_tokens=True))
    model = new_language_model(shape, config.training.seed)
    context = config.model.context_length
    rows = encode_sentences(tokenizer, sentences, context)
    held_out = encode_sentences(tokenizer, validation, context)
    history = fit_sentences(
        WeightedNextToken(model, config.dropout),
        [Sentence(row) for row in rows],
        held_out,
        config.training,
        fingerprint={
            "tokenizer": tokenizer_json,
            "model": config.model.model_dump(mode="json"),
        },
        store=store,
        sink=sink,
    )
    return SentenceModel(model, tokenizer_json, history)


def fit_sentences(
    objective: WeightedNextToken,
    sentences: Sequence[Sentence],
    validation: Sequence[Sequence[int]],
    config: TrainingConfig,
    *,
    fingerprint: dict[str, Any] | None = None,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> list[dict[str, Any]]:
    """Train a model in place on weighted sentences.

    Args:
        objective: With the model, which starts from its weights.
        sentences: Tokens and weights.
        validation: Tokens of held-out sentences, all of weight 1.
        config: Settings.
        fingerprint: Of the model as it is given.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Returns:
        The history; see :func:`taojin.training.loop.train`.
    """
    size = config.batch_size // config.num_accumulations
    batches = BucketedSequences(
        sentences,
        [len(sentence.tokens) for sentence in sentences],
        collate_sentences,
        size,
        config.seed,
    )
    tokens = [sentence.tokens for sentence in sentences]
    return train(
        objective,
        batches,
        config,
        validation=fixed_batches(validation[: size * config.validation_batches], size),
        store=store,
        sink=sink,
        fingerprint={
            "sentences": identity_of(tokens),
            "weights": fingerprint_of([sentence.weight for sentence in sentences]),
            "validation": identity_of(validation),
            "dropout": objective.dropout,
            **(fingerprint or {}),
        },
    )
