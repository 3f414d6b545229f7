"""Models on disk: one safetensors file each, with everything needed to read it."""

import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from taojin.core.errors import CorruptArtifactError
from taojin.core.files import atomic_file
from taojin.curation.learned.linear import LinearTextModel
from taojin.curation.learned.ngram_model import NgramModel

LINEAR, NGRAM = "taojin.linear_text_model", "taojin.ngram_model"
_MODELS = "models"
_ENTRY = "model"
_NUM_BYTES = 256
_LONGEST_ORDER = 8
"""Bytes that a key of 64 bits holds."""


def save_linear_model(model: LinearTextModel, path: str | Path) -> None:
    """Write a classifier atomically."""
    facts = {
        "kind": model.kind,
        "bits": model.bits,
        "scale": model.scale,
        "smoothing": model.smoothing,
        "labels": list(model.labels),
        "max_bytes": model.max_bytes,
        "note": model.note,
    }
    _save({"weights": model.weights, "bias": model.bias}, LINEAR, facts, path)


def load_linear_model(path: str | Path) -> LinearTextModel:
    """Read a classifier.

    Raises:
        CorruptArtifactError: If the file is missing, damaged or something else.
    """
    arrays, facts = _load(path, LINEAR)
    facts["labels"] = tuple(facts["labels"])
    try:
        model = LinearTextModel(**arrays, **facts)
    except TypeError as error:
        raise _damaged(path, error) from error
    expected = (1 << model.bits, len(model.bias))
    if model.weights.dtype != np.int8 or model.weights.shape != expected:
        raise _damaged(path, f"weights of shape {model.weights.shape}, not {expected}")
    return model


def save_ngram_model(model: NgramModel, path: str | Path) -> None:
    """Write an n-gram model atomically."""
    arrays = {
        "slots": model.slots,
        "byte_costs": model.byte_costs,
        "byte_escapes": model.byte_escapes,
    }
    _save(arrays, NGRAM, {"order": model.order, "note": model.note}, path)


def load_ngram_model(path: str | Path) -> NgramModel:
    """Read an n-gram model.

    Raises:
        CorruptArtifactError: If the file is missing, damaged or something else.
    """
    arrays, facts = _load(path, NGRAM)
    try:
        model = NgramModel(**arrays, **facts)
    except TypeError as error:
        raise _damaged(path, error) from error
    size = len(model.slots)
    if model.slots.dtype != np.uint32 or size & (size - 1) or not size:
        raise _damaged(path, f"a table of {size} slots")
    sizes = {len(model.byte_costs), len(model.byte_escapes)}
    if sizes != {_NUM_BYTES} or not 2 <= model.order <= _LONGEST_ORDER:
        raise _damaged(path, f"order {model.order} and costs of {sizes} bytes")
    return model


@cache
def load_shipped_model(name: str) -> LinearTextModel:
    """Read a model that is shipped with the package, once a process."""
    return load_linear_model(shipped_path(name))


def shipped_path(name: str) -> Path:
    """Where a shipped model lies: ``language``, ``quality``, ``toxicity_en``..."""
    return Path(
        str(
            resources.files("taojin.curation.learned") / _MODELS / f"{name}.safetensors"
        )
    )


def _save(
    arrays: dict[str, Any], form: str, facts: dict[str, Any], path: str | Path
) -> None:
    # One entry: several would be written in an order that changes from run to run.
    metadata = {_ENTRY: json.dumps({"form": form, "facts": facts}, sort_keys=True)}
    with atomic_file(path) as partial:
        save_file(arrays, partial, metadata)


def _load(path: str | Path, form: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        with safe_open(path, framework="numpy") as stored:
            found = json.loads((stored.metadata() or {}).get(_ENTRY, "{}"))
            arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError, ValueError) as error:
        raise _damaged(path, error) from error
    if found.get("form") != form:
        raise _damaged(path, f"form {found.get('form')!r}, needed is {form!r}")
    return arrays, found["facts"]


def _damaged(path: str | Path, found: object) -> CorruptArtifactError:
    message = f"{path} is no readable model: {found}; train it again, or name another"
    return CorruptArtifactError(message)
