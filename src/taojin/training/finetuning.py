"""Finetuning for a task: from a pretrained model, or from scratch to compare."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import pandas as pd
import torch
from tokenizers import Tokenizer

from taojin.core.errors import ConfigurationError
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.randomness import derive_seed
from taojin.models.classifier import SequenceClassifier
from taojin.models.config import DecoderShape
from taojin.models.encoding import (
    PromptedSequence,
    encode_document,
    encode_prompted,
)
from taojin.models.language_model import LanguageModel
from taojin.models.storage import (
    MANIFEST,
    load_language_model,
    load_tokenizer,
    load_weights,
    weights_of,
)
from taojin.training.batches import (
    BucketedSequences,
    LabelledSequence,
    collate_labelled,
    collate_prompted,
)
from taojin.training.checkpoints import CheckpointStore
from taojin.training.config import (
    ClassifierFinetuningConfig,
    LanguageFinetuningConfig,
    TrainingConfig,
)
from taojin.training.loop import train
from taojin.training.metrics import MetricSink
from taojin.training.objectives import Classification, NextToken
from taojin.training.pretraining import new_language_model

Model = TypeVar("Model", SequenceClassifier, LanguageModel)
Example = TypeVar("Example", LabelledSequence, PromptedSequence)
Batch = TypeVar("Batch")

_FEWEST_LABELS = 2
_TOPIC_COLUMNS = ("text", "label", "split")
_PROMPT_COLUMNS = ("prompt", "target", "split")


@dataclass(frozen=True)
class Finetuned(Generic[Model]):
    """A finetuned model and how it came about.

    Attributes:
        model: In evaluation mode.
        tokenizer: The one of the base.
        history: See :func:`taojin.training.loop.train`.
    """

    model: Model
    tokenizer: Tokenizer
    history: list[dict[str, Any]]


def finetune_classifier(
    examples: pd.DataFrame,
    base: str | Path,
    config: ClassifierFinetuningConfig,
    *,
    from_scratch: bool = False,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> Finetuned[SequenceClassifier]:
    """Train a classifier of texts on the decoder of a language model.

    Args:
        examples: Columns ``text``, ``label``, ``split``; trains on the split
            ``train`` and validates on ``validation``. The classes are all labels,
            sorted.
        base: Folder of the pretrained model, see
            :func:`taojin.models.storage.save_model`.
        config: Settings.
        from_scratch: Take shape and tokenizer of the base but not its weights; the
            difference is what pretraining is worth.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Raises:
        EmptyStageError: If no example is in the split ``train``.
        ConfigurationError: If ``max_tokens`` exceeds the context of the base, or
            there are fewer than two labels.
        TrainingError: If the loss is not finite too often.
    """
    pretrained, tokenizer = _load_base(base, config.max_tokens)
    labels = tuple(sorted({str(label) for label in examples["label"]}))
    if len(labels) < _FEWEST_LABELS:
        message = f"a classifier needs two labels or more, and found {list(labels)}"
        raise ConfigurationError(message)
    model = _new_classifier(pretrained.shape, labels, config)
    if not from_scratch:
        load_weights(model.model, weights_of(pretrained.model))

    def encode_rows(rows: pd.DataFrame) -> list[LabelledSequence]:
        return [
            LabelledSequence(
                encode_document(tokenizer, text, config.max_tokens),
                labels.index(str(label)),
            )
            for text, label in zip(rows["text"], rows["label"], strict=True)
        ]

    train_items, validation_items = _encode_splits(examples, encode_rows)
    history = train(
        Classification(model, config.dropout),
        _bucketed(train_items, collate_labelled, config.training),
        config.training,
        validation=_validation(validation_items, collate_labelled, config.training),
        store=store,
        sink=sink,
        fingerprint=_fingerprint(
            examples, _TOPIC_COLUMNS, base, config, from_scratch=from_scratch
        ),
    )
    return Finetuned(model, tokenizer, history)


def finetune_language_model(
    examples: pd.DataFrame,
    base: str | Path,
    config: LanguageFinetuningConfig,
    *,
    from_scratch: bool = False,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> Finetuned[LanguageModel]:
    """Train a language model to continue prompts; only targets count in the loss.

    Args:
        examples: Columns ``prompt``, ``target``, ``split``; trains on the split
            ``train`` and validates on ``validation``.
        base: Folder of the pretrained model.
        config: Settings.
        from_scratch: Take shape and tokenizer of the base but not its weights.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Raises:
        EmptyStageError: If no example is in the split ``train``.
        ConfigurationError: If ``max_tokens`` exceeds the context of the base.
        TrainingError: If the loss is not finite too often.
    """
    model, tokenizer = _load_base(base, config.max_tokens)
    if from_scratch:
        model = new_language_model(model.shape, config.training.seed)

    def encode_rows(rows: pd.DataFrame) -> list[PromptedSequence]:
        return [
            encode_prompted(tokenizer, prompt, target, config.max_tokens)
            for prompt, target in zip(rows["prompt"], rows["target"], strict=True)
        ]

    train_items, validation_items = _encode_splits(examples, encode_rows)
    history = train(
        NextToken(model),
        _bucketed(train_items, collate_prompted, config.training),
        config.training,
        validation=_validation(validation_items, collate_prompted, config.training),
        store=store,
        sink=sink,
        fingerprint=_fingerprint(
            examples, _PROMPT_COLUMNS, base, config, from_scratch=from_scratch
        ),
    )
    return Finetuned(model, tokenizer, history)


def _load_base(base: str | Path, max_tokens: int) -> tuple[LanguageModel, Tokenizer]:
    model = load_language_model(base)
    context_length = model.shape.max_position_embeddings
    if max_tokens > context_length:
        message = (
            f"max_tokens is {max_tokens}, and the pretrained model sees at most "
            f"{context_length} tokens; lower max_tokens or pretrain with a longer "
            "context_length"
        )
        raise ConfigurationError(message)
    return model, load_tokenizer(base)


def _new_classifier(
    base: DecoderShape, labels: tuple[str, ...], config: ClassifierFinetuningConfig
) -> SequenceClassifier:
    # The classifier's context is what it is trained on; prediction keeps to it.
    shape = base.model_copy(update={"max_position_embeddings": config.max_tokens})
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(config.training.seed, "weights"))
        return SequenceClassifier(shape, labels, config.pooling)


def _encode_splits(
    examples: pd.DataFrame, encode_rows: Callable[[pd.DataFrame], list[Example]]
) -> tuple[list[Example], list[Example]]:
    return (
        encode_rows(examples.loc[examples["split"] == "train"]),
        encode_rows(examples.loc[examples["split"] == "validation"]),
    )


def _bucketed(
    items: Sequence[Example],
    collate: Callable[[list[Example]], Batch],
    config: TrainingConfig,
) -> BucketedSequences[Example, Batch]:
    lengths = [len(item.tokens) for item in items]
    size = config.batch_size // config.num_accumulations
    return BucketedSequences(items, lengths, collate, size, config.seed)


def _validation(
    items: Sequence[Example],
    collate: Callable[[list[Example]], Batch],
    config: TrainingConfig,
) -> list[Batch]:
    """A fixed sample of the validation examples; empty if there are none."""
    if not items:
        return []
    batches = _bucketed(items, collate, config)
    number = min(config.validation_batches, batches.num_batches)
    return [batches.batch(index) for index in range(number)]


def _fingerprint(
    examples: pd.DataFrame,
    columns: tuple[str, ...],
    base: str | Path,
    config: ClassifierFinetuningConfig | LanguageFinetuningConfig,
    *,
    from_scratch: bool,
) -> dict[str, Any]:
    return {
        "base": hash_file(Path(base) / MANIFEST),
        "examples": fingerprint_of(*(examples[name].tolist() for name in columns)),
        "from_scratch": from_scratch,
        **config.model_dump(mode="json", exclude={"training"}),
    }
