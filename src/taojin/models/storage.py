"""Models as folders that Transformers also reads."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from taojin.core.errors import CorruptArtifactError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import hash_file
from taojin.models.classifier import (
    HeadTask,
    Pooling,
    Scaling,
    SequenceClassifier,
)
from taojin.models.config import (
    ARCHITECTURE,
    LAST_POOLING_ARCHITECTURE,
    MEAN_POOLING_ARCHITECTURE,
    NGRAM_ARCHITECTURE,
    DecoderShape,
)
from taojin.models.encoding import END_OF_DOCUMENT, end_of_document
from taojin.models.language_model import LanguageModel
from taojin.models.tensor_files import write_tensors

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"
GENERATION_CONFIG = "generation_config.json"
MANIFEST = "manifest.json"

_ARCHITECTURES: dict[Pooling, str] = {
    "mean": MEAN_POOLING_ARCHITECTURE,
    "last": LAST_POOLING_ARCHITECTURE,
}
HEAD = "taojin_head"
PROBLEM_TYPES: dict[HeadTask, str] = {
    "multi_label": "multi_label_classification",
    "regression": "regression",
    "pairwise": "regression",  # a number a text; the larger one is better
}
_POOLINGS: dict[str, Pooling] = {
    name: pooling for pooling, name in _ARCHITECTURES.items()
}

Model = TypeVar("Model", bound=nn.Module)


def save_model(
    model: LanguageModel | SequenceClassifier,
    directory: str | Path,
    tokenizer_json: str,
    chat_template: str | None = None,
) -> None:
    """Write a model and its tokenizer as one folder, whole or not at all.

    Besides what Transformers reads (``AutoModelForCausalLM``, ``AutoTokenizer``;
    for a classifier that pools the last token
    ``AutoModelForSequenceClassification``; nothing for a model with embeddings of
    n-grams) the folder holds the hash of every file,
    checked when it is loaded here.

    Args:
        model: The model; saved in its own precision.
        directory: The folder; replaced if it exists.
        tokenizer_json: What ``tokenizers.Tokenizer.to_str`` returns.
        chat_template: Of the model's conversations, see
            :func:`taojin.models.chat.chat_template`.

    Raises:
        CorruptArtifactError: If ``tokenizer_json`` is not one of a tokenizer.
        ConfigurationError: If its vocabulary lacks the end-of-document token.
    """
    edge = end_of_document(_parse_tokenizer(tokenizer_json, TOKENIZER))
    tokenizer_config = _tokenizer_config(model.shape)
    if chat_template is not None:
        tokenizer_config["chat_template"] = chat_template
    with atomic_directory(directory) as folder:
        write_tensors(weights_of(model), folder / WEIGHTS)
        (folder / TOKENIZER).write_text(tokenizer_json, encoding="utf-8")
        _write_json(folder / CONFIG, _model_config(model, edge))
        _write_json(folder / TOKENIZER_CONFIG, tokenizer_config)
        if isinstance(model, LanguageModel):
            _write_json(folder / GENERATION_CONFIG, _special_tokens(edge))
        hashes = {path.name: hash_file(path) for path in sorted(folder.iterdir())}
        _write_json(folder / MANIFEST, {"files": hashes})


def load_language_model(directory: str | Path) -> LanguageModel:
    """Load what :func:`save_model` wrote, in evaluation mode.

    Raises:
        CorruptArtifactError: If a file is missing, was altered, or is not of a
            language model.
    """
    folder = Path(directory)
    content = _verified_config(folder, (ARCHITECTURE, NGRAM_ARCHITECTURE))
    return _restore(LanguageModel(_shape(folder, content)), folder)


def load_classifier(directory: str | Path) -> SequenceClassifier:
    """Load what :func:`save_model` wrote, in evaluation mode.

    Raises:
        CorruptArtifactError: If a file is missing, was altered, or is not of a
            classifier.
    """
    folder = Path(directory)
    content = _verified_config(folder, tuple(_POOLINGS))
    names: Mapping[str, str] = content.get("id2label", {})
    labels = tuple(names[str(index)] for index in range(len(names)))
    pooling = _POOLINGS[content["architectures"][0]]
    shape = _shape(folder, content)
    head: Mapping[str, Any] = content.get(HEAD, {})
    scaling = head.get("scaling")
    model = SequenceClassifier(
        shape,
        labels,
        pooling,
        head.get("task", "single_label"),
        Scaling(*map(tuple, scaling)) if scaling else None,
    )
    return _restore(model, folder)


def load_tokenizer(directory: str | Path) -> Tokenizer:
    """Load the tokenizer of a saved model.

    A text that spells out the end-of-document token is encoded as its characters.

    Raises:
        CorruptArtifactError: If its file is missing or damaged.
    """
    path = Path(directory) / TOKENIZER
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorruptArtifactError(_message(path, error)) from error
    return _parse_tokenizer(content, path)


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """Every distinct weight on the CPU, under its name; shared ones once."""
    return {
        name: parameter.detach().to("cpu").contiguous()
        for name, parameter in model.named_parameters()
    }


def load_weights(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy weights into a model of the same shape.

    Raises:
        ValueError: If names or shapes differ; the message lists up to five.
    """
    own = dict(model.named_parameters())
    wrong = sorted(own.keys() ^ weights.keys()) + sorted(
        f"{name} {tuple(weights[name].shape)} for {tuple(own[name].shape)}"
        for name in own.keys() & weights.keys()
        if weights[name].shape != own[name].shape
    )
    if wrong:
        message = f"{len(wrong)} weights do not fit the model: {wrong[:5]}"
        raise ValueError(message)
    with torch.no_grad():
        for name, parameter in own.items():
            parameter.copy_(weights[name])


def _restore(model: Model, folder: Path) -> Model:
    try:
        load_weights(model, load_file(folder / WEIGHTS))
    except (SafetensorError, OSError, ValueError) as error:
        raise CorruptArtifactError(_message(folder / WEIGHTS, error)) from error
    return model.eval()


def _parse_tokenizer(content: str, place: str | Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_str(content)
    except Exception as error:  # the library raises no narrower class
        raise CorruptArtifactError(_message(place, error)) from error
    tokenizer.encode_special_tokens = True
    return tokenizer


def _shape(folder: Path, content: dict[str, Any]) -> DecoderShape:
    try:
        return DecoderShape.from_transformers(content)
    except ValueError as error:
        raise CorruptArtifactError(_message(folder / CONFIG, error)) from error


def _verified_config(folder: Path, known: tuple[str, ...]) -> dict[str, Any]:
    try:
        manifest: Any = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        hashes: dict[str, str] = manifest["files"]
        altered = [
            name for name, value in hashes.items() if hash_file(folder / name) != value
        ]
        content: Any = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptArtifactError(_message(folder, error)) from error
    if altered:
        problem = f"altered since it was written: {altered[:5]}"
        raise CorruptArtifactError(_message(folder, problem))
    found = content.get("architectures")
    if found not in [[architecture] for architecture in known]:
        problem = f"it holds {found}, and {' or '.join(known)} is needed"
        raise CorruptArtifactError(_message(folder, problem))
    return content


def _model_config(
    model: LanguageModel | SequenceClassifier, edge: int
) -> dict[str, Any]:
    content = model.shape.to_config() | _special_tokens(edge)
    if isinstance(model, LanguageModel):
        return content
    return content | {
        "architectures": [_ARCHITECTURES[model.pooling]],
        "num_labels": len(model.labels),
        "id2label": {str(index): name for index, name in enumerate(model.labels)},
        "label2id": {name: index for index, name in enumerate(model.labels)},
        **_head_config(model),
    }


def _head_config(model: SequenceClassifier) -> dict[str, Any]:
    """What Transformers knows of the task, and what it has no word for."""
    if model.task == "single_label":  # what Transformers takes it for anyway
        return {}
    return {
        "problem_type": PROBLEM_TYPES[model.task],
        HEAD: {"task": model.task, "scaling": model.scaling},
    }


def _tokenizer_config(shape: DecoderShape) -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": shape.max_position_embeddings,
        "bos_token": END_OF_DOCUMENT,
        "eos_token": END_OF_DOCUMENT,
        "pad_token": END_OF_DOCUMENT,
        "clean_up_tokenization_spaces": False,
    }


def _special_tokens(edge: int) -> dict[str, Any]:
    names = ("bos_token_id", "eos_token_id", "pad_token_id")
    return dict.fromkeys(names, edge)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _message(path: str | Path, problem: object) -> str:
    return (
        f"{path} is not a usable model: {str(problem)[:300]}; delete the folder and "
        "run the stage that trains the model again"
    )
