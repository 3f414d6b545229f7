"""Adapters from catalogue names to the judging of generated images."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.evaluation.items.read import read_items
from taojin.evaluation.judging.media import folder_labels
from taojin.evaluation.judging.media_config import MediaJudgingConfig
from taojin.evaluation.judging.media_report import judge_media_sets
from taojin.evaluation.usability.following import FollowingConfig, attribute_following
from taojin.evaluation.usability.students import LabelledItems
from taojin.features.image_tensors import NO_TARGET, ImageTensors
from taojin.generation.image_sets import IMAGES
from taojin.media.pictures import write_image_set
from taojin.models.autoencoders.importance import importance_log_likelihood
from taojin.models.autoencoders.pixels import binarise
from taojin.models.autoencoders.storage import load_autoencoder
from taojin.reporting.axes_page import AxesInputs, render_axes
from taojin.reporting.texts_media import media_texts
from taojin.training import extractors
from taojin.training.checkpoints import CheckpointStore
from taojin.training.extractors import ExtractorConfig

Json = dict[str, Any]

_TRAIN, _HELD_OUT = "train", "test"
_MIN_CLASSES = 2


def train_image_extractor(
    tensors: ImageTensors,
    config: ExtractorConfig,
    checkpoints: CheckpointStore,
    workspace: Path,
) -> Json:
    """Train a network whose features judge images; without classes, say so.

    Returns:
        ``model``, a folder, and ``history`` of its training.
    """
    output = workspace / "image_extractor_model"
    images, labels = _labelled(tensors.take(_TRAIN))
    if len(set(labels)) < _MIN_CLASSES:
        extractors.save_untrained(output)
        return {"model": output, "history": []}
    trained = extractors.train_image_extractor(
        images, labels, tensors.form, config, store=checkpoints
    )
    extractors.save_extractor(trained, output)
    return {"model": output, "history": trained.history}


def judge_images(  # noqa: PLR0913, PLR0917 - one argument a catalogue entry
    tensors: ImageTensors,
    extractor: Path,
    autoencoder: Path,
    vae: Path,
    gan: Path,
    class_gan: Path,
    config: Json,
    workspace: Path,
) -> Json:
    """Judge what every generator made; see :func:`judge_media_sets`.

    Args:
        tensors: Held-out images are the reference, those of train what copies are of.
        extractor: From :func:`train_image_extractor`.
        autoencoder: Folder of images drawn from the autoencoder; the others alike.
        vae: Of the variational autoencoder.
        gan: Of the generator without classes.
        class_gan: Of the generator with classes.
        config: Settings of ``MediaJudgingConfig`` but for the folders.
        workspace: Where the real images are put as files.

    Returns:
        ``report``, and ``samples`` to look at.
    """
    real = workspace / "real_images"
    for split in (_TRAIN, _HELD_OUT):
        pixels = tensors.take(split).pixels
        write_image_set(real / split, pixels.transpose(0, 2, 3, 1))
    made = {
        "autoencoder": autoencoder,
        "vae": vae,
        "gan": gan,
        "class_gan": class_gan,
    }
    judging = MediaJudgingConfig.model_validate(
        {
            **config,
            "candidates": {
                name: {"location": str(folder / IMAGES)}
                for name, folder in made.items()
            },
            "reference": str(real / _HELD_OUT),
            "training": str(real / _TRAIN),
        }
    )
    is_trained = not extractors.is_untrained(extractor)
    found = judge_media_sets(judging, extractor if is_trained else None)
    if is_trained:
        scores = _following(tensors, extractor, class_gan / IMAGES)
        found.report["following"] = scores
    return found._asdict()


def measure_image_likelihood(
    tensors: ImageTensors, model: Path, num_samples: int
) -> Json:
    """Find nats of held-out images; see :func:`importance_log_likelihood`.

    Images are drawn black and white first where the decoder is a Bernoulli one.
    """
    loaded = load_autoencoder(model).model
    pixels = np.asarray(tensors.take(_HELD_OUT).pixels)
    is_binary = loaded.shape.likelihood.name == "bernoulli"
    if is_binary:
        pixels = binarise(pixels, seed=0)
    found = importance_log_likelihood(loaded, pixels, num_samples)
    return {
        "nats_an_image": found.estimate.model_dump(),
        "num_samples": num_samples,
        "num_images": len(pixels),
        "pixels": "drawn black and white" if is_binary else "as they are",
    }


def render_image_page(report: Json, samples: Json) -> str:
    """Draw the page; see :func:`taojin.reporting.axes_page.render_axes`."""
    return render_axes(AxesInputs(report, samples=samples), media_texts("image"))


def _following(tensors: ImageTensors, extractor: Path, made: Path) -> list[Json]:
    """How often the generator with classes makes the class that was asked for."""
    trained = extractors.load_extractor(extractor)
    items = read_items(made)
    images, labels = _labelled(tensors.take(_HELD_OUT))
    scores = attribute_following(
        items.items,
        folder_labels(items),
        lambda some: extractors.predict_labels(trained, some),
        LabelledItems(images, labels),
        FollowingConfig(),
    )
    return [score.model_dump(mode="json") for score in scores]


def _labelled(tensors: ImageTensors) -> tuple[list[NDArray[np.uint8]], list[str]]:
    """Images ``[height, width, channels]`` that have a class, and their classes."""
    known = np.flatnonzero(tensors.targets != NO_TARGET)
    pixels = np.asarray(tensors.pixels)[known].transpose(0, 2, 3, 1)
    return list(pixels), [tensors.labels[target] for target in tensors.targets[known]]
