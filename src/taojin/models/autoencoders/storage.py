"""Autoencoders as folders: ``config.json`` and ``model.safetensors``."""

import json
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file

from taojin.core.errors import CorruptArtifactError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import hash_file
from taojin.models.autoencoders.network import Autoencoder
from taojin.models.autoencoders.shape import AutoencoderShape
from taojin.models.storage import load_weights, weights_of
from taojin.models.tensor_files import write_tensors

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
KIND = "autoencoder"


class LoadedAutoencoder(NamedTuple):
    """An autoencoder from a folder.

    Attributes:
        model: In evaluation mode.
        facts: What was saved with it, such as how it was trained.
        identity: Hash of weights, shape and facts.
    """

    model: Autoencoder
    facts: dict[str, Any]
    identity: str


def save_autoencoder(
    model: Autoencoder, directory: str | Path, facts: dict[str, Any] | None = None
) -> None:
    """Write an autoencoder as a folder, whole or not at all.

    Args:
        model: The autoencoder.
        directory: The folder; replaced if it exists.
        facts: Plain values to keep with it.
    """
    with atomic_directory(directory) as folder:
        write_tensors(weights_of(model), folder / WEIGHTS)
        content = {
            "kind": KIND,
            "shape": model.shape.model_dump(mode="json"),
            "facts": facts or {},
            "weights": hash_file(folder / WEIGHTS),
        }
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        (folder / CONFIG).write_text(text, encoding="utf-8")


def load_autoencoder(directory: str | Path) -> LoadedAutoencoder:
    """Load what :func:`save_autoencoder` wrote.

    Raises:
        CorruptArtifactError: If a file is missing, was altered, or is of another kind
            of model.
    """
    folder = Path(directory)
    try:
        content: Any = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if content["kind"] != KIND:
            _refuse(folder, f"it holds {content['kind']!r}, not {KIND!r}")
        if content["weights"] != hash_file(folder / WEIGHTS):
            _refuse(folder, f"{WEIGHTS} was altered since it was written")
        with torch.random.fork_rng():  # initial weights draw numbers
            model = Autoencoder(AutoencoderShape(**content["shape"]))
        load_weights(model, load_file(folder / WEIGHTS))
        facts = dict(content["facts"])
    except (
        *(OSError, ValueError, KeyError, TypeError),
        *(ValidationError, SafetensorError),
    ) as error:
        _refuse(folder, error)
    return LoadedAutoencoder(model.eval(), facts, hash_file(folder / CONFIG))


def _refuse(folder: Path, problem: object) -> NoReturn:
    message = (
        f"{folder} is not a usable autoencoder: {problem!s:.300}; delete the folder and "
        "train the autoencoder again"
    )
    raise CorruptArtifactError(message)
