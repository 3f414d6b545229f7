"""Sounds as WAV files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile

from taojin.core.files import atomic_directory
from taojin.generation.audio.sampling import GeneratedClip

_FULL_SCALE = 32_767.0


def write_wave(
    path: str | Path, samples: NDArray[np.floating], sample_rate: int
) -> None:
    """Write a mono WAV file of 16 bits; samples outside [-1, 1] are cut."""
    scaled = np.round(np.clip(samples, -1.0, 1.0) * _FULL_SCALE)
    wavfile.write(Path(path), sample_rate, scaled.astype(np.int16))


def write_clips(
    clips: Sequence[GeneratedClip], directory: str | Path, sample_rate: int
) -> None:
    """Write sounds as a folder of WAV files, whole or not at all.

    Files are named ``<place>_<label>_<speaker>.wav``; what a name cannot hold, and
    what was left open, is a hyphen.
    """
    digits = len(str(max(0, len(clips) - 1)))
    with atomic_directory(directory) as folder:
        for place, clip in enumerate(clips):
            names = "_".join(_safe(name) for name in clip.wish)
            name = f"{place:0{digits}d}_{names}.wav"
            write_wave(folder / name, clip.samples, sample_rate)


def _safe(name: str | None) -> str:
    kept = [sign if sign.isalnum() else "-" for sign in name or "-"]
    return "".join(kept)
