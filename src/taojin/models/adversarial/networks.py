"""Generators and discriminators by their shape, and as folders."""

import json
from pathlib import Path
from typing import Any, NoReturn

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from taojin.core.errors import CorruptArtifactError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import hash_file
from taojin.models.adversarial.residual import (
    ResidualDiscriminator,
    ResidualGenerator,
)
from taojin.models.adversarial.shapes import AdversarialShape
from taojin.models.adversarial.strided import StridedDiscriminator, StridedGenerator
from taojin.models.tensor_files import write_tensors

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
GENERATOR = "image_generator"
DISCRIMINATOR = "image_discriminator"

Generator = ResidualGenerator | StridedGenerator
Discriminator = ResidualDiscriminator | StridedDiscriminator


def new_generator(shape: AdversarialShape) -> Generator:
    """Build a generator; its weights are drawn from torch's state."""
    network = ResidualGenerator if shape.backbone == "residual" else StridedGenerator
    return network(shape)


def new_discriminator(shape: AdversarialShape) -> Discriminator:
    """Build a discriminator; its weights are drawn from torch's state."""
    residual = shape.backbone == "residual"
    network = ResidualDiscriminator if residual else StridedDiscriminator
    return network(shape)


def save_generator(generator: Generator, directory: str | Path) -> None:
    """Write a generator as a folder, whole or not at all; replaced if it exists."""
    _save(generator, generator.shape, GENERATOR, Path(directory))


def save_discriminator(discriminator: Discriminator, directory: str | Path) -> None:
    """Write a discriminator as a folder, whole or not at all; replaced if it exists."""
    _save(discriminator, discriminator.shape, DISCRIMINATOR, Path(directory))


def load_generator(directory: str | Path) -> Generator:
    """Load what :func:`save_generator` wrote, in evaluation mode.

    Raises:
        CorruptArtifactError: If a file is missing, was altered, or is of something
            else.
    """
    folder = Path(directory)
    shape, tensors = _load(folder, GENERATOR)
    with torch.random.fork_rng():  # initial weights draw numbers
        network = new_generator(shape)
    return _filled(network, tensors, folder)


def load_discriminator(directory: str | Path) -> Discriminator:
    """Load what :func:`save_discriminator` wrote, in evaluation mode.

    Raises:
        CorruptArtifactError: If a file is missing, was altered, or is of something
            else.
    """
    folder = Path(directory)
    shape, tensors = _load(folder, DISCRIMINATOR)
    with torch.random.fork_rng():
        network = new_discriminator(shape)
    return _filled(network, tensors, folder)


def _save(network: nn.Module, shape: AdversarialShape, kind: str, folder: Path) -> None:
    with atomic_directory(folder) as root:
        tensors = {  # batch norm keeps numbers that are no weights
            name: tensor.detach().to("cpu").contiguous()
            for name, tensor in network.state_dict().items()
        }
        write_tensors(tensors, root / WEIGHTS)
        content = {
            "kind": kind,
            "shape": shape.model_dump(mode="json"),
            "weights": hash_file(root / WEIGHTS),
        }
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        (root / CONFIG).write_text(text, encoding="utf-8")


def _load(folder: Path, kind: str) -> tuple[AdversarialShape, dict[str, Tensor]]:
    try:
        content: Any = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if content["kind"] != kind:
            _refuse(folder, f"it holds {content['kind']!r:.60}, and {kind} is needed")
        if content["weights"] != hash_file(folder / WEIGHTS):
            _refuse(folder, f"{WEIGHTS} was altered since it was written")
        return AdversarialShape(**content["shape"]), load_file(folder / WEIGHTS)
    except (
        *(OSError, ValueError, KeyError, TypeError),
        *(ValidationError, SafetensorError),
    ) as error:
        _refuse(folder, error)


def _filled(network: Any, tensors: dict[str, Tensor], folder: Path) -> Any:
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        _refuse(folder, error)
    return network.eval()


def _refuse(folder: Path, problem: object) -> NoReturn:
    message = f"{folder} is not usable: {problem!s:.300}; train the images' GAN again"
    raise CorruptArtifactError(message)
