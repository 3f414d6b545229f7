"""Recordings as one array: what generators of sound learn from.

Layout of the folder::

    manifest.json     written last; a folder without it is unfinished
    samples.npy       int16 [items, length]
    items.parquet     clip_id, split, target, speaker_target, length, transcript

Items lie in the order of their splits, so that a split is one piece of the file and
is mapped, not read.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import CorruptArtifactError, DataError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import fingerprint_of
from taojin.core.progress import track
from taojin.core.shards import Shards
from taojin.features.splits import Split
from taojin.features.tensor_folders import (
    ITEMS,
    REMEDY,
    items_in_order,
    numbered,
    texts_of,
    verified_tensor_manifest,
    write_tensor_manifest,
)
from taojin.media.recordings import open_samples, resampled

SAMPLES = "samples.npy"
FULL_SCALE = 32_767.0
"""Value of an int16 sample that stands for 1."""


class ClipTensorsConfig(StageConfig):
    """What recordings are brought to before a generator hears them."""

    sample_rate: int = Field(default=8000, ge=1000, le=192_000)
    """Hertz; others are resampled."""
    seconds: float = Field(default=1.0, gt=0.0, le=600.0)
    """Length: longer recordings are cut, shorter ones end in silence."""
    cut: Literal["middle", "start"] = "middle"
    """Which part of a longer recording is kept."""
    trim_db: float | None = Field(default=None, lt=0.0)
    """Take silence off both ends: frames of 10 ms this much below the loudest, in
    decibels; null keeps it."""
    peak: float | None = Field(default=None, gt=0.0, le=1.0)
    """Scale each recording to this peak; null keeps its loudness."""

    @property
    def length(self) -> int:
        """Samples of a recording."""
        return max(1, round(self.sample_rate * self.seconds))


@dataclass(frozen=True, eq=False)
class ClipTensors:
    """Recordings of one rate and length, with what is known of each.

    Attributes:
        samples: ``int16 [items, length]``; mapped from a file. 32,767 is full scale.
        lengths: ``int64 [items]``: samples before the silence that fills up.
        sample_rate: Hertz.
        labels: Names of the classes, sorted; empty if no item has a label.
        targets: ``int64 [items]``, index into ``labels``; -1 without a label.
        speakers: Names of the speakers, sorted.
        speaker_targets: ``int64 [items]``, index into ``speakers``, or -1.
        transcripts: One an item, empty where it has none; None if none has one.
        ids: ``clip_id`` of each item.
        split: ``train``, ``validation`` or ``test`` of each item.
        fingerprint: Hash of all this; not of the place.

    Raises:
        DataError: If the parts do not belong together.
    """

    samples: NDArray[np.int16]
    lengths: NDArray[np.int64]
    sample_rate: int
    labels: tuple[str, ...]
    targets: NDArray[np.int64]
    speakers: tuple[str, ...]
    speaker_targets: NDArray[np.int64]
    transcripts: tuple[str, ...] | None
    ids: NDArray[np.str_]
    split: NDArray[np.str_]
    fingerprint: str

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or self.samples.dtype != np.int16:
            found = f"{self.samples.dtype} of {self.samples.shape}"
            message = f"samples are {found}; int16 [items, length] is needed"
            raise DataError(message)
        parts: dict[str, Any] = {
            "lengths": self.lengths,
            "targets": self.targets,
            "speaker_targets": self.speaker_targets,
            "transcripts": self.transcripts,
            "ids": self.ids,
            "split": self.split,
        }
        wrong = {
            name: len(part)
            for name, part in parts.items()
            if part is not None and len(part) != len(self.samples)
        }
        if wrong:
            message = f"{len(self.samples)} recordings have {wrong}; one each is needed"
            raise DataError(message)

    def __len__(self) -> int:
        return len(self.samples)

    def waves(self, rows: Any = slice(None)) -> NDArray[np.float32]:
        """Samples of some rows as floating-point numbers, full scale is 1."""
        return self.samples[rows].astype(np.float32) / np.float32(FULL_SCALE)

    def clips(self) -> list[NDArray[np.float32]]:
        """Every recording without the silence that fills it up, full scale is 1."""
        waves = self.waves()
        return [wave[:length] for wave, length in zip(waves, self.lengths, strict=True)]

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open what :func:`write_clip_tensors` wrote; every file is verified.

        Raises:
            CorruptArtifactError: If a file is missing, was altered, or was written
                by another version.
        """
        root = Path(folder)
        manifest = verified_tensor_manifest(root)
        try:
            items = pd.read_parquet(root / ITEMS)
            samples = np.load(root / SAMPLES, mmap_mode="r", allow_pickle=False)
            return cls(
                samples=samples,
                lengths=items["length"].to_numpy(dtype=np.int64),
                sample_rate=manifest["config"]["sample_rate"],
                labels=tuple(manifest["labels"]),
                targets=items["target"].to_numpy(dtype=np.int64),
                speakers=tuple(manifest["speakers"]),
                speaker_targets=items["speaker_target"].to_numpy(dtype=np.int64),
                transcripts=texts_of(items, "transcript"),
                ids=np.asarray(items["clip_id"], dtype=np.str_),
                split=np.asarray(items["split"], dtype=np.str_),
                fingerprint=fingerprint_of(manifest),
            )
        except (OSError, ValueError, KeyError, TypeError, DataError) as error:
            message = f"{root} holds no clip tensors: {error!s:.300}; {REMEDY}"
            raise CorruptArtifactError(message) from error

    def take(self, split: Split) -> Self:
        """Take the items of one split; their labels keep their numbers.

        Raises:
            DataError: If it has none.
        """
        rows = np.flatnonzero(self.split == split)
        if not len(rows):
            found = ", ".join(sorted(set(self.split.tolist())))
            message = f"there are no recordings for {split}; the splits are {found}"
            raise DataError(message)
        consecutive = rows[-1] - rows[0] == len(rows) - 1
        chosen: Any = slice(rows[0], rows[-1] + 1) if consecutive else rows
        said = self.transcripts
        return type(self)(
            samples=self.samples[chosen],
            lengths=self.lengths[chosen],
            sample_rate=self.sample_rate,
            labels=self.labels,
            targets=self.targets[chosen],
            speakers=self.speakers,
            speaker_targets=self.speaker_targets[chosen],
            transcripts=None if said is None else tuple(said[row] for row in rows),
            ids=self.ids[chosen],
            split=self.split[chosen],
            fingerprint=fingerprint_of(self.fingerprint, split),
        )


def write_clip_tensors(
    folder: str | Path, clips: Shards, splits: pd.DataFrame, config: ClipTensorsConfig
) -> ClipTensors:
    """Write curated recordings as tensors, whole or not at all; one is in memory.

    Args:
        folder: Where to; replaced if it exists.
        clips: Rows of :data:`taojin.core.media_records.CLIP_SCHEMA`.
        splits: ``clip_id`` and ``split`` of exactly these recordings.
        config: Rate and length.

    Raises:
        CountMismatchError: If the splits are not of exactly these recordings.
        EmptyStageError: If there is no recording.
    """
    known = ["label", "speaker", "transcript"]
    items, places = items_in_order(clips, splits, "clip_id", known)
    labels, items["target"] = numbered(items, "label")
    speakers, items["speaker_target"] = numbered(items, "speaker")
    lengths = np.zeros(len(items), dtype=np.int64)
    with atomic_directory(folder) as root:
        samples = open_memmap(
            root / SAMPLES, "w+", dtype=np.int16, shape=(len(items), config.length)
        )
        columns = ["encoding", "samples", "sample_rate"]
        rows = (
            [column[row].as_py() for column in table.columns]
            for table in clips.tables(columns)
            for row in range(table.num_rows)
        )
        for place, row in zip(places, track(rows, "recordings"), strict=True):
            encoding, content, rate = row
            wave = fitted_wave(open_samples(encoding, content), rate, config)
            lengths[place] = len(wave)
            samples[place, : len(wave)] = np.rint(wave * FULL_SCALE).astype(np.int16)
        samples.flush()
        del samples  # unmapped: the file is complete
        items["length"] = lengths
        names = ["clip_id", "split", "target", "speaker_target", "length", "transcript"]
        items[names].to_parquet(root / ITEMS, index=False)
        content = {
            "labels": labels,
            "speakers": speakers,
            "config": config.model_dump(mode="json"),
        }
        write_tensor_manifest(root, content, (SAMPLES, ITEMS))
    return ClipTensors.open(folder)


def fitted_wave(
    samples: NDArray[np.float32], sample_rate: int, config: ClipTensorsConfig
) -> NDArray[np.float64]:
    """Bring a recording to the rate and at most the length; values lie in [-1, 1]."""
    wave: NDArray[np.float64] = samples.astype(np.float64)
    if sample_rate != config.sample_rate:
        wave = resampled(wave, sample_rate, config.sample_rate).astype(np.float64)
    if config.trim_db is not None:
        wave = _trimmed(wave, config.sample_rate // 100, config.trim_db)
    surplus = len(wave) - config.length
    if surplus > 0:
        start = surplus // 2 if config.cut == "middle" else 0
        wave = wave[start : start + config.length]
    peak = float(np.abs(wave).max(initial=0.0))
    if config.peak is not None and peak > 0.0:
        wave = wave * (config.peak / peak)
    return np.clip(wave, -1.0, 1.0).astype(np.float64)


def _trimmed(
    wave: NDArray[np.float64], frame: int, trim_db: float
) -> NDArray[np.float64]:
    """Take off both ends what is silent against the loudest frame."""
    num_frames = -(-len(wave) // frame)
    padded = np.pad(wave, (0, num_frames * frame - len(wave)))
    power = (padded.reshape(num_frames, frame) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 10.0 ** (trim_db / 10.0))
    if not len(loud):
        return wave
    return wave[loud[0] * frame : (loud[-1] + 1) * frame]
