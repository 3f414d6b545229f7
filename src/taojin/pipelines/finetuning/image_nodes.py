"""Adapters from catalogue names to generators of images that take a class."""

from pathlib import Path
from typing import Any

from taojin.features.image_tensors import ImageTensors
from taojin.generation.pictures import draw_generated
from taojin.models.adversarial.networks import save_generator
from taojin.training.adversarial.config import ImageGanConfig
from taojin.training.adversarial.image_gan import train_image_gan
from taojin.training.checkpoints import CheckpointStore
from taojin.training.metrics import MetricSink


def train_image_class_gan(
    tensors: ImageTensors,
    config: ImageGanConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> dict[str, Any]:
    """Train a generator of a class on demand; see :func:`train_image_gan`.

    Returns:
        ``model``, a folder, ``history``, and ``trips`` of the watchdog.
    """
    images = tensors.take("train")
    trained = train_image_gan(
        images.pixels,
        images.targets,
        images.labels,
        config,
        identity=images.fingerprint,
        store=checkpoints,
        sink=metrics,
        draw=draw_generated,
    )
    output = workspace / "image_class_gan_model"
    save_generator(trained.generator, output)
    return {"model": output, "history": trained.history, "trips": trained.trips}
