"""Low-rank changes of a frozen model (Hu et al. 2021, arXiv:2106.09685).

The layers are those of the library PEFT, in our own decoder as in any network of
Transformers, and what is written to disk loads there. Beside PEFT's two files stands
what the base was: a change of a matrix means nothing to another one, and an embedding
that has grown since shifts what every token means. Tokens that training added are saved
with the changes, each with its rows, so that they return to the base as it was.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import torch
from pydantic import Field
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from taojin.core.config import StageConfig
from taojin.core.errors import (
    CheckpointMismatchError,
    ConfigurationError,
    CorruptArtifactError,
)
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.randomness import derive_seed
from taojin.models.bases import CausalModel
from taojin.models.hub import HubLanguageModel
from taojin.models.tensor_files import write_tensors
from taojin.models.vocabulary import grow_vocabulary, vocabulary_layers

ADAPTER_WEIGHTS = "adapter_model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"
BASE_IDENTITY = "base.json"

_NAME = "default"
_NEW_ROWS = "token_adapter.trainable_tokens_delta"
"""How PEFT calls the rows of tokens that are trained beside the changes."""
_PREFIX = "base_model.model."
"""What PEFT puts before every name."""


class AdapterConfig(StageConfig):
    """Size and place of the changes."""

    rank: int = Field(default=8, ge=1, le=1024)
    """Columns of the first factor of each change: what an adapter can express."""
    alpha: float = Field(default=16.0, gt=0.0, le=8192.0)
    """The change is multiplied by ``alpha / rank``."""
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of an adapter's input that is zeroed in training."""
    target_modules: tuple[str, ...] | None = None
    """Last parts of the names of the linear layers that are changed; null takes every
    one but the output layer."""
    train_embeddings: bool = False
    """Train the embeddings of all tokens, too, and keep them whole beside the changes;
    for a base that has seen little text like the task's."""


def add_adapters(
    model: nn.Module,
    config: AdapterConfig,
    seed: int = 0,
    new_tokens: Mapping[str, int] | None = None,
) -> None:
    """Freeze all weights and put a change, zero at first, beside chosen layers.

    Args:
        model: Changed in place.
        config: Size and place.
        seed: Of the first factors; the second ones are zero.
        new_tokens: Ids of tokens whose rows are trained, too, because nothing has
            trained them yet; of a language model.

    Raises:
        ConfigurationError: If the extra ``transformers`` is not installed,
            ``target_modules`` names a layer that the model lacks, or
            ``train_embeddings`` is set and the embeddings cannot be trained alone.
    """
    peft = _peft()
    network = _network(model)
    settings = _peft_config(network, config)
    embedding = _embedding(network, new_tokens) if config.train_embeddings else None
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(seed, "adapters"))
        peft.inject_adapter_in_model(settings, network, _NAME)
    if embedding is not None:
        embedding.weight.requires_grad = True
    if new_tokens:
        _train_rows(model, sorted(new_tokens.values()))


def merge_adapters(model: nn.Module) -> None:
    """Add every change into its layer and take the adapters away, in place."""
    network = _network(model)
    for name, layer in list(_adapted_layers(network)):
        own = _merged(layer)
        parent, _, last = name.rpartition(".")
        setattr(network.get_submodule(parent), last, own)
    for parameter in network.parameters():
        parameter.requires_grad = True


def save_adapters(
    model: nn.Module,
    directory: str | Path,
    config: AdapterConfig,
    base: str | Path,
    new_tokens: Mapping[str, int] | None = None,
) -> None:
    """Write the changes alone, in PEFT's format, with what their base was.

    Args:
        model: With adapters.
        directory: The folder; replaced if it exists.
        config: What :func:`add_adapters` was given.
        base: Folder of the base.
        new_tokens: What :func:`add_adapters` was given.
    """
    network = _network(model)
    settings = _peft_config(network, config).to_dict()
    if new_tokens:
        places = sorted(new_tokens.values())
        names = [name.rpartition(".")[2] for name in _row_layers(network)]
        settings["trainable_token_indices"] = dict.fromkeys(names, places)
    if config.train_embeddings:
        settings["modules_to_save"] = [_embedding_name(network).rpartition(".")[2]]
    settings |= {"base_model_name_or_path": str(base), "inference_mode": True}
    with atomic_directory(directory) as folder:
        write_tensors(_changes(network), folder / ADAPTER_WEIGHTS)
        _write_json(folder / ADAPTER_CONFIG, settings)
        hashes = {name: hash_file(folder / name) for name in _FILES}
        identity = {
            "base": base_identity(base),
            "new_tokens": dict(new_tokens or {}),
            "files": hashes,
        }
        _write_json(folder / BASE_IDENTITY, identity)


def load_adapters(
    model: CausalModel, directory: str | Path, base: str | Path
) -> dict[str, int]:
    """Put saved changes beside the layers of the base they were trained with.

    Args:
        model: The base, freshly loaded; changed in place.
        directory: What :func:`save_adapters` wrote.
        base: Folder from which the model was loaded.

    Returns:
        Ids of the tokens that they bring; the model has their rows now. The tokenizer
        gets them from :func:`taojin.models.vocabulary.longer_tokenizer`.

    Raises:
        CheckpointMismatchError: If the base is another one, or its vocabulary has
            changed; the message says what differs.
        CorruptArtifactError: If a file is missing or was altered.
        ConfigurationError: If the extra ``transformers`` is not installed.
    """
    folder = Path(directory)
    identity, settings, tensors = _read(folder)
    _require_same_base(folder, identity["base"], base_identity(base))
    config = AdapterConfig(
        rank=settings["r"],
        alpha=settings["lora_alpha"],
        dropout=settings["lora_dropout"],
        target_modules=tuple(sorted(settings["target_modules"])),
        train_embeddings=settings.get("modules_to_save") is not None,
    )
    new_tokens: dict[str, int] = identity.get("new_tokens", {})
    if new_tokens:
        grow_vocabulary(model, new_tokens, num_old=min(new_tokens.values()))
    add_adapters(model, config, new_tokens=new_tokens)
    own = _changes(_network(model))
    if own.keys() != tensors.keys():
        odd = sorted(own.keys() ^ tensors.keys())[:5]
        raise CorruptArtifactError(_message(folder, f"its weights do not fit: {odd}"))
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(tensors[name])
    return new_tokens


def base_identity(directory: str | Path) -> dict[str, Any]:
    """What an adapter must find again: weights, tokenizer, size of the vocabulary."""
    folder = Path(directory)
    weights = [(path.name, hash_file(path)) for path in folder.glob("*.safetensors")]
    content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    identity = {
        "embedding_rows": content.get("vocab_size"),
        "weights": fingerprint_of(sorted(weights)),
    }
    tokenizer = folder / "tokenizer.json"
    if tokenizer.exists():
        size = Tokenizer.from_file(str(tokenizer)).get_vocab_size()
        identity |= {"vocab_size": size, "tokenizer": hash_file(tokenizer)}
    return identity


def _require_same_base(
    folder: Path, found: dict[str, Any], needed: dict[str, Any]
) -> None:
    listed = [
        f"{name} was {found.get(name)} and is now {needed.get(name)}"
        for name in sorted({*found, *needed})
        if found.get(name) != needed.get(name)
    ]
    if listed:
        message = (
            f"adapter {folder} was trained with another base: {'; '.join(listed)}; "
            "give the base it was trained with, or merge the adapter into that one "
            "before adding tokens"
        )
        raise CheckpointMismatchError(message)


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Tensor]]:
    try:
        identity = json.loads((folder / BASE_IDENTITY).read_text(encoding="utf-8"))
        altered = [
            name
            for name, value in identity["files"].items()
            if hash_file(folder / name) != value
        ]
        settings = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
        tensors = load_file(folder / ADAPTER_WEIGHTS)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise CorruptArtifactError(_message(folder, error)) from error
    if altered:
        problem = f"altered since it was written: {altered}"
        raise CorruptArtifactError(_message(folder, problem))
    return identity, settings, tensors


def _network(model: nn.Module) -> nn.Module:
    """The module whose names Transformers knows."""
    return model.network if isinstance(model, HubLanguageModel) else model


def _adapted_layers(network: nn.Module) -> Iterator[tuple[str, Any]]:
    yield from _row_layers(network).items()
    for name, layer in network.named_modules():
        if hasattr(layer, "lora_A") and hasattr(layer, "get_base_layer"):
            yield name, layer


def _row_layers(network: nn.Module) -> dict[str, Any]:
    """Layers some rows of which are trained, the embedding before the output."""
    return {
        name: layer
        for name, layer in network.named_modules()
        if hasattr(layer, "token_adapter")
    }


def _train_rows(model: nn.Module, places: list[int]) -> None:
    """Let the rows of some tokens be trained; a matrix that is shared stays so."""
    from peft.utils.other import TrainableTokensWrapper

    network = _network(model)
    first: dict[int, Any] = {}
    for name, layer in vocabulary_layers(cast("CausalModel", model)).items():
        shared = first.get(id(layer.weight))
        wrapper = TrainableTokensWrapper(
            layer,
            _NAME,
            token_indices=places,
            tied_adapter=None if shared is None else shared.token_adapter,
        )
        first.setdefault(id(layer.weight), wrapper)
        wrapper.set_adapter(_NAME)
        parent, _, last = name.rpartition(".")
        setattr(network.get_submodule(parent), last, wrapper)


def _merged(layer: Any) -> nn.Module:
    """The layer below an adapter, with the change in it."""
    adapter = getattr(layer, "token_adapter", layer)
    adapter.merge()
    return adapter.get_base_layer()


def _changes(network: nn.Module) -> dict[str, Tensor]:
    return {
        _PREFIX
        + name.replace(f".{_NAME}.", ".").removesuffix(f".{_NAME}"): parameter.detach()
        for name, parameter in network.named_parameters()
        if ".lora_" in name
        or _NEW_ROWS in name
        or (parameter.requires_grad and name == f"{_embedding_name(network)}.weight")
    }


def _embedding_name(network: nn.Module) -> str:
    """Of the table of tokens, in every family the first embedding there is."""
    return next(
        name
        for name, layer in network.named_modules()
        if isinstance(layer, nn.Embedding)
    )


def _embedding(
    network: nn.Module, new_tokens: Mapping[str, int] | None
) -> nn.Embedding:
    name = _embedding_name(network)
    layer = cast("nn.Embedding", network.get_submodule(name))
    # Named twice only if it is shared.
    named = network.named_parameters(remove_duplicate=False)
    if new_tokens or sum(weight is layer.weight for _, weight in named) > 1:
        problem = (
            f"tokens are added ({sorted(new_tokens)[:3]})"
            if new_tokens
            else f"the output layer shares {name}"
        )
        message = (
            f"train_embeddings is set, and {problem}; set it to false, or train all "
            "weights with `adapter: null`"
        )
        raise ConfigurationError(message)
    return layer


def _peft_config(network: nn.Module, config: AdapterConfig) -> Any:
    layers = _linear_layers(network)
    wanted = config.target_modules or tuple(layers)
    unknown = sorted(set(wanted) - layers.keys())
    if unknown:
        message = (
            f"target_modules names {unknown}, and the model's linear layers are "
            f"{sorted(layers)}; choose among them"
        )
        raise ConfigurationError(message)
    return _peft().LoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        target_modules=sorted(wanted),
        # GPT-2 keeps its matrices the other way round.
        fan_in_fan_out=any(layers[name] == "Conv1D" for name in wanted),
        bias="none",
    )


def _linear_layers(network: nn.Module) -> dict[str, str]:
    """Last names of the linear layers inside the blocks, and their kinds.

    A block is one of several alike in a list; what stands outside is an embedding or
    an output layer.
    """
    found: dict[str, str] = {}
    for name, layer in network.named_modules():
        inside = any(part.isdigit() for part in name.split("."))
        kind = type(_base_layer(layer)).__name__
        adapter = ".lora_" in name or name.endswith(".base_layer")
        if inside and not adapter and kind in ("Linear", "Conv1D"):
            found[name.rpartition(".")[2]] = kind
    return found


def _base_layer(layer: Any) -> nn.Module:
    return layer.get_base_layer() if hasattr(layer, "get_base_layer") else layer


def _peft() -> Any:
    try:
        import peft
    except ImportError as error:
        message = (
            "low-rank adapters need the extra `transformers`: "
            "pip install 'taojin[transformers]'"
        )
        raise ConfigurationError(message) from error
    return peft


def _write_json(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=2, sort_keys=True, default=sorted)
    path.write_text(text + "\n", encoding="utf-8")


def _message(folder: Path, problem: object) -> str:
    return (
        f"{folder} is not a usable adapter: {str(problem)[:300]}; delete the folder "
        "and finetune again"
    )


_FILES = (ADAPTER_WEIGHTS, ADAPTER_CONFIG)
