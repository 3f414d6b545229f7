"""Sound files as mono samples of one rate."""

import functools
import importlib
import math
import struct
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.signal import resample_poly

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.media.config import DecodingConfig, FileLimits
from taojin.media.decoded import (
    EMPTY,
    Decoded,
    RejectedItemError,
    opened,
    require_size,
)

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff")

Samples = NDArray[np.float32]

_LIMIT = 1.0 - 2.0**-14
_PCM_SCALE = 2.0**15
_WAVE_MARKS = {b"RIFF", b"RIFX", b"RF64"}
_RUN = 3
"""So many samples at the limit in a row are not a wave's own peak."""


class Recording(NamedTuple):
    """A sound as its file held it, but for the number of channels.

    Attributes:
        samples: ``float64 [samples]``, mono; full scale is 1.
        sample_rate: Hertz.
        num_channels: Of the file.
    """

    samples: NDArray[np.float64]
    sample_rate: int
    num_channels: int


def decode_recording(source: Path | bytes, config: DecodingConfig) -> Decoded[Samples]:
    """Read a recording as ``float32 [samples]``, mono, at ``config.sample_rate``.

    See :func:`read_recording`; other rates are resampled by a polyphase filter.
    """
    recording, notes = read_recording(source, config)
    mono = recording.samples
    if recording.sample_rate != config.sample_rate:
        notes = (*notes, "resampled")
        mono = resampled(mono, recording.sample_rate, config.sample_rate)
    return Decoded(np.asarray(mono, dtype=np.float32), notes)


def read_recording(source: Path | bytes, limits: FileLimits) -> Decoded[Recording]:
    """Read a recording, a file or its content, at its own rate.

    Channels are averaged. WAV files of any width need nothing installed; others need
    the extra ``audio``.

    Raises:
        RejectedItemError: If it is damaged, empty, too long, or not finite.
        ConfigurationError: If the extra is needed and not installed.
    """
    require_size(source, limits)
    read = _read_wave if _is_wave(source) else _read_other
    rate, channels = read(source, limits.max_seconds)
    _require_sound(rate, channels, limits.max_seconds)
    notes = ["mixed_down"] if channels.shape[1] > 1 else []
    if any(map(num_clipped, channels.T)):
        notes.append("clipped")
    mono = channels.mean(axis=1)
    if not mono.any():
        notes.append("silent")
    recording = Recording(mono, rate, channels.shape[1])
    return Decoded(recording, tuple(notes))


def resampled(
    samples: NDArray[np.floating], rate: int, wanted: int
) -> NDArray[np.floating]:
    """Bring samples from one rate to another, in hertz, by a polyphase filter."""
    shared = math.gcd(rate, wanted)
    return resample_poly(samples, wanted // shared, rate // shared)


def encode_samples(samples: NDArray[np.floating]) -> tuple[str, bytes]:
    """Write mono samples without loss: the encoding, and the bytes.

    ``pcm_16`` is whole numbers of 16 bits, chosen where every sample is one;
    ``float_32`` is single precision. Both are little-endian.
    """
    wide = samples * _PCM_SCALE
    whole = np.rint(wide)
    if (
        (wide == whole).all()
        and whole.min() >= -_PCM_SCALE
        and whole.max() < _PCM_SCALE
    ):
        return "pcm_16", whole.astype("<i2").tobytes()
    return "float_32", samples.astype("<f4").tobytes()


def open_samples(encoding: str, content: bytes) -> Samples:
    """Read back what :func:`encode_samples` wrote, as ``float32 [samples]``.

    Raises:
        CorruptArtifactError: If the encoding is none of the two.
    """
    if encoding == "pcm_16":
        whole = np.frombuffer(content, dtype="<i2")
        return whole.astype(np.float32) / np.float32(_PCM_SCALE)
    if encoding == "float_32":
        return np.frombuffer(content, dtype="<f4").astype(np.float32)
    message = f"a record's samples are {encoding!r}; pcm_16 or float_32 is needed"
    raise CorruptArtifactError(message)


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


def _is_wave(source: Path | bytes) -> bool:
    if isinstance(source, bytes):
        return source[:4] in _WAVE_MARKS
    return source.suffix.lower() == ".wav"


def _read_wave(
    source: Path | bytes, max_seconds: float
) -> tuple[int, NDArray[np.float64]]:
    del max_seconds  # the size of the file bounds it
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            rate, samples = wavfile.read(opened(source))
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


def _read_other(
    source: Path | bytes, max_seconds: float
) -> tuple[int, NDArray[np.float64]]:
    library = _soundfile()
    try:
        facts = library.info(opened(source))
        if facts.frames > max_seconds * facts.samplerate:
            detail = f"{facts.frames / facts.samplerate:.1f} seconds"
            raise RejectedItemError("too_long", detail)
        samples, rate = library.read(opened(source), dtype="float64", always_2d=True)
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
