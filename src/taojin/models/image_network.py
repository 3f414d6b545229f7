"""A small convolutional classifier; what it knows of an image serves as features."""

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import torch
from pydantic import Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from taojin.core.config import StageConfig
from taojin.core.errors import CorruptArtifactError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import hash_file
from taojin.models.storage import load_weights, weights_of
from taojin.models.tensor_files import write_tensors

WEIGHTS = "network.safetensors"
CONFIG = "network.json"

_GROUPS = 4


class ImageNetworkShape(StageConfig):
    """The numbers that a network is built from."""

    num_channels: int = Field(ge=1, le=64)
    """Of the input."""
    height: int = Field(ge=4, le=4096)
    """Of the input; other sizes are refused."""
    width: int = Field(ge=4, le=4096)
    """Of the input."""
    widths: tuple[int, ...] = Field(default=(16, 32, 64), min_length=1, max_length=8)
    """Channels after each convolution; each but the first halves the picture."""
    grid: int = Field(default=4, ge=1, le=64)
    """The last picture is averaged in so many rows and columns of cells: where
    something stands matters in a digit, and its pitch in a sound."""
    feature_size: int = Field(default=64, ge=2, le=4096)
    """Numbers that the last layer but one gives: the features."""
    labels: tuple[str, ...] = Field(min_length=2)
    """Names of the classes, in the order of the logits."""
    input_mean: float = 0.0
    """Taken off every input."""
    input_deviation: float = Field(default=1.0, gt=0.0)
    """Every input is divided by this."""


class ImageNetwork(nn.Module):
    """Convolutions, their means over cells of the picture, and two linear layers.

    Normalised a sample and not a batch (Wu and He 2018, arXiv:1803.08494): what is
    computed of an image depends on it alone.

    Attributes:
        shape: The numbers it was built from.
    """

    def __init__(self, shape: ImageNetworkShape) -> None:
        super().__init__()
        self.shape = shape
        sizes = (shape.num_channels, *shape.widths)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=1 if place == 0 else 2, padding=1)
            for place, (before, after) in enumerate(pairwise(sizes))
        )
        self.norms = nn.ModuleList(
            nn.GroupNorm(_GROUPS if size % _GROUPS == 0 else 1, size)
            for size in shape.widths
        )
        self.hidden = nn.Linear(shape.widths[-1] * shape.grid**2, shape.feature_size)
        self.head = nn.Linear(shape.feature_size, len(shape.labels))

    def features(self, images: Tensor) -> Tensor:
        """What the last layer but one gives, ``[images, feature_size]``.

        Args:
            images: ``[images, channels, height, width]`` of the shape.

        Raises:
            ValueError: If the images are of another size.
        """
        shape = self.shape
        wanted = (shape.num_channels, shape.height, shape.width)
        if images.shape[1:] != wanted:
            message = f"images of {tuple(images.shape[1:])} for a network of {wanted}"
            raise ValueError(message)
        states = (images - shape.input_mean) / shape.input_deviation
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            states = functional.relu(norm(convolution(states)))
        cells = functional.adaptive_avg_pool2d(states, shape.grid)
        return functional.relu(self.hidden(cells.flatten(1)))

    def forward(self, images: Tensor) -> Tensor:
        """Logits ``[images, classes]``; see :meth:`features`."""
        return self.head(self.features(images))


class LoadedNetwork(NamedTuple):
    """A network with what must be done to its inputs.

    Attributes:
        network: In evaluation mode.
        form: How inputs are made; the settings of an image or a spectrogram.
        identity: Hash of weights and settings.
    """

    network: ImageNetwork
    form: dict[str, Any]
    identity: str


def save_image_network(
    network: ImageNetwork, directory: str | Path, form: Mapping[str, Any]
) -> None:
    """Write a network as a folder, whole or not at all.

    Args:
        network: The network.
        directory: The folder; replaced if it exists.
        form: How its inputs are made, as plain values.
    """
    with atomic_directory(directory) as folder:
        write_tensors(weights_of(network), folder / WEIGHTS)
        content = {
            "shape": network.shape.model_dump(mode="json"),
            "form": dict(form),
            "weights": hash_file(folder / WEIGHTS),
        }
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        (folder / CONFIG).write_text(text, encoding="utf-8")


def load_image_network(directory: str | Path) -> LoadedNetwork:
    """Load what :func:`save_image_network` wrote.

    Raises:
        CorruptArtifactError: If a file is missing, was altered, or is of no network.
    """
    folder = Path(directory)
    try:
        content: Any = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        found = hash_file(folder / WEIGHTS)
        if content["weights"] != found:
            _refuse(folder, f"{WEIGHTS} was altered since it was written")
        with torch.random.fork_rng():  # initial weights draw numbers
            network = ImageNetwork(ImageNetworkShape(**content["shape"]))
        load_weights(network, load_file(folder / WEIGHTS))
        form = dict(content["form"])
    except (
        *(OSError, ValueError, KeyError, TypeError),
        *(ValidationError, SafetensorError),
    ) as error:
        _refuse(folder, error)
    return LoadedNetwork(network.eval(), form, hash_file(folder / CONFIG))


def _refuse(folder: Path, problem: object) -> NoReturn:
    message = (
        f"{folder} is not a usable network: {problem!s:.300}; train the extractor again"
    )
    raise CorruptArtifactError(message)
