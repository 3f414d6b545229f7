"""Measure recordings: one row of numbers each, once."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.fingerprints import fingerprint_of, hash_bytes
from taojin.core.shards import Shards
from taojin.engines import EngineConfig, RowWise, map_partitions
from taojin.media.recordings import num_clipped, open_samples

SIGNALS_VERSION = 1
"""Raised when a measurement changes, so that finished parts are measured anew."""

CLIP_SIGNALS = pa.schema(
    [
        pa.field("clip_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("licence", pa.string()),
        pa.field("num_bytes", pa.int64(), nullable=False),
        pa.field("sample_rate", pa.int32(), nullable=False),
        pa.field("num_channels", pa.int32(), nullable=False),
        *(
            pa.field(name, pa.float64(), nullable=False)
            for name in (
                *("seconds", "peak", "rms_db", "clipped_share", "silent_share"),
                *("bandwidth", "dc_offset"),
            )
        ),
        pa.field("content_hash", pa.string(), nullable=False),
    ]
)
"""A recording's measurements; see :class:`taojin.curation.media.config.ClipRules`.

``content_hash`` is of rate and samples.
"""

_CARRIED = ("clip_id", "source", "licence", "sample_rate", "num_channels")
_COLUMNS = (*_CARRIED, "encoding", "samples")
_FLOOR_DB = -120.0
_SILENT_DB = -60.0
_FRAMES_A_SECOND = 50
_ENERGY = 0.99
_SPECTRUM_SIZE = 1024


def measure_clips(clips: Shards, output: Path, engine: EngineConfig) -> Shards:
    """Measure all recordings, part by part: rows of :data:`CLIP_SIGNALS`, in order."""
    return map_partitions(
        RowWise(measure_part),
        [clips],
        output,
        engine=engine,
        fingerprint=fingerprint_of("clip signals", SIGNALS_VERSION),
        label="Measuring recordings",
        columns=[_COLUMNS],
    )


def measure_part(clips: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    """Measure the recordings of one part."""
    rows: list[dict[str, Any]] = []
    for place in range(clips.num_rows):
        rate = clips["sample_rate"][place].as_py()
        encoding = clips["encoding"][place].as_py()
        content = clips["samples"][place].as_py()
        row = measure_clip(open_samples(encoding, content), rate)
        rows.append({**row, "num_bytes": len(content)})
    fields = [field for field in CLIP_SIGNALS if field.name not in _CARRIED]
    measured = pa.Table.from_pylist(rows, schema=pa.schema(fields))
    for name in _CARRIED:
        measured = measured.append_column(name, clips[name])
    table = measured.select(CLIP_SIGNALS.names).cast(CLIP_SIGNALS)
    num_bytes = sum(row["num_bytes"] for row in rows)
    return table, {"num_clips": table.num_rows, "num_bytes": num_bytes}


def measure_clip(samples: NDArray[np.float32], sample_rate: int) -> dict[str, Any]:
    """Measure one recording, mono, ``[samples]`` with at least one."""
    wave = samples.astype(np.float64)
    head = f"{sample_rate}\0".encode()
    return {
        "seconds": len(wave) / sample_rate,
        "peak": float(np.abs(wave).max()),
        "rms_db": _decibels(float((wave**2).mean())),
        "clipped_share": num_clipped(wave) / len(wave),
        "silent_share": _silent_share(wave, sample_rate),
        "bandwidth": _bandwidth(wave, sample_rate),
        "dc_offset": abs(float(wave.mean())),
        "content_hash": hash_bytes(head + samples.astype("<f4").tobytes()),
    }


def _decibels(power: float) -> float:
    return max(_FLOOR_DB, 10.0 * float(np.log10(max(power, 1e-12))))


def _silent_share(wave: NDArray[np.float64], sample_rate: int) -> float:
    """Share of frames of 20 ms whose mean power lies below -60 dB; the last is cut."""
    frame = min(len(wave), max(1, sample_rate // _FRAMES_A_SECOND))
    num_frames = len(wave) // frame
    power = (wave[: num_frames * frame].reshape(num_frames, frame) ** 2).mean(axis=1)
    return float((power < 10.0 ** (_SILENT_DB / 10.0)).mean())


def _bandwidth(wave: NDArray[np.float64], sample_rate: int) -> float:
    """Hertz below which 99 % of the energy lie, by Welch's mean spectrum."""
    size = _SPECTRUM_SIZE
    padded = np.pad(wave - wave.mean(), (0, -len(wave) % size))
    window = np.hanning(size)
    power = np.zeros(size // 2 + 1)
    for frame in padded.reshape(-1, size):
        power += np.abs(np.fft.rfft(frame * window)) ** 2
    total = power.sum()
    if total <= 0.0:
        return 0.0
    place = int(np.searchsorted(np.cumsum(power), _ENERGY * total))
    return place * sample_rate / size
