"""Adapters from catalogue names to the training of a codec."""

from pathlib import Path
from typing import Any

from taojin.features.clip_tensors import ClipTensors
from taojin.models.codecs.audio_generator import save_codec
from taojin.training.checkpoints import CheckpointStore
from taojin.training.codecs.config import CodecConfig
from taojin.training.codecs.train import train_codec
from taojin.training.metrics import MetricSink


def pretrain_audio_codec(
    tensors: ClipTensors,
    config: CodecConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> dict[str, Any]:
    """Train a codec without labels; see :func:`taojin.training.codecs.train.train_codec`.

    Returns:
        ``model``, a folder, and ``history``.
    """
    clips = tensors.take("train").clips()
    trained = train_codec(clips, config, store=checkpoints, sink=metrics)
    output = workspace / "audio_codec_model"
    save_codec(trained.codec, output)
    return {"model": output, "history": trained.history}
