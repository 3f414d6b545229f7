"""Which optimiser trains which weights."""

from collections.abc import Iterator, Sequence

from torch import nn

from taojin.models.classifier import SequenceClassifier
from taojin.models.hub import HubLanguageModel
from taojin.models.hub_heads import HubDecoder
from taojin.training.config import TrainingConfig
from taojin.training.objectives.contracts import ParameterGroup


def finetuning_groups(
    model: nn.Module, config: TrainingConfig, adapter_learning_rate: float | None
) -> list[ParameterGroup]:
    """Divide the weights that are not frozen.

    Args:
        model: A decoder of ours or a network of Transformers, perhaps with adapters.
        config: Rates and decay.
        adapter_learning_rate: Peak rate of AdamW for adapters, or None where there
            are none. What else is not frozen then is a new head.
    """
    if adapter_learning_rate is not None:
        return _adapter_groups(model, config, adapter_learning_rate)
    if isinstance(model, HubLanguageModel):
        return _network_groups(model, model.lm_head, config)
    if isinstance(model, SequenceClassifier) and isinstance(model.model, HubDecoder):
        return _network_groups(model, model.score, config)
    return decoder_groups(model, config)


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
    ngrams = ParameterGroup(
        "ngrams", "row_adagrad", config.ngram_learning_rate, 0.0, tuple(tables)
    )
    return _by_kind(matrices, embeddings, rest, config, ngrams)


def _adapter_groups(
    model: nn.Module, config: TrainingConfig, rate: float
) -> list[ParameterGroup]:
    names = [name for name, weight in model.named_parameters() if weight.requires_grad]
    factors = tuple(name for name in names if ".lora_" in name)
    embeddings = tuple(sorted(set(_embedding_names(model)) & set(names)))
    rest = tuple(n for n in names if n not in {*factors, *embeddings})
    embedding_rate = config.embedding_learning_rate
    groups = [
        ParameterGroup("adapters", "adamw", rate, config.weight_decay, factors),
        ParameterGroup("embeddings", "adamw", embedding_rate, 0.0, embeddings),
        ParameterGroup("heads", "adamw", config.head_learning_rate, 0.0, rest),
    ]
    return [group for group in groups if group.names]


def _network_groups(
    model: nn.Module, head: nn.Module, config: TrainingConfig
) -> list[ParameterGroup]:
    """The same three groups as a decoder's, found by kind: names vary by family."""
    embeddings = set(_embedding_names(model))
    outputs = {id(weight) for weight in head.parameters()}
    matrices: list[str] = []
    rest: list[str] = []
    for name, weight in model.named_parameters():
        if name in embeddings:
            continue
        inside = weight.ndim > 1 and id(weight) not in outputs
        (matrices if inside else rest).append(name)
    return _by_kind(matrices, sorted(embeddings), rest, config)


def _by_kind(
    matrices: Sequence[str],
    embeddings: Sequence[str],
    rest: Sequence[str],
    config: TrainingConfig,
    *others: ParameterGroup,
) -> list[ParameterGroup]:
    """Groups of these weights, those without weights left out."""
    groups = [
        ParameterGroup(
            "matrices",
            config.optimiser,
            config.matrix_learning_rate,
            config.weight_decay,
            tuple(matrices),
        ),
        ParameterGroup(
            "embeddings",
            "adamw",
            config.embedding_learning_rate,
            0.0,
            tuple(embeddings),
        ),
        *others,
        ParameterGroup("heads", "adamw", config.head_learning_rate, 0.0, tuple(rest)),
    ]
    return [group for group in groups if group.names]


def _embedding_names(model: nn.Module) -> Iterator[str]:
    names = dict(model.named_parameters())
    for name, module in model.named_modules():
        if isinstance(module, nn.Embedding) and f"{name}.weight" in names:
            yield f"{name}.weight"
