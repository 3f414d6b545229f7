"""A generator of sounds from recordings and a codec."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from taojin.core.errors import ConfigurationError, DataError
from taojin.core.fingerprints import fingerprint_of
from taojin.core.progress import track
from taojin.core.randomness import generator
from taojin.features.augmentation.recordings import augment_recording
from taojin.models.codecs.audio_generator import AudioGenerator
from taojin.models.codecs.clips import Codes, Samples, encode_clips
from taojin.models.codecs.network import Codec
from taojin.models.codecs.token_layout import END, NUM_PREFIX, TokenLayout
from taojin.models.padding import pad_tokens
from taojin.training.audio_generation.config import AudioGenerationConfig
from taojin.training.audio_generation.objective import ConditionedCodes
from taojin.training.batches import BucketedSequences
from taojin.training.checkpoints import CheckpointStore
from taojin.training.codecs.train import split_places
from taojin.training.loop import train
from taojin.training.metrics import MetricSink
from taojin.training.objectives import IGNORED, TokenBatch
from taojin.training.pretraining import new_language_model

_FEWEST = 2


class CodedClip(NamedTuple):
    """A sound as the language model reads it.

    Attributes:
        tokens: Label, speaker, codes, end.
    """

    tokens: list[int]


@dataclass(frozen=True)
class TrainedAudioGenerator:
    """A generator and how it came about.

    Attributes:
        generator: In evaluation mode.
        history: Rows of :func:`taojin.training.loop.train`; losses are nats a token.
    """

    generator: AudioGenerator
    history: list[dict[str, Any]]


def train_audio_generator(
    codec: Codec,
    clips: Sequence[Samples],
    labels: Sequence[str],
    speakers: Sequence[str] | None,
    config: AudioGenerationConfig,
    *,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> TrainedAudioGenerator:
    """Train a language model over the codes of sounds.

    Args:
        codec: Trained, in evaluation mode; not changed.
        clips: Recordings, mono, full scale at 1, at the codec's sample rate.
        labels: What each is of.
        speakers: Who is heard in each; None where that is not known.
        config: Settings.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Raises:
        DataError: If recordings and labels differ in number, there are fewer than
            two, or a recording is empty or not finite.
        ConfigurationError: If the context does not hold the longest sound.
        TrainingError: If the loss is not finite too often.
    """
    voices = None if speakers is None else list(speakers)
    _require_numbers(len(clips), len(labels), voices)
    layout = TokenLayout(
        labels=tuple(sorted(set(labels))),
        speakers=tuple(sorted(set(voices or ()))),
        num_codebooks=codec.shape.num_codebooks,
        codebook_size=codec.shape.codebook_size,
    )
    training = config.training
    held_out, kept = split_places(len(clips), config.validation_fraction, training.seed)
    variants = encode_variants(codec, clips, config, unchanged=held_out)

    def coded(places: Sequence[int]) -> list[CodedClip]:
        return [
            _coded(layout, codes, labels[place], voices[place] if voices else None)
            for place in places
            for codes in variants[place]
        ]

    examples, validation = coded(kept), coded(held_out)
    _require_context([*examples, *validation], config)
    size = training.batch_size // training.num_accumulations
    lengths = [len(clip.tokens) for clip in examples]
    model = new_language_model(config.model.shape(layout.vocab_size), training.seed)
    history = train(
        ConditionedCodes(model, layout, config.open_share, config.noise_share),
        BucketedSequences(examples, lengths, collate_coded, size, training.seed),
        training,
        validation=[
            collate_coded(validation[start : start + size])
            for start in range(0, len(validation), size)
        ][: training.validation_batches],
        store=store,
        sink=sink,
        fingerprint={
            "examples": fingerprint_of([clip.tokens for clip in examples]),
            "validation": fingerprint_of([clip.tokens for clip in validation]),
            "layout": layout.model_dump(mode="json"),
            "config": config.model_dump(mode="json", exclude={"training"}),
        },
    )
    return TrainedAudioGenerator(AudioGenerator(codec, model, layout), history)


def encode_variants(
    codec: Codec,
    clips: Sequence[Samples],
    config: AudioGenerationConfig,
    *,
    unchanged: Sequence[int] = (),
) -> list[list[Codes]]:
    """Codes of recordings and of changed versions of them.

    Beside the changes that the settings name, a version begins a little later in its
    first code, by chance: codes cut every version at other places.

    Args:
        codec: In evaluation mode.
        clips: Recordings.
        config: How many versions, and how they are changed.
        unchanged: Places of those that get no versions.

    Returns:
        ``num_variants`` codes of each recording, the first of them unchanged; one
        where it is to be left so.
    """
    variants = [[codes] for codes in encode_clips(codec, clips)]
    changed = sorted(set(range(len(clips))) - set(unchanged))
    for version in track(range(1, config.num_variants), "coding variants"):
        new = [
            _changed(clips[place], config, codec, place, version) for place in changed
        ]
        for place, codes in zip(changed, encode_clips(codec, new), strict=True):
            variants[place].append(codes)
    return variants


def collate_coded(clips: Sequence[CodedClip]) -> TokenBatch:
    """Pad sounds to the longest; the prefix is read, not predicted."""
    rows = pad_tokens([clip.tokens for clip in clips], END)
    targets = rows[:, 1:].clone()
    targets[:, : NUM_PREFIX - 1] = IGNORED
    ends = torch.tensor([len(clip.tokens) for clip in clips])
    places = torch.arange(1, rows.shape[1])
    targets[places[None] >= ends[:, None]] = IGNORED
    return TokenBatch(rows[:, :-1].contiguous(), targets)


def _changed(
    clip: Samples, config: AudioGenerationConfig, codec: Codec, place: int, version: int
) -> Samples:
    draw = generator(config.training.seed, "variant", place, version)
    found = augment_recording(np.asarray(clip, np.float32), config.changes, draw)
    late = int(draw.integers(codec.shape.code_samples))
    return np.pad(found, (late, 0))


def _coded(
    layout: TokenLayout, codes: Codes, label: str, speaker: str | None
) -> CodedClip:
    return CodedClip([*layout.prefix(label, speaker), *layout.tokens(codes), END])


def _require_numbers(
    num_clips: int, num_labels: int, speakers: Sequence[str] | None
) -> None:
    num_speakers = num_labels if speakers is None else len(speakers)
    if not num_clips == num_labels == num_speakers:
        message = (
            f"there are {num_clips} recordings, {num_labels} labels and "
            f"{num_speakers} speakers; give one each"
        )
        raise DataError(message)
    if num_clips < _FEWEST:
        message = f"there are {num_clips} recordings to train on; give it two"
        raise DataError(message)


def _require_context(clips: Sequence[CodedClip], config: AudioGenerationConfig) -> None:
    longest = max(len(clip.tokens) for clip in clips) - 1
    if longest > config.model.context_length:
        message = (
            f"the longest recording is of {longest} tokens, and model.context_length "
            f"is {config.model.context_length}; raise it, or leave long recordings out"
        )
        raise ConfigurationError(message)
