"""Adapters from catalogue names to a generator of sounds that takes a class."""

from pathlib import Path
from typing import Any

import numpy as np

from taojin.features.clip_tensors import ClipTensors
from taojin.models.codecs.audio_generator import load_codec, save_audio_generator
from taojin.training.audio_generation.config import AudioGenerationConfig
from taojin.training.audio_generation.train import train_audio_generator
from taojin.training.checkpoints import CheckpointStore
from taojin.training.metrics import MetricSink


def finetune_audio_generator(
    tensors: ClipTensors,
    codec: Path,
    config: AudioGenerationConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> dict[str, Any]:
    """Train a language model over codes, on clips with a label.

    See :func:`taojin.training.audio_generation.train.train_audio_generator`.

    Returns:
        ``model``, a folder, and ``history``.
    """
    clips = tensors.take("train")
    rows = np.flatnonzero(clips.targets >= 0)
    labels = [clips.labels[target] for target in clips.targets[rows]]
    speakers = None
    if len(clips.speakers) and (clips.speaker_targets[rows] >= 0).all():
        speakers = [clips.speakers[target] for target in clips.speaker_targets[rows]]
    known = clips.clips()
    trained = train_audio_generator(
        load_codec(codec),
        [known[row] for row in rows],
        labels,
        speakers,
        config,
        store=checkpoints,
        sink=metrics,
    )
    output = workspace / "audio_generator_model"
    save_audio_generator(trained.generator, output)
    return {"model": output, "history": trained.history}
