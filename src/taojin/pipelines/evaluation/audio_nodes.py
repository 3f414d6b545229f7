"""Adapters from catalogue names to the judging of generated sounds."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.core.files import atomic_directory
from taojin.evaluation.items.config import ItemsConfig
from taojin.evaluation.items.read import read_items
from taojin.evaluation.judging.media_config import MediaJudgingConfig
from taojin.evaluation.judging.media_report import judge_media_sets
from taojin.evaluation.usability.following import FollowingConfig, attribute_following
from taojin.evaluation.usability.students import LabelledItems
from taojin.features.clip_tensors import ClipTensors
from taojin.features.spectrograms import SpectrogramConfig
from taojin.generation.audio.files import write_wave
from taojin.generation.audio.sets import CLIPS, asked_labels
from taojin.reporting.axes_page import AxesInputs, render_axes
from taojin.reporting.texts_media import media_texts
from taojin.training import extractors
from taojin.training.checkpoints import CheckpointStore
from taojin.training.extractors import ExtractorConfig

Json = dict[str, Any]

_TRAIN, _HELD_OUT = "train", "test"
_MIN_CLASSES = 2


def train_audio_extractor(
    tensors: ClipTensors,
    config: ExtractorConfig,
    sounds: SpectrogramConfig,
    checkpoints: CheckpointStore,
    workspace: Path,
) -> Json:
    """Train a network whose features judge sounds; without classes, say so.

    Returns:
        ``model``, a folder, and ``history`` of its training.
    """
    output = workspace / "audio_extractor_model"
    clips, labels = _labelled(tensors.take(_TRAIN))
    if len(set(labels)) < _MIN_CLASSES:
        extractors.save_untrained(output)
        return {"model": output, "history": []}
    trained = extractors.train_audio_extractor(
        clips, labels, sounds, config, store=checkpoints
    )
    extractors.save_extractor(trained, output)
    return {"model": output, "history": trained.history}


def judge_audio(
    tensors: ClipTensors,
    extractor: Path,
    samples: Path,
    sounds: SpectrogramConfig,
    config: Json,
    workspace: Path,
) -> Json:
    """Judge what the generator made; see :func:`judge_media_sets`.

    Args:
        tensors: Held-out clips are the reference, those of train what copies are of.
        extractor: From :func:`train_audio_extractor`.
        samples: Folder of generated clips.
        sounds: How spectrograms are made.
        config: Settings of ``MediaJudgingConfig`` but for folders, rates and sounds.
        workspace: Where the real clips are put as files.

    Returns:
        ``report``, and ``samples`` to look at and to listen to.
    """
    rate = tensors.sample_rate
    real = workspace / "real_clips"
    for split in (_TRAIN, _HELD_OUT):
        with atomic_directory(real / split) as folder:
            for place, clip in enumerate(tensors.take(split).clips()):
                write_wave(folder / f"{place:06d}.wav", clip, rate)
    judging = MediaJudgingConfig.model_validate(
        {
            **config,
            "candidates": {"generator": {"location": str(samples / CLIPS)}},
            "reference": str(real / _HELD_OUT),
            "training": str(real / _TRAIN),
            "items": {"modality": "audio", "sample_rate": rate},
            "recordings": {"sample_rate": rate},
            "sounds": sounds,
        }
    )
    is_trained = not extractors.is_untrained(extractor)
    found = judge_media_sets(judging, extractor if is_trained else None)
    if is_trained:
        found.report["following"] = _following(tensors, extractor, samples)
    return found._asdict()


def render_audio_page(report: Json, samples: Json) -> str:
    """Draw the page; see :func:`taojin.reporting.axes_page.render_axes`."""
    return render_axes(AxesInputs(report, samples=samples), media_texts("audio"))


def _following(tensors: ClipTensors, extractor: Path, samples: Path) -> list[Json]:
    """How often the generator says what it was asked to say."""
    trained = extractors.load_extractor(extractor)
    settings = ItemsConfig(modality="audio", sample_rate=tensors.sample_rate)
    items = read_items(samples / CLIPS, settings)
    clips, labels = _labelled(tensors.take(_HELD_OUT))
    scores = attribute_following(
        items.items,
        asked_labels(samples),
        lambda some: extractors.predict_labels(trained, some),
        LabelledItems(clips, labels),
        FollowingConfig(),
    )
    return [score.model_dump(mode="json") for score in scores]


def _labelled(tensors: ClipTensors) -> tuple[list[NDArray[np.float32]], list[str]]:
    """Clips that have a class, and their classes."""
    known = np.flatnonzero(tensors.targets >= 0)
    clips = tensors.clips()
    labels = [tensors.labels[target] for target in tensors.targets[known]]
    return [clips[row] for row in known], labels
