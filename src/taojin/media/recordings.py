"""Sound files as mono samples of one rate."""

import functools
import importlib
import math
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.signal import resample_poly

from taojin.core.errors import ConfigurationError
from taojin.media.config import DecodingConfig
from taojin.media.decoded import EMPTY, Decoded, RejectedItemError

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff")

Samples = NDArray[np.float32]

_LIMIT = 1.0 - 2.0**-14
_RUN = 3
"""So many samples at the limit in a row are not a wave's own peak."""


def decode_recording(path: Path, config: DecodingConfig) -> Decoded[Samples]:
    """Read a recording as ``float32 [samples]``, mono, at ``config.sample_rate``.

    Channels are averaged; other rates are resampled by a polyphase filter. WAV files
    of any width need nothing installed; others need the extra ``audio``.

    Raises:
        RejectedItemError: If it is damaged, empty, too long, or not finite.
        ConfigurationError: If the extra is needed and not installed.
    """
    size = path.stat().st_size
    if size == 0:
        raise RejectedItemError(EMPTY, "the file has no bytes")
    if size > config.max_file_megabytes * 1e6:
        raise RejectedItemError("too_large", f"{size} bytes")
    is_wave = path.suffix.lower() == ".wav"
    read = _read_wave if is_wave else _read_other
    rate, channels = read(path, config.max_seconds)
    _require_sound(rate, channels, config.max_seconds)
    notes = ["mixed_down"] if channels.shape[1] > 1 else []
    if any(map(num_clipped, channels.T)):
        notes.append("clipped")
    mono = channels.mean(axis=1)
    if not mono.any():
        notes.append("silent")
    if rate != config.sample_rate:
        notes.append("resampled")
        shared = math.gcd(rate, config.sample_rate)
        mono = resample_poly(mono, config.sample_rate // shared, rate // shared)
    return Decoded(np.asarray(mono, dtype=np.float32), tuple(notes))


def num_clipped(samples: NDArray[np.floating]) -> int:
    """How many samples are at full scale, three or more in a row."""
    at_limit = np.concatenate([[False], np.abs(samples) >= _LIMIT, [False]])
    edges = np.flatnonzero(np.diff(at_limit.astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= _RUN].sum())


def _require_sound(rate: int, channels: NDArray[Any], max_seconds: float) -> None:
    if not len(channels):
        raise RejectedItemError(EMPTY, "there are no samples")
    if rate < 1:
        raise RejectedItemError("unreadable", f"{rate} samples a second")
    if len(channels) > max_seconds * rate:
        raise RejectedItemError("too_long", f"{len(channels) / rate:.1f} seconds")
    if not np.isfinite(channels).all():
        raise RejectedItemError("not_finite", "samples that are no numbers")


def _read_wave(path: Path, max_seconds: float) -> tuple[int, NDArray[np.float64]]:
    del max_seconds  # the size of the file bounds it
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            rate, samples = wavfile.read(path)
    except (ValueError, struct.error, OSError, EOFError, ZeroDivisionError) as error:
        raise RejectedItemError("unreadable", str(error)) from error
    short = [str(w.message) for w in caught if "prematurely" in str(w.message)]
    if short:
        raise RejectedItemError("truncated", short[0])
    return int(rate), _unit_scale(samples if samples.ndim > 1 else samples[:, None])


def _unit_scale(samples: NDArray[Any]) -> NDArray[np.float64]:
    """Full scale is 1; widths of 24 bits come in the upper part of 32."""
    if samples.dtype == np.uint8:
        return (samples.astype(np.float64) - 128.0) / 128.0
    if np.issubdtype(samples.dtype, np.integer):
        bits = 8 * samples.dtype.itemsize
        return samples.astype(np.float64) / 2.0 ** (bits - 1)
    return samples.astype(np.float64)


def _read_other(path: Path, max_seconds: float) -> tuple[int, NDArray[np.float64]]:
    library = _soundfile()
    try:
        facts = library.info(path)
        if facts.frames > max_seconds * facts.samplerate:
            detail = f"{facts.frames / facts.samplerate:.1f} seconds"
            raise RejectedItemError("too_long", detail)
        samples, rate = library.read(path, dtype="float64", always_2d=True)
    except (library.LibsndfileError, RuntimeError, OSError) as error:
        raise RejectedItemError("unreadable", str(error)) from error
    return int(rate), samples


@functools.cache
def _soundfile() -> Any:
    try:
        return importlib.import_module("soundfile")
    except (ImportError, OSError) as error:  # OSError: without its C library
        message = (
            f"recordings other than WAV need a package that is not installed ({error})"
            "; install it: pip install 'taojin[audio]', or convert them to WAV"
        )
        raise ConfigurationError(message) from error
