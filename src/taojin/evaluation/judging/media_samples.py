"""Images and recordings as a page can show them: drawn by chance, small, and few.

Which items of a set are shown is drawn by a seed from the names of the set alone, and no
score is looked at: the page is no selection of good ones. Suspected copies are the
nearest, in their order.
"""

import base64
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile

from taojin.core.randomness import generator
from taojin.evaluation.items.config import Modality
from taojin.evaluation.items.item_sets import ItemSet
from taojin.evaluation.judging.media_config import MediaJudgingConfig, ShownConfig
from taojin.features.images import ImageForm, resized
from taojin.features.spectrograms import SpectrogramConfig, log_mel
from taojin.media.images import encode_pixels

Shown = dict[str, Any]

_FULL_SCALE = 32_767
_COLUMNS = 240
"""Of the picture of a recording, at most and nearly, whatever its length."""
_DECIBELS = 100.0
"""From black, the floor of the spectrogram, to white: one scale for all, so that
louder recordings are lighter."""


@dataclass(frozen=True)
class ShownSets:
    """What may be shown.

    Attributes:
        reference: Real items.
        candidates: Generated ones, by name.
        training: What copies may be of, if it is known.
        copies: By candidate, rows of ``suspected_copies``; see
            :func:`~taojin.evaluation.judging.media.audit_media`.
    """

    reference: ItemSet
    candidates: Mapping[str, ItemSet]
    training: ItemSet | None
    copies: Mapping[str, Sequence[Mapping[str, Any]]]


def media_samples(sets: ShownSets, config: MediaJudgingConfig) -> Shown:
    """Encode samples of each set, and suspected copies beside their training items.

    One item of each set and one pair of each candidate are taken in turn, until the
    number of each is reached or the next does not fit into ``shown.max_megabytes``.

    Args:
        sets: What was judged; items are decoded one at a time.
        config: ``shown`` and ``sounds``.

    Returns:
        JSON-able: ``modality``, ``seed``, ``num_bytes`` and ``max_bytes`` of the
        encoded parts, ``is_full`` (whether that bound stopped it), ``sets`` (``name``, null for the real items; ``num_items``;
        ``shown``) and ``pairs`` by candidate (``generated``, ``training`` and the
        numbers of its row). An image has ``id``, ``source`` (a data URI), ``width``
        and ``height`` in pixels; a recording ``id``, ``source``, ``seconds``,
        ``whole_seconds``, and ``picture``, an image of its spectrogram.

    Raises:
        ConfigurationError: If the extra ``image`` is not installed.
    """
    encoder = _Encoder(sets.reference.modality, sets.reference.sample_rate, config)
    every: list[tuple[str | None, ItemSet]] = [(None, sets.reference)]
    every += sets.candidates.items()
    shown: list[list[Shown]] = [[] for _ in every]
    pairs: dict[str, list[Shown]] = {name: [] for name in sets.copies}
    streams: list[tuple[list[Shown], Iterator[Shown]]] = [
        (own, _drawn(name, items, encoder))
        for own, (name, items) in zip(shown, every, strict=True)
    ]
    if sets.training is not None:
        streams += [
            (pairs[name], _paired(rows, sets.candidates[name], sets.training, encoder))
            for name, rows in sets.copies.items()
        ]
    max_bytes = int(config.shown.max_megabytes * 1e6)
    num_bytes, is_full = _fill(streams, max_bytes)
    return {
        "modality": sets.reference.modality,
        "seed": config.shown.seed,
        "num_bytes": num_bytes,
        "max_bytes": max_bytes,
        "is_full": is_full,
        "sets": [
            {"name": name, "num_items": len(items), "shown": own}
            for own, (name, items) in zip(shown, every, strict=True)
        ],
        "pairs": pairs,
    }


def shown_image(name: str, image: NDArray[np.uint8], max_side: int) -> Shown:
    """Encode an image as PNG, shrunk if a side is longer than ``max_side`` pixels."""
    height, width, channels = image.shape
    share = min(1.0, max_side / max(height, width))
    form = ImageForm(
        height=max(1, round(height * share)),
        width=max(1, round(width * share)),
        num_channels=channels,
    )
    small = resized(image, form)
    return {
        "id": name,
        "source": _data_uri("image/png", encode_pixels(small)),
        "width": form.width,
        "height": form.height,
    }


def shown_recording(
    name: str,
    samples: NDArray[np.floating],
    sounds: SpectrogramConfig,
    max_seconds: float,
) -> Shown:
    """Encode a recording as 16-bit WAV, with a picture of its log-mel spectrogram.

    Samples beyond full scale are clipped.
    """
    rate = sounds.sample_rate
    cut = samples[: max(1, int(max_seconds * rate))]
    # A column is as much longer as the recording is: pictures are about equally wide.
    hop_size = math.ceil(len(cut) / (_COLUMNS - 1))
    columns = sounds.model_copy(update={"hop_size": hop_size})
    floor = math.log(sounds.floor)
    share = (log_mel(cut, columns) - floor) / (_DECIBELS * math.log(10.0) / 10.0)
    grey = np.rint(np.clip(share, 0.0, 1.0) * 255.0).astype(np.uint8)
    upright = grey[::-1, :, None]
    content = io.BytesIO()
    whole = np.rint(np.clip(cut, -1.0, 1.0) * _FULL_SCALE).astype(np.int16)
    wavfile.write(content, rate, whole)
    return {
        "id": name,
        "source": _data_uri("audio/wav", content.getvalue()),
        "seconds": len(cut) / rate,
        "whole_seconds": len(samples) / rate,
        "picture": {
            "source": _data_uri("image/png", encode_pixels(upright)),
            "width": upright.shape[1],
            "height": upright.shape[0],
        },
    }


@dataclass(frozen=True)
class _Encoder:
    modality: Modality
    sample_rate: int | None
    config: MediaJudgingConfig

    @property
    def shown(self) -> ShownConfig:
        return self.config.shown

    def encode(self, items: ItemSet, place: int) -> Shown:
        name, item = items.ids[place], items.items[place]
        if self.modality == "image":
            return shown_image(name, item, self.shown.max_side)
        return shown_recording(name, item, self.config.sounds, self.shown.max_seconds)


def _drawn(name: str | None, items: ItemSet, encoder: _Encoder) -> Iterator[Shown]:
    config = encoder.shown
    is_image = encoder.modality == "image"
    number = config.num_images if is_image else config.num_recordings
    random = generator(config.seed, "shown", "real" if name is None else f"set {name}")
    for place in random.permutation(len(items))[:number].tolist():
        yield encoder.encode(items, place)


def _paired(
    rows: Sequence[Mapping[str, Any]],
    generated: ItemSet,
    training: ItemSet,
    encoder: _Encoder,
) -> Iterator[Shown]:
    places = [
        {name: place for place, name in enumerate(items.ids)}
        for items in (generated, training)
    ]
    for row in rows[: encoder.shown.num_pairs]:
        own, learned = places[0][row["generated"]], places[1][row["training"]]
        yield {
            **row,
            "generated": encoder.encode(generated, own),
            "training": encoder.encode(training, learned),
        }


def _fill(
    streams: Iterable[tuple[list[Shown], Iterator[Shown]]], max_bytes: int
) -> tuple[int, bool]:
    """Take from each stream in turn until all are empty, or one does not fit."""
    num_bytes, active = 0, list(streams)
    while active:
        going = []
        for kept, stream in active:
            entry = next(stream, None)
            if entry is None:
                continue
            size = _size(entry)
            if num_bytes + size > max_bytes:
                return num_bytes, True
            kept.append(entry)
            num_bytes += size
            going.append((kept, stream))
        active = going
    return num_bytes, False


def _size(entry: Any) -> int:
    """Bytes of the data URIs in an entry: nearly all that it takes in a page."""
    if isinstance(entry, Mapping):
        own = len(entry["source"]) if "source" in entry else 0
        return own + sum(_size(part) for part in entry.values())
    return 0


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
