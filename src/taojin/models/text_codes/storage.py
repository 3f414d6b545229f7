"""Networks of sentence codes as folders, weights with a hash that is checked."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn

from taojin.core.errors import CorruptArtifactError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import hash_file
from taojin.models.storage import load_tokenizer, load_weights, weights_of
from taojin.models.tensor_files import write_tensors
from taojin.models.text_codes.autoencoder import TextAutoencoder
from taojin.models.text_codes.perceptrons import CodeDiscriminator, CodeGenerator
from taojin.models.text_codes.shapes import PerceptronShape, TextCodeShape

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"

_AUTOENCODER, _PLAYERS = "text autoencoder", "generator and discriminator of codes"


@dataclass(frozen=True)
class TextCodec:
    """What turns sentences into codes and codes into sentences.

    Attributes:
        model: In evaluation mode.
        tokenizer: Of its vocabulary.
    """

    model: TextAutoencoder
    tokenizer: Tokenizer


@dataclass(frozen=True)
class CodePlayers:
    """What makes codes, and what judged them in training.

    Attributes:
        generator: In evaluation mode.
        discriminator: In evaluation mode.
    """

    generator: CodeGenerator
    discriminator: CodeDiscriminator


def new_players(shape: PerceptronShape) -> CodePlayers:
    """Perceptrons with fresh weights, drawn from torch's global generator."""
    return CodePlayers(CodeGenerator(shape), CodeDiscriminator(shape))


def save_text_codec(codec: TextCodec, directory: str | Path) -> None:
    """Write an autoencoder of sentences and its vocabulary, whole or not at all.

    Args:
        codec: What is written.
        directory: The folder; replaced if it exists.
    """
    with atomic_directory(directory) as folder:
        content = codec.tokenizer.to_str()
        (folder / TOKENIZER).write_text(content, encoding="utf-8")
        _write(folder, _AUTOENCODER, codec.model.shape.model_dump(), codec.model)


def load_text_codec(directory: str | Path) -> TextCodec:
    """Load what :func:`save_text_codec` wrote.

    Raises:
        CorruptArtifactError: If a file is missing, was altered, or is of another kind
            of model.
    """
    folder = Path(directory)
    content = _verified(folder, _AUTOENCODER, (WEIGHTS, TOKENIZER))
    try:
        with torch.random.fork_rng():  # initial weights draw numbers
            model = TextAutoencoder(TextCodeShape(**content["shape"]))
        load_weights(model, load_file(folder / WEIGHTS))
    except _LOAD_ERRORS as error:
        _refuse(folder, error)
    return TextCodec(model.eval(), load_tokenizer(folder))


def save_code_players(players: CodePlayers, directory: str | Path) -> None:
    """Write generator and discriminator of codes, whole or not at all.

    Args:
        players: What is written.
        directory: The folder; replaced if it exists.
    """
    with atomic_directory(directory) as folder:
        shape = players.generator.shape.model_dump()
        _write(folder, _PLAYERS, shape, _joined(players))


def load_code_players(directory: str | Path) -> CodePlayers:
    """Load what :func:`save_code_players` wrote.

    Raises:
        CorruptArtifactError: If a file is missing, was altered, or is of another kind
            of model.
    """
    folder = Path(directory)
    content = _verified(folder, _PLAYERS, (WEIGHTS,))
    try:
        with torch.random.fork_rng():  # initial weights draw numbers
            players = new_players(PerceptronShape(**content["shape"]))
        load_weights(_joined(players).eval(), load_file(folder / WEIGHTS))
    except _LOAD_ERRORS as error:
        _refuse(folder, error)
    return players


def _joined(players: CodePlayers) -> nn.ModuleDict:
    return nn.ModuleDict(
        {"generator": players.generator, "discriminator": players.discriminator}
    )


def _write(folder: Path, kind: str, shape: dict[str, Any], model: nn.Module) -> None:
    write_tensors(weights_of(model), folder / WEIGHTS)
    files = {path.name: hash_file(path) for path in sorted(folder.iterdir())}
    content = {"kind": kind, "shape": shape, "files": files}
    text = json.dumps(content, indent=2) + "\n"
    (folder / CONFIG).write_text(text, encoding="utf-8")


def _verified(folder: Path, kind: str, names: tuple[str, ...]) -> dict[str, Any]:
    try:
        content: Any = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        found = {name: hash_file(folder / name) for name in names}
        if content["kind"] != kind:
            _refuse(folder, f"it holds a {content['kind']!r}, not a {kind}")
        altered = [name for name in names if content["files"][name] != found[name]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        _refuse(folder, error)
    if altered:
        _refuse(folder, f"{', '.join(altered)} altered since it was written")
    return content


def _refuse(folder: Path, problem: object) -> NoReturn:
    message = (
        f"{folder} is not a usable model of sentence codes: {problem!s:.300}; delete the "
        "folder and train the model again"
    )
    raise CorruptArtifactError(message)


_LOAD_ERRORS = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    ValidationError,
    SafetensorError,
)
