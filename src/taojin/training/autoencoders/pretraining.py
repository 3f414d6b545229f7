"""From pixels to a trained autoencoder."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from taojin.core.errors import DataError
from taojin.core.fingerprints import fingerprint_of, hash_bytes
from taojin.core.randomness import derive_seed
from taojin.models.autoencoders.network import Autoencoder
from taojin.models.autoencoders.pixels import binarise
from taojin.models.autoencoders.shape import AutoencoderShape
from taojin.models.storage import load_weights, weights_of
from taojin.training.autoencoders.batches import ImageBatches, held_out_batches
from taojin.training.autoencoders.config import AutoencoderConfig
from taojin.training.checkpoints import CheckpointStore
from taojin.training.loop import train
from taojin.training.metrics import MetricSink
from taojin.training.objectives.autoencoding import Autoencoding
from taojin.training.pictures import drawing

_IMAGE_AXES = 4
_IMAGES_AT_ONCE = 4096


@dataclass(frozen=True)
class TrainedAutoencoder:
    """An autoencoder and how it came about.

    Attributes:
        model: In evaluation mode.
        history: Rows of :func:`taojin.training.loop.train`.
    """

    model: Autoencoder
    history: list[dict[str, Any]]


def pretrain_autoencoder(
    pixels: NDArray[np.uint8],
    config: AutoencoderConfig,
    *,
    validation: NDArray[np.uint8] | None = None,
    initial: Autoencoder | None = None,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
    draw: Callable[[Autoencoder], NDArray[np.uint8]] | None = None,
) -> TrainedAutoencoder:
    """Train an autoencoder of images, without labels.

    Args:
        pixels: ``[images, channels, height, width]``, at least one.
        config: Settings.
        validation: Held-out images, of the same size; without them nothing is
            validated.
        initial: Weights to begin with, of the same shape, such as those of a
            variational training before one for the importance bound; not changed.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step, among them ``train_rate`` and the others of
            :class:`Autoencoding`.
        draw: Gives a picture of the model, for sinks that take pictures.

    Raises:
        DataError: If arrays are not images, sizes differ, or ``initial`` has another
            shape.
        EmptyStageError: If there is no image.
        TrainingError: If losses are not finite.
    """
    _require_images(pixels, validation)
    variational = config.objective.objective != "autoencoder"
    shape = config.network.shape(*pixels.shape[1:], variational=variational)
    model = new_autoencoder(shape, seed=_seed(config))
    _begin_with(model, initial)
    drawn = _prepared(pixels, config, "training")
    held_out = None if validation is None else _prepared(validation, config, "held out")
    training = config.training
    size = training.batch_size // training.num_accumulations
    stochastic = config.binarisation == "stochastic"
    history = train(
        Autoencoding(
            model, config.objective, training.num_steps * training.num_accumulations
        ),
        ImageBatches(drawn, size, training.seed, stochastic=stochastic),
        training,
        validation=[]
        if held_out is None
        else held_out_batches(held_out, size, training.validation_batches),
        store=store,
        sink=drawing(sink, draw, model, training.num_steps),
        fingerprint={
            "pixels": _hash_of(pixels),
            "validation": None if validation is None else _hash_of(validation),
            "shape": model.shape.model_dump(mode="json"),
            "objective": config.objective.model_dump(mode="json"),
            "binarisation": config.binarisation,
            "initial": None if initial is None else _weights_hash(initial),
        },
    )
    return TrainedAutoencoder(model.eval(), history)


def new_autoencoder(shape: AutoencoderShape, seed: int) -> Autoencoder:
    """An autoencoder with fresh weights, the same for the same shape and seed."""
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(seed, "weights"))
        return Autoencoder(shape)


def _seed(config: AutoencoderConfig) -> int:
    return config.training.seed


def _prepared(
    pixels: NDArray[np.uint8], config: AutoencoderConfig, name: str
) -> NDArray[np.uint8]:
    """Pixels as batches are made of them."""
    held_out = name != "training"
    drawn_once = config.binarisation == "static" or (
        config.binarisation == "stochastic" and held_out
    )
    if not drawn_once:
        return pixels
    return binarise(pixels, derive_seed(_seed(config), "binarisation", name))


def _begin_with(model: Autoencoder, initial: Autoencoder | None) -> None:
    if initial is None:
        return
    try:
        load_weights(model, weights_of(initial))
    except ValueError as error:
        message = (
            f"the autoencoder to begin with does not fit the settings: {error}; give "
            "both the same network"
        )
        raise DataError(message) from error


def _require_images(
    pixels: NDArray[np.uint8], validation: NDArray[np.uint8] | None
) -> None:
    for name, array in (("pixels", pixels), ("validation", validation)):
        if array is None:
            continue
        if array.ndim != _IMAGE_AXES or array.dtype != np.uint8:
            message = (
                f"{name} are {array.dtype} of shape {array.shape}; give uint8 "
                "[images, channels, height, width]"
            )
            raise DataError(message)
        if array.shape[1:] != pixels.shape[1:]:
            message = (
                f"{name} are images of {array.shape[1:]}, and those to train on of "
                f"{pixels.shape[1:]}; bring both to one size"
            )
            raise DataError(message)


def _hash_of(pixels: NDArray[np.uint8]) -> str:
    """Of some images at a time: they may be mapped from a file, and many."""
    return fingerprint_of(
        list(pixels.shape),
        [
            hash_bytes(pixels[start : start + _IMAGES_AT_ONCE].tobytes())
            for start in range(0, len(pixels), _IMAGES_AT_ONCE)
        ],
    )


def _weights_hash(model: Autoencoder) -> str:
    weights = weights_of(model)
    content = b"".join(weights[name].numpy().tobytes() for name in sorted(weights))
    return hash_bytes(content)
