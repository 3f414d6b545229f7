"""Language models that Transformers saved, as models of our own where they fit."""

import json
from pathlib import Path
from typing import Any, TypeVar

from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.models.classifier import Scaling, SequenceClassifier
from taojin.models.config import (
    ARCHITECTURE,
    LAST_POOLING_ARCHITECTURE,
    DecoderShape,
)
from taojin.models.encoding import SequenceEdges
from taojin.models.language_model import LanguageModel
from taojin.models.storage import (
    CONFIG,
    HEAD,
    TOKENIZER,
    TOKENIZER_CONFIG,
    WEIGHTS,
    load_tokenizer,
    load_weights,
)

Model = TypeVar("Model", LanguageModel, SequenceClassifier)

INDEX = "model.safetensors.index.json"
"""Names the files of weights that are spread over several."""

_OUTPUT = "lm_head.weight"
_SPECIAL_TOKENS = "special_tokens_map.json"
_FIXED: dict[str, Any] = {
    "hidden_act": "silu",
    "attention_bias": False,
    "use_sliding_window": False,
    "quantization_config": None,
}
"""Settings that our decoder has no choice of; also what Transformers defaults to."""


def is_importable(directory: str | Path, architecture: str = ARCHITECTURE) -> bool:
    """Whether our decoder can be what a folder holds, by its config."""
    try:
        content = _read_json(Path(directory) / CONFIG)
        DecoderShape.from_transformers(content)
    except (CorruptArtifactError, ValueError):
        return False
    return not _misfits(content, architecture)


def is_importable_classifier(directory: str | Path) -> bool:
    """Whether :func:`import_classifier` would take a folder, by its config."""
    folder = Path(directory)
    return is_importable(folder, LAST_POOLING_ARCHITECTURE) and HEAD in _read_json(
        folder / CONFIG
    )


def import_tokenizer(
    directory: str | Path,
) -> tuple[Tokenizer, SequenceEdges] | None:
    """Read a tokenizer and its edges from files, without Transformers.

    A text that spells out a special token is encoded as its characters.

    Returns:
        None if the folder has no ``tokenizer.json``, or does not name the token that
        ends a text; Transformers may know then what the model's family has.

    Raises:
        CorruptArtifactError: If a file is damaged.
    """
    folder = Path(directory)
    if not (folder / TOKENIZER).exists():
        return None
    tokenizer = load_tokenizer(folder)
    named: dict[str, Any] = {}
    for name in (_SPECIAL_TOKENS, TOKENIZER_CONFIG):
        if (folder / name).exists():
            named |= _read_json(folder / name)
    end = _token_id(tokenizer, named.get("eos_token"))
    start = _token_id(tokenizer, named.get("bos_token"))
    if end is None:
        return None
    return tokenizer, SequenceEdges(end if start is None else start, end)


def import_language_model(directory: str | Path) -> LanguageModel:
    """Load what ``save_pretrained`` of a ``Qwen3ForCausalLM`` wrote.

    Args:
        directory: With ``config.json`` and safetensors, in one file or several; in
            any precision.

    Returns:
        The same function in fp32, in evaluation mode.

    Raises:
        ConfigurationError: If it is of another architecture, or has a setting that
            our decoder cannot express.
        CorruptArtifactError: If a file is missing or damaged.
    """
    folder = Path(directory)
    shape, weights = _shape_and_weights(folder, ARCHITECTURE)
    if shape.tie_word_embeddings:
        weights.pop(_OUTPUT, None)
    return _filled(LanguageModel(shape), weights, folder)


def import_classifier(directory: str | Path) -> SequenceClassifier:
    """Load a classifier of this project on a decoder that came from Transformers.

    Raises:
        ConfigurationError: If it is of another architecture, or has a setting that
            our decoder cannot express.
        CorruptArtifactError: If a file is missing or damaged.
    """
    folder = Path(directory)
    shape, weights = _shape_and_weights(folder, LAST_POOLING_ARCHITECTURE)
    content = _read_json(folder / CONFIG)
    try:
        names: dict[str, str] = content["id2label"]
        head: dict[str, Any] = content[HEAD]
        model = SequenceClassifier(
            shape.model_copy(update={"max_position_embeddings": head["max_tokens"]}),
            tuple(names[str(index)] for index in range(len(names))),
            head["pooling"],
            head["task"],
            Scaling(*map(tuple, head["scaling"])) if head["scaling"] else None,
        )
    except (KeyError, TypeError) as error:
        raise CorruptArtifactError(_message(folder, error)) from error
    return _filled(model, weights, folder)


def _shape_and_weights(
    folder: Path, architecture: str
) -> tuple[DecoderShape, dict[str, Tensor]]:
    content = _read_json(folder / CONFIG)
    if misfits := _misfits(content, architecture):
        message = (
            f"{folder} does not fit our decoder: {'; '.join(misfits[:5])}; use it "
            "through Transformers instead"
        )
        raise ConfigurationError(message)
    try:
        return DecoderShape.from_transformers(content), _read_weights(folder)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CorruptArtifactError(_message(folder, error)) from error


def _filled(model: Model, weights: dict[str, Tensor], folder: Path) -> Model:
    try:
        load_weights(model, weights)
    except ValueError as error:
        raise CorruptArtifactError(_message(folder, error)) from error
    return model.eval()


def _token_id(tokenizer: Tokenizer, named: Any) -> int | None:
    """The id of a token that is named by its text, or by a mapping that holds it."""
    text = named.get("content") if isinstance(named, dict) else named
    return tokenizer.token_to_id(text) if isinstance(text, str) else None


def _misfits(content: dict[str, Any], architecture: str) -> list[str]:
    """What of a ``config.json`` our decoder cannot express; bounded by its parts."""
    found = content.get("architectures")
    if found != [architecture]:
        return [f"architectures is {str(found)[:100]}, and {architecture} is needed"]
    misfits = [
        f"{name} is {str(content[name])[:100]}, and {wanted!r} is needed"
        for name, wanted in _FIXED.items()
        if content.get(name, wanted) != wanted
    ]
    rope = content.get("rope_parameters") or content.get("rope_scaling") or {}
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind != "default":
        misfits.append(f"rope_type is {str(kind)[:100]}, and 'default' is needed")
    return misfits


def _read_weights(folder: Path) -> dict[str, Tensor]:
    if not (folder / INDEX).exists():
        return load_file(folder / WEIGHTS)
    places: dict[str, str] = _read_json(folder / INDEX)["weight_map"]
    weights: dict[str, Tensor] = {}
    for name in sorted(set(places.values())):
        weights |= load_file(folder / name)
    return weights


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorruptArtifactError(_message(path, error)) from error
    if not isinstance(content, dict):
        raise CorruptArtifactError(_message(path, "it holds no JSON object"))
    return content


def _message(path: Path, problem: object) -> str:
    return (
        f"{path} is not a usable model: {str(problem)[:300]}; give a folder that "
        "save_pretrained wrote, whole"
    )
