"""Training a generator of images from pixels and, where there are some, classes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from taojin.core.errors import DataError, TrainingError
from taojin.core.fingerprints import hash_bytes
from taojin.core.randomness import derive_seed
from taojin.features.augmentation.differentiable import (
    AdaptiveStrength,
    augment_for_discriminator,
)
from taojin.features.augmentation.images import ImageAugmentationConfig
from taojin.models.adversarial.networks import (
    Discriminator,
    Generator,
    new_discriminator,
    new_generator,
)
from taojin.models.adversarial.shapes import AdversarialShape
from taojin.training.adversarial.batches import ImageBatches
from taojin.training.adversarial.config import ImageGanConfig
from taojin.training.adversarial.game import Augment, ImageGame
from taojin.training.adversarial.watchdog import Watchdog, choose_watched
from taojin.training.batches import TurnTaking
from taojin.training.checkpoints import CheckpointStore
from taojin.training.loop import train
from taojin.training.metrics import MetricSink
from taojin.training.pictures import drawing

_NORM_BATCHES = 20
_NORM_IMAGES = 100
"""Images of a batch in which statistics of batch norm are measured."""


@dataclass(frozen=True)
class TrainedGan:
    """Both networks, and how they came about.

    Attributes:
        generator: In evaluation mode, with averaged weights if averages were kept.
        discriminator: Likewise.
        history: Rows of :func:`taojin.training.loop.train`.
        trips: Of the watchdog, see :class:`Watchdog`.
    """

    generator: Generator
    discriminator: Discriminator
    history: list[dict[str, Any]]
    trips: list[dict[str, Any]]


def train_image_gan(  # noqa: PLR0913 - data, and who is told of the training
    pixels: NDArray[np.uint8],
    targets: NDArray[np.int64] | None,
    labels: Sequence[str],
    config: ImageGanConfig,
    *,
    identity: str | None = None,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
    draw: Callable[[Generator], NDArray[np.uint8]] | None = None,
) -> TrainedGan:
    """Train a generator of images against a discriminator.

    Args:
        pixels: ``uint8 [items, channels, rows, columns]``, square, of 8, 16, 32, 64 or
            128 rows; perhaps mapped from a file.
        targets: Index into ``labels`` of each image ``[items]``; unread, and None if
            you like, where ``config.conditional`` is false.
        labels: Names of the classes.
        config: Settings.
        identity: Fingerprint of the images; computed from them if None.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step: ``train_generator_loss``,
            ``train_discriminator_loss``, ``train_gap`` and others of
            :class:`ImageGame`, ``watched_diversity`` and others of :class:`Watchdog`.
        draw: Gives a picture of the generator, for sinks that take pictures.

    Raises:
        DataError: If images have another size, or classes are missing.
        TrainingError: If the game is lost and the policy of bad steps ends it; the
            message has the watchdog's reason.
    """
    known = _checked_targets(pixels, targets, labels, config)
    shape = _shape_of(pixels, labels if known is not None else (), config)
    game = _new_game(pixels, known, shape, config, sink)
    training = config.training
    batches = ImageBatches(
        pixels,
        known,
        training.batch_size // training.num_accumulations,
        training.seed,
        training.num_accumulations,
    )
    fingerprint = {
        "images": identity or hash_bytes(np.ascontiguousarray(pixels).tobytes()),
        "targets": None if known is None else hash_bytes(known.tobytes()),
        "shape": shape.model_dump(mode="json"),
        "game": config.model_dump(mode="json", exclude={"training"}),
    }
    trips = game.watchdog.trips if game.watchdog is not None else []
    try:
        history = train(
            game.as_objective(),
            TurnTaking(batches, config.game.order, training.num_accumulations),
            training,
            store=store,
            sink=drawing(sink, draw, game.generator, training.num_steps),
            fingerprint=fingerprint,
        )
    except TrainingError as error:
        reason = f"; the watchdog: {trips[-1]['reason']}" if trips else ""
        message = f"the game of generator and discriminator was lost: {error}{reason}"
        raise TrainingError(message) from error
    _measure_norms(game.generator, known, training.seed)
    return TrainedGan(
        game.generator.eval(), game.discriminator.eval(), history, list(trips)
    )


def _new_game(
    pixels: NDArray[np.uint8],
    targets: NDArray[np.int64] | None,
    shape: AdversarialShape,
    config: ImageGanConfig,
    sink: MetricSink | None,
) -> ImageGame:
    seed = config.training.seed
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(seed, "weights"))
        players = new_generator(shape), new_discriminator(shape)
    changes = config.augmentation
    return ImageGame(
        *players,
        config.game,
        None if changes is None else _augment_by(changes),
        None if changes is None else AdaptiveStrength(config.strength),
        _new_watchdog(pixels, targets, shape, config, sink),
    )


def _augment_by(augmentation: ImageAugmentationConfig) -> Augment:
    def augment(images: Tensor, strength: Tensor) -> Tensor:
        return augment_for_discriminator(images, augmentation, strength)

    return augment


def _new_watchdog(
    pixels: NDArray[np.uint8],
    targets: NDArray[np.int64] | None,
    shape: AdversarialShape,
    config: ImageGanConfig,
    sink: MetricSink | None,
) -> Watchdog | None:
    watched, seed = config.watchdog, config.training.seed
    if watched is None:
        return None
    return Watchdog(
        choose_watched(pixels, targets, watched.num_images, seed),
        shape.latent_size,
        watched,
        every=config.training.snapshot_every,
        seed=seed,
        sink=sink,
    )


def _shape_of(
    pixels: NDArray[np.uint8], labels: Sequence[str], config: ImageGanConfig
) -> AdversarialShape:
    num_channels, height, width = pixels.shape[1:]
    if height != width or height not in _RESOLUTIONS or num_channels not in (1, 3):
        message = (
            f"images are of {height} x {width} pixels and {num_channels} channels; "
            f"squares of {', '.join(map(str, _RESOLUTIONS))} pixels and 1 or 3 channels "
            "are needed; set the form of the image tensors so"
        )
        raise DataError(message)
    return AdversarialShape(
        resolution=height,
        num_channels=num_channels,
        labels=tuple(labels),
        backbone=config.backbone,
        width=config.width,
        num_blocks=config.num_blocks,
        patch_size=config.patch_size,
        group_size=config.group_size,
        latent_size=config.latent_size,
    )


def _checked_targets(
    pixels: NDArray[np.uint8],
    targets: NDArray[np.int64] | None,
    labels: Sequence[str],
    config: ImageGanConfig,
) -> NDArray[np.int64] | None:
    if len(pixels) < _MIN_IMAGES:
        message = f"there are {len(pixels)} images; at least {_MIN_IMAGES} are needed"
        raise DataError(message)
    if not config.conditional:
        return None
    if targets is None or len(targets) != len(pixels):
        found = "no" if targets is None else str(len(targets))
        message = (
            f"there are {found} targets for {len(pixels)} images; give one each, or "
            "set conditional to false"
        )
        raise DataError(message)
    wrong = int(((targets < 0) | (targets >= len(labels))).sum())
    if wrong or len(labels) < _MIN_LABELS:
        message = (
            f"{wrong} of {len(targets)} images have none of the {len(labels)} labels; "
            f"label all with one of at least {_MIN_LABELS}, leave the others out, or "
            "set conditional to false"
        )
        raise DataError(message)
    return targets


@torch.no_grad()
def _measure_norms(
    generator: Generator, targets: NDArray[np.int64] | None, seed: int
) -> None:
    """Let batch norm know the statistics of the averaged weights, not of the last."""
    norms = [m for m in generator.modules() if isinstance(m, nn.BatchNorm2d)]
    if not norms:
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over the batches
    random = torch.Generator().manual_seed(derive_seed(seed, "norms"))
    size = (_NORM_IMAGES, generator.shape.latent_size)
    generator.train()
    for _ in range(_NORM_BATCHES):
        latents = torch.randn(size, generator=random)
        chosen = None
        if targets is not None:
            rows = torch.randint(len(targets), (_NORM_IMAGES,), generator=random)
            chosen = torch.from_numpy(targets)[rows]
        generator(latents, chosen)


_RESOLUTIONS = (8, 16, 32, 64, 128)
_MIN_IMAGES = 4
_MIN_LABELS = 2
