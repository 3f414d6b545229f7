"""A codec from recordings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from taojin.core.errors import DataError
from taojin.core.fingerprints import fingerprint_of, hash_bytes
from taojin.core.randomness import derive_seed, generator
from taojin.models.codecs.clips import Samples, require_clips
from taojin.models.codecs.network import Codec
from taojin.models.codecs.shape import CodecShape
from taojin.training.checkpoints import CheckpointStore
from taojin.training.codecs.config import CodecConfig
from taojin.training.codecs.losses import SpectralLoss
from taojin.training.codecs.objective import Reconstruction
from taojin.training.codecs.segments import SegmentBatch, Segments
from taojin.training.loop import train
from taojin.training.metrics import MetricSink

_FEWEST = 2


@dataclass(frozen=True)
class TrainedCodec:
    """A codec and how it came about.

    Attributes:
        codec: In evaluation mode.
        history: Rows of :func:`taojin.training.loop.train`; losses are distances of
            :class:`~taojin.training.codecs.losses.SpectralLoss`.
    """

    codec: Codec
    history: list[dict[str, Any]]


def train_codec(
    clips: Sequence[Samples],
    config: CodecConfig,
    *,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> TrainedCodec:
    """Train a codec.

    Args:
        clips: Recordings, mono, full scale at 1, at ``config.shape.sample_rate``.
        config: Settings.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Raises:
        DataError: If there are fewer than two recordings, or one is empty or holds
            what is no number.
        TrainingError: If the loss is not finite too often.
    """
    if len(clips) < _FEWEST:
        message = f"there are {len(clips)} recordings to train a codec; give it two"
        raise DataError(message)
    require_clips(clips)
    training = config.training
    held_out, kept = split_places(len(clips), config.validation_fraction, training.seed)
    size = training.batch_size // training.num_accumulations
    codec = new_codec(config.shape, training.seed)
    shape = config.shape
    distance = SpectralLoss(config.loss, shape.sample_rate, shape.fft_size)
    history = train(
        Reconstruction(codec, distance),
        _segments([clips[place] for place in kept], config, size),
        training,
        validation=_validation([clips[place] for place in held_out], config, size),
        store=store,
        sink=sink,
        fingerprint={
            "clips": hash_clips(clips),
            "codec": config.model_dump(mode="json", exclude={"training"}),
        },
    )
    return TrainedCodec(codec, history)


def new_codec(shape: CodecShape, seed: int) -> Codec:
    """Build a codec whose initial weights depend on the seed alone."""
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(seed, "weights"))
        return Codec(shape)


def split_places(
    number: int, fraction: float, seed: int
) -> tuple[list[int], list[int]]:
    """Divide places by chance: held out, at least one, and kept, in order."""
    order = generator(seed, "validation items").permutation(number)
    num_held_out = min(number - 1, max(1, int(number * fraction)))
    return sorted(order[:num_held_out].tolist()), sorted(order[num_held_out:].tolist())


def hash_clips(clips: Sequence[Samples]) -> str:
    """Hash recordings, in order."""
    return fingerprint_of(
        [hash_bytes(np.asarray(clip, np.float32).tobytes()) for clip in clips]
    )


def _segments(
    clips: Sequence[Samples], config: CodecConfig, batch_size: int
) -> Segments:
    return Segments(
        clips,
        _segment_samples(config),
        batch_size,
        config.training.seed,
        config.gain_decibels,
    )


def _validation(
    clips: Sequence[Samples], config: CodecConfig, batch_size: int
) -> list[SegmentBatch]:
    """One piece of each held-out recording, the same every time."""
    size = min(batch_size, len(clips))
    pieces = Segments(clips, _segment_samples(config), size, config.training.seed)
    number = min(config.training.validation_batches, len(clips) // size)
    return [pieces.batch(index) for index in range(number)]


def _segment_samples(config: CodecConfig) -> int:
    wanted = config.segment_seconds * config.shape.sample_rate
    return -(-round(wanted) // config.shape.code_samples) * config.shape.code_samples
