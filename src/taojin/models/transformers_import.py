"""Language models that Transformers saved, as models of our own where they fit."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.models.config import ARCHITECTURE, DecoderShape
from taojin.models.language_model import LanguageModel
from taojin.models.storage import CONFIG, WEIGHTS, load_weights

INDEX = "model.safetensors.index.json"
"""Names the files of weights that are spread over several."""

_OUTPUT = "lm_head.weight"
_FIXED: dict[str, Any] = {
    "hidden_act": "silu",
    "attention_bias": False,
    "use_sliding_window": False,
}
"""Settings that our decoder has no choice of; also what Transformers defaults to."""


def is_importable(directory: str | Path) -> bool:
    """Whether :func:`import_language_model` would take a folder, by its config."""
    try:
        return not _misfits(_read_json(Path(directory) / CONFIG))
    except CorruptArtifactError:
        return False


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
    content = _read_json(folder / CONFIG)
    if misfits := _misfits(content):
        message = (
            f"{folder} does not fit our decoder: {'; '.join(misfits[:5])}; use it "
            "through Transformers instead"
        )
        raise ConfigurationError(message)
    try:
        shape = DecoderShape.from_transformers(content)
        weights = _read_weights(folder)
        if shape.tie_word_embeddings:
            weights.pop(_OUTPUT, None)
        model = LanguageModel(shape)
        load_weights(model, weights)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CorruptArtifactError(_message(folder, error)) from error
    return model.eval()


def _misfits(content: dict[str, Any]) -> list[str]:
    """What of a ``config.json`` our decoder cannot express; bounded by its parts."""
    found = content.get("architectures")
    if found != [ARCHITECTURE]:
        return [f"architectures is {str(found)[:100]}, and {ARCHITECTURE} is needed"]
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
