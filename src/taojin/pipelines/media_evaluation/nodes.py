"""Adapters from catalogue names to the judging of images and recordings."""

from pathlib import Path
from typing import Any

from taojin.core.errors import ConfigurationError
from taojin.core.fingerprints import hash_file, hash_tree
from taojin.evaluation.items.read import read_items
from taojin.evaluation.judging.media import folder_labels
from taojin.evaluation.judging.media_config import MediaJudgingConfig
from taojin.evaluation.judging.media_report import judge_media_sets
from taojin.features.images import ImageForm
from taojin.reporting.axes_page import AxesInputs, render_axes
from taojin.reporting.texts_media import media_texts
from taojin.training.checkpoints import CheckpointStore
from taojin.training.extractors import (
    ExtractorConfig,
    TrainedExtractor,
    is_untrained,
    save_extractor,
    save_untrained,
    train_audio_extractor,
    train_image_extractor,
)

Json = dict[str, Any]


def take_media_inventory(config: MediaJudgingConfig) -> Json:
    """Identify the folders, so that changes of them are seen.

    Raises:
        ConfigurationError: If one is not there.
    """
    named = {f"candidates.{name}": path for name, path in config.locations.items()}
    for name in ("reference", "other_reference", "training", "labelled"):
        if (path := getattr(config, name)) is not None:
            named[name] = path
    missing = {name: path for name, path in named.items() if not Path(path).exists()}
    if missing:
        message = (
            f"media_evaluation.judging names what is not there: {missing}; put the "
            "items there, or name another location"
        )
        raise ConfigurationError(message)
    return {name: _identity(Path(path)) for name, path in named.items()}


def train_media_extractor(
    inventory: Json,  # noqa: ARG001 - changed items are learned anew
    config: MediaJudgingConfig,
    extractor: ExtractorConfig,
    checkpoints: CheckpointStore,
    workspace: Path,
) -> Json:
    """Train a network on the labelled items; without them, say so in its folder.

    Returns:
        ``model``, a folder, and ``history`` of its training.
    """
    output = workspace / "media_extractor"
    if config.labelled is None:
        save_untrained(output)
        return {"model": output, "history": []}
    trained = _trained(config.labelled, config, extractor, checkpoints)
    save_extractor(trained, output)
    return {"model": output, "history": trained.history}


def judge_media_candidates(
    inventory: Json,  # noqa: ARG001 - changed items are judged anew
    extractor: Path,
    config: MediaJudgingConfig,
) -> Json:
    """Judge; see :func:`taojin.evaluation.judging.media_report.judge_media_sets`.

    Returns:
        ``report``, and ``samples`` to look at.
    """
    network = None if is_untrained(extractor) else extractor
    return judge_media_sets(config, network)._asdict()


def render_media_page(report: Json, samples: Json) -> str:
    """Draw the page; see :func:`taojin.reporting.axes_page.render_axes`."""
    inputs = AxesInputs(report, samples=samples)
    return render_axes(inputs, media_texts(report["modality"]))


def _identity(path: Path) -> str:
    return hash_file(path) if path.is_file() else hash_tree(path)


def _trained(
    location: str,
    config: MediaJudgingConfig,
    extractor: ExtractorConfig,
    checkpoints: CheckpointStore,
) -> TrainedExtractor:
    settings = config.items.model_copy(update={"max_items": None})
    labelled = read_items(location, settings)
    labels = folder_labels(labelled)
    if labelled.modality == "image":
        size = config.images
        form = ImageForm(
            height=size.height, width=size.width, num_channels=size.num_channels
        )
        return train_image_extractor(
            labelled.items, labels, form, extractor, store=checkpoints
        )
    return train_audio_extractor(
        labelled.items, labels, config.sounds, extractor, store=checkpoints
    )
