"""Finetuning for a task: from a pretrained model, or from scratch to compare."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import pandas as pd
import torch
from tokenizers import Tokenizer

from taojin.core.errors import ConfigurationError
from taojin.core.randomness import derive_seed
from taojin.models.adapters import add_adapters, merge_adapters, save_adapters
from taojin.models.bases import (
    CausalModel,
    is_own,
    save_language_model,
    untrained,
)
from taojin.models.chat import chat_template
from taojin.models.classifier import SequenceClassifier
from taojin.models.encoding import ScoredSequence, SequenceEdges, encode_document
from taojin.models.hub import HubLanguageModel
from taojin.models.hub_heads import HubDecoder, hub_decoder, save_hub_classifier
from taojin.models.storage import (
    TOKENIZER,
    load_weights,
    save_model,
    weights_of,
)
from taojin.models.transformers_export import export_classifier
from taojin.models.vocabulary import with_tokens
from taojin.training.batches import LabelledSequence, collate_labelled
from taojin.training.checkpoints import CheckpointStore
from taojin.training.examples import (
    ExampleSet,
    encode_answers,
    encode_conversations,
    load_base_for,
    run_fingerprint,
    train_on,
)
from taojin.training.finetuning_config import (
    ClassifierFinetuningConfig,
    LanguageFinetuningConfig,
    LowRankConfig,
)
from taojin.training.metrics import MetricSink
from taojin.training.objectives import Classification, Continuation, TokenBatch
from taojin.training.sequences import (
    collate_packed,
    collate_scored,
    pack_sequences,
)

Model = TypeVar("Model", SequenceClassifier, CausalModel)

_FEWEST_LABELS = 2
_TOPIC_COLUMNS = ("text", "label", "split")
_PROMPT_COLUMNS = ("prompt", "target", "split")
ADAPTER = "adapter"
"""Subfolder of a saved model that holds the adapters it was made with."""


@dataclass(frozen=True)
class Finetuned(Generic[Model]):
    """A finetuned model and how it came about.

    Attributes:
        model: In evaluation mode.
        tokenizer: The one of the base.
        edges: Tokens that start and end its sequences.
        history: See :func:`taojin.training.loop.train`.
        base: Folder it started from.
        adapter: Settings of the adapters, which are beside the layers still, not in
            them; None where all weights were trained.
        chat_template: Goes into the saved tokenizer's configuration.
        new_tokens: Ids of tokens that the base's vocabulary lacks.
    """

    model: Model
    tokenizer: Tokenizer
    edges: SequenceEdges
    history: list[dict[str, Any]]
    base: Path
    adapter: LowRankConfig | None = None
    chat_template: str | None = None
    new_tokens: Mapping[str, int] = field(default_factory=dict)


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
        base: Folder of the pretrained model: one of this project, or any causal
            language model in the format of Transformers.
        config: Settings. Adapters are merged when training ends.
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
    loaded = load_base_for(base, config.max_tokens)
    labels = tuple(sorted({str(label) for label in examples["label"]}))
    if len(labels) < _FEWEST_LABELS:
        message = f"a classifier needs two labels or more, and found {list(labels)}"
        raise ConfigurationError(message)
    model = new_classifier(loaded.model, config, labels, from_scratch=from_scratch)
    adapter = config.adapter
    if adapter is not None:
        add_adapters(model, adapter, config.training.seed)
        model.score.weight.requires_grad = True

    def encode_rows(rows: pd.DataFrame) -> list[LabelledSequence]:
        return [
            LabelledSequence(
                encode_document(
                    loaded.tokenizer, text, config.max_tokens, loaded.edges
                ),
                labels.index(str(label)),
            )
            for text, label in zip(rows["text"], rows["label"], strict=True)
        ]

    history = train_on(
        Classification(model, config.dropout, config.adapter_learning_rate),
        ExampleSet.of_splits(examples, encode_rows, collate_labelled, _num_tokens),
        config.training,
        fingerprint=run_fingerprint(
            examples, _TOPIC_COLUMNS, base, config, from_scratch=from_scratch
        ),
        store=store,
        sink=sink,
    )
    if adapter is not None:
        merge_adapters(model)
    return Finetuned(model, loaded.tokenizer, loaded.edges, history, Path(base))


def finetune_language_model(
    examples: pd.DataFrame,
    base: str | Path,
    config: LanguageFinetuningConfig,
    *,
    from_scratch: bool = False,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> Finetuned[CausalModel]:
    """Train a language model to continue prompts; only targets count in the loss.

    Args:
        examples: Columns ``prompt``, ``target``, ``split``, or what the template of
            the settings needs and ``split``, or ``messages`` (see
            :func:`taojin.models.chat.parse_messages`) and ``split`` for a chat
            format. Trains on the split ``train`` and validates on ``validation``.
        base: Folder of the pretrained model: one of this project, or any causal
            language model in the format of Transformers.
        config: Settings.
        from_scratch: Take shape and tokenizer of the base but not its weights.
        store: Where checkpoints go; by default memory. With adapters a checkpoint
            holds their weights alone.
        sink: Receives metrics by step.

    Raises:
        EmptyStageError: If no example is in the split ``train``.
        ConfigurationError: If ``max_tokens`` exceeds the context of the base, a
            column is missing, or an extra is needed that is not installed.
        DataError: If a row is no conversation, or a field of the template is empty.
        TrainingError: If the loss is not finite too often.
    """
    loaded = load_base_for(base, config.max_tokens)
    settings, adapter = config.training, config.adapter
    if from_scratch:
        model = untrained(loaded.model, settings.seed)
        loaded = replace(loaded, model=model)
    special = config.chat.tokens if config.chat else ()
    loaded, new_tokens = with_tokens(loaded, special, settings.seed)
    if adapter is not None:
        add_adapters(loaded.model, adapter, settings.seed, new_tokens)
    columns = ("messages", "split") if config.chat else _PROMPT_COLUMNS
    if config.template is not None:
        examples = config.template.fill(examples)

    def encode_rows(rows: pd.DataFrame) -> list[ScoredSequence]:
        if config.chat is not None:
            return encode_conversations(rows, loaded, config.chat, config.max_tokens)
        return encode_answers(rows, "target", loaded, config.max_tokens)

    history = train_on(
        Continuation(loaded.model, config.adapter_learning_rate),
        _packed_or_not(
            ExampleSet.of_splits(examples, encode_rows, collate_scored, _num_tokens),
            config,
        ),
        settings,
        fingerprint=run_fingerprint(
            examples, columns, base, config, from_scratch=from_scratch
        ),
        store=store,
        sink=sink,
    )
    template = config.chat and chat_template(
        loaded.tokenizer, config.chat, loaded.edges
    )
    return Finetuned(
        loaded.model,
        loaded.tokenizer,
        loaded.edges,
        history,
        Path(base),
        adapter,
        template,
        new_tokens,
    )


def save_finetuned(
    finetuned: Finetuned[Any], directory: str | Path, *, keep_adapter: bool = False
) -> None:
    """Write a finetuned model as a folder that Transformers reads.

    Args:
        finetuned: The model; adapters of it are merged, in place, unless kept.
        directory: The folder; replaced if it exists.
        keep_adapter: Write the adapters alone, for
            :func:`taojin.models.adapters.load_adapters`, and leave the model as it is.

    Raises:
        ConfigurationError: If adapters are to be kept and there are none.
    """
    model, base, adapter = finetuned.model, finetuned.base, finetuned.adapter
    if keep_adapter:
        if adapter is None:
            message = (
                "keep_adapter is set, and all weights were trained; set `adapter` or "
                "leave keep_adapter out"
            )
            raise ConfigurationError(message)
        save_adapters(model, directory, adapter, base, finetuned.new_tokens)
        return
    if adapter is not None:
        merge_adapters(model)
    if isinstance(model, SequenceClassifier) and isinstance(model.model, HubDecoder):
        save_hub_classifier(model, directory, base)
    elif isinstance(model, SequenceClassifier) and not is_own(base):
        export_classifier(model, directory, base, finetuned.edges)
    elif isinstance(model, SequenceClassifier):
        save_model(model, directory, (base / TOKENIZER).read_text(encoding="utf-8"))
    else:
        longer = finetuned.tokenizer if finetuned.new_tokens else None
        save_language_model(model, directory, base, finetuned.chat_template, longer)


def _packed_or_not(
    examples: ExampleSet[ScoredSequence, TokenBatch], config: LanguageFinetuningConfig
) -> ExampleSet[Any, TokenBatch]:
    if not config.packing:
        return examples
    return ExampleSet(
        pack_sequences(examples.training, config.max_tokens),
        pack_sequences(examples.validation, config.max_tokens),
        collate_packed,
        lambda row: row.num_tokens,
    )


def _num_tokens(item: LabelledSequence | ScoredSequence) -> int:
    return len(item.tokens)


def new_classifier(
    pretrained: CausalModel,
    config: ClassifierFinetuningConfig,
    labels: tuple[str, ...],
    *,
    from_scratch: bool,
) -> SequenceClassifier:
    """A decoder like a base's, with its weights or without, and an untrained head."""
    seed = config.training.seed
    if isinstance(pretrained, HubLanguageModel):
        source = untrained(pretrained, seed) if from_scratch else pretrained
        decoder = hub_decoder(cast("HubLanguageModel", source), config.max_tokens)
        shape = decoder.shape
        return SequenceClassifier(shape, labels, config.pooling, decoder=decoder)
    # The classifier's context is what it is trained on; prediction keeps to it.
    shape = pretrained.shape.model_copy(
        update={"max_position_embeddings": config.max_tokens}
    )
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(seed, "weights"))
        model = SequenceClassifier(shape, labels, config.pooling)
    if not from_scratch:
        load_weights(model.model, weights_of(pretrained.model))
    return model
