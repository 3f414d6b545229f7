"""Small classifiers of images and sounds, trained for the features they learn.

Whoever judges generated images needs features that know what matters in such images;
a network that tells their classes apart has them, and needs no download.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import hash_bytes
from taojin.core.randomness import derive_seed, generator
from taojin.features.images import ImageForm, image_planes
from taojin.features.spectrograms import SpectrogramConfig, spectrogram_planes
from taojin.models.image_network import (
    ImageNetwork,
    ImageNetworkShape,
    load_image_network,
    save_image_network,
)
from taojin.training.batches import BucketedSequences
from taojin.training.checkpoints import CheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.loop import train
from taojin.training.metrics import MetricSink
from taojin.training.objectives import Loss, ParameterGroup


class ExtractorConfig(StageConfig):
    """How a network is trained whose features judge generated items."""

    training: TrainingConfig
    """Muon is for matrices and trains none here: all is of AdamW, at
    ``head_learning_rate``."""
    widths: tuple[int, ...] = Field(default=(16, 32, 64), min_length=1, max_length=8)
    """Channels after each convolution."""
    feature_size: int = Field(default=64, ge=2, le=4096)
    """How many features an item gets."""
    validation_fraction: float = Field(default=0.1, gt=0.0, lt=1.0)
    """Share of the items that is held out to choose the best weights."""


class PlaneBatch(NamedTuple):
    """Images or spectrograms, and their classes.

    Attributes:
        inputs: ``[items, channels, height, width]``.
        targets: Index of each class, ``[items]``.
    """

    inputs: Tensor
    targets: Tensor


@dataclass(frozen=True)
class TrainedExtractor:
    """A network and how it came about.

    Attributes:
        network: In evaluation mode.
        form: How its inputs are made.
        history: Rows of :func:`taojin.training.loop.train`.
    """

    network: ImageNetwork
    form: ImageForm | SpectrogramConfig
    history: list[dict[str, Any]]


class PlaneClassification:
    """Cross-entropy of the class of an image or a sound; the unit is an item."""

    name = "extractor"

    def __init__(self, model: ImageNetwork) -> None:
        self.model = model

    def loss(self, batch: PlaneBatch) -> Loss:
        """Sum of nats over the items, with the number of right answers."""
        logits = self.model(batch.inputs).float()
        total = functional.cross_entropy(logits, batch.targets, reduction="sum")
        num_right = int((logits.argmax(-1) == batch.targets).sum())
        return Loss(total, len(batch.targets), {"accuracy": float(num_right)})

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """Kernels and matrices decay, offsets and scales do not."""
        named = dict(self.model.named_parameters())
        kernels = tuple(name for name, weight in named.items() if weight.ndim > 1)
        rest = tuple(name for name in named if name not in kernels)
        rate = config.head_learning_rate
        return [
            ParameterGroup("kernels", "adamw", rate, config.weight_decay, kernels),
            ParameterGroup("rest", "adamw", rate, 0.0, rest),
        ]


def train_image_extractor(
    images: Sequence[NDArray[np.uint8]],
    labels: Sequence[str],
    form: ImageForm,
    config: ExtractorConfig,
    *,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> TrainedExtractor:
    """Train a classifier of images.

    Args:
        images: Real images, each ``[height, width, 1 or 3]``.
        labels: Class of each.
        form: What they are brought to.
        config: Settings.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Raises:
        DataError: If labels and images differ in number, or there is one class only.
    """
    planes = image_planes(images, form)
    return _train(planes, labels, form, config, store, sink)


def train_audio_extractor(
    recordings: Sequence[NDArray[np.floating]],
    labels: Sequence[str],
    form: SpectrogramConfig,
    config: ExtractorConfig,
    *,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> TrainedExtractor:
    """Train a classifier of recordings, over their log-mel spectrograms.

    Args:
        recordings: Real recordings, mono, at ``form.sample_rate``.
        labels: Class of each.
        form: How spectrograms are made.
        config: Settings.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Raises:
        DataError: If labels and recordings differ in number, or there is one class
            only.
    """
    planes = spectrogram_planes(recordings, form)
    return _train(planes, labels, form, config, store, sink)


def save_extractor(trained: TrainedExtractor, directory: str | Path) -> None:
    """Write a folder for the extractors of :mod:`taojin.evaluation.extractors`."""
    form = trained.form.model_dump(mode="json")
    save_image_network(trained.network, directory, form)


def save_untrained(directory: str | Path) -> None:
    """Write a folder that says that no network was trained, for want of classes."""
    with atomic_directory(directory) as folder:
        (folder / _UNTRAINED).write_text("{}\n", encoding="utf-8")


def is_untrained(directory: str | Path) -> bool:
    """Whether a folder is one of :func:`save_untrained`."""
    return (Path(directory) / _UNTRAINED).is_file()


def load_extractor(directory: str | Path) -> TrainedExtractor:
    """Load what :func:`save_extractor` wrote; without its history.

    Raises:
        CorruptArtifactError: If the folder holds no network, or was altered.
    """
    loaded = load_image_network(directory)
    is_image = set(loaded.form) == set(ImageForm.model_fields)
    form = ImageForm if is_image else SpectrogramConfig
    return TrainedExtractor(loaded.network, form.model_validate(loaded.form), [])


@torch.no_grad()
def predict_labels(trained: TrainedExtractor, items: Sequence[Any]) -> list[str]:
    """The class of each item, as the network finds it.

    Args:
        trained: The network.
        items: Images or recordings.
    """
    form = trained.form
    names = trained.network.shape.labels
    found: list[str] = []
    for start in range(0, len(items), _ITEMS_AT_ONCE):
        some = items[start : start + _ITEMS_AT_ONCE]
        planes = (
            image_planes(some, form)
            if isinstance(form, ImageForm)
            else spectrogram_planes(some, form)
        )
        logits = trained.network(torch.from_numpy(planes))
        found += [names[place] for place in logits.argmax(-1).tolist()]
    return found


def accuracy(
    trained: TrainedExtractor, items: Sequence[Any], labels: Sequence[str]
) -> float:
    """Share of items whose class the network finds.

    Args:
        trained: The network.
        items: Images or recordings, none of which it was trained on.
        labels: Class of each.
    """
    found = predict_labels(trained, items)
    return sum(map(str.__eq__, found, map(str, labels))) / len(items)


def _train(
    planes: NDArray[np.float32],
    labels: Sequence[str],
    form: ImageForm | SpectrogramConfig,
    config: ExtractorConfig,
    store: CheckpointStore | None,
    sink: MetricSink | None,
) -> TrainedExtractor:
    names = tuple(sorted(set(labels)))
    _require_classes(len(planes), len(labels), names)
    targets = [names.index(label) for label in labels]
    order = generator(config.training.seed, "validation items").permutation(len(planes))
    num_held_out = max(1, int(len(planes) * config.validation_fraction))
    held_out, kept = order[:num_held_out].tolist(), order[num_held_out:].tolist()
    network = _new_network(planes, names, config)
    size = config.training.batch_size // config.training.num_accumulations

    def collate(places: Sequence[int]) -> PlaneBatch:
        chosen = list(places)
        wanted = torch.tensor([targets[place] for place in chosen])
        return PlaneBatch(torch.from_numpy(planes[chosen]), wanted)

    history = train(
        PlaneClassification(network),
        BucketedSequences(kept, [1] * len(kept), collate, size, config.training.seed),
        config.training,
        validation=[
            collate(held_out[start : start + size])
            for start in range(0, num_held_out, size)
        ],
        store=store,
        sink=sink,
        fingerprint={
            "items": hash_bytes(planes.tobytes()),
            "targets": targets,
            "shape": network.shape.model_dump(mode="json"),
            "form": form.model_dump(mode="json"),
            "validation_fraction": config.validation_fraction,
        },
    )
    return TrainedExtractor(network, form, history)


def _new_network(
    planes: NDArray[np.float32], names: tuple[str, ...], config: ExtractorConfig
) -> ImageNetwork:
    num_channels, height, width = planes.shape[1:]
    shape = ImageNetworkShape(
        num_channels=num_channels,
        height=height,
        width=width,
        widths=config.widths,
        feature_size=config.feature_size,
        labels=names,
        input_mean=float(planes.mean(dtype=np.float64)),
        input_deviation=max(1e-6, float(planes.std(dtype=np.float64))),
    )
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(config.training.seed, "weights"))
        return ImageNetwork(shape)


def _require_classes(num_items: int, num_labels: int, names: tuple[str, ...]) -> None:
    if num_items != num_labels:
        message = f"there are {num_items} items and {num_labels} labels; give one each"
        raise DataError(message)
    if len(names) < _MIN_CLASSES:
        message = (
            f"the labels name the classes {list(names)}, and a classifier needs at "
            f"least {_MIN_CLASSES}; label the items, or use an extractor that needs no "
            "training"
        )
        raise DataError(message)


_MIN_CLASSES = 2
_ITEMS_AT_ONCE = 256
_UNTRAINED = "untrained.json"
