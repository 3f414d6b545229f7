"""Sound as a picture: loudness by pitch and time, on the scales of the ear."""

import functools
import math
from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from taojin.core.config import StageConfig


class SpectrogramConfig(StageConfig):
    """How a log-mel spectrogram is computed."""

    sample_rate: int = Field(default=16_000, ge=1000, le=192_000)
    """Hertz, of the recordings."""
    fft_size: int = Field(default=512, ge=16, le=65_536)
    """Samples of a Fourier transform."""
    window_size: int = Field(default=400, ge=2, le=65_536)
    """Samples that a frame sees, under a Hann window."""
    hop_size: int = Field(default=160, ge=1, le=65_536)
    """Samples from one frame to the next."""
    num_bands: int = Field(default=64, ge=2, le=512)
    """Mel bands from 0 to half the sample rate."""
    floor: float = Field(default=1e-8, gt=0.0)
    """Power below which all is silence."""
    num_frames: int = Field(default=64, ge=1, le=100_000)
    """Frames of a plane: longer sounds lose both ends, shorter ones get silence."""

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        if self.window_size > self.fft_size:
            message = (
                f"window_size {self.window_size} exceeds fft_size {self.fft_size}; "
                "raise fft_size or lower window_size"
            )
            raise ValueError(message)
        return self


def log_mel(
    samples: NDArray[np.floating], config: SpectrogramConfig
) -> NDArray[np.float64]:
    """Natural logarithm of the power in each mel band, ``[bands, frames]``.

    Frame ``t`` is centred on sample ``t * hop_size``; beyond the ends is silence.
    Mel scale and filters of equal area after Slaney's Auditory Toolbox (1998), as in
    librosa's defaults.

    Args:
        samples: Mono, ``[samples]``, at ``config.sample_rate``; at least one.
        config: Settings.
    """
    size = config.fft_size
    padded = np.pad(np.asarray(samples, dtype=np.float64), size // 2)
    if len(padded) < size:
        padded = np.pad(padded, (0, size - len(padded)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[:: config.hop_size]
    spectrum = np.fft.rfft(frames * _window(config.window_size, size), axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    filters = mel_filters(config.sample_rate, size, config.num_bands)
    return np.log(np.maximum(power @ filters.T, config.floor)).T


@functools.cache
def mel_filters(sample_rate: int, fft_size: int, num_bands: int) -> NDArray[np.float64]:
    """Weight of each frequency in each band, ``[num_bands, fft_size // 2 + 1]``.

    Triangles whose corners lie evenly on the mel scale, each of area 1 in hertz.
    """
    nyquist = sample_rate / 2.0
    corners = _hertz(np.linspace(0.0, _mel(nyquist), num_bands + 2))
    frequencies = np.linspace(0.0, nyquist, fft_size // 2 + 1)
    low, peak, high = (corners[start : start + num_bands] for start in range(3))
    rising = (frequencies - low[:, None]) / (peak - low)[:, None]
    falling = (high[:, None] - frequencies) / (high - peak)[:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return triangles * (2.0 / (high - low))[:, None]


def spectrogram_planes(
    recordings: Iterable[NDArray[np.floating]], config: SpectrogramConfig
) -> NDArray[np.float32]:
    """Recordings as a network takes them, ``[recordings, 1, bands, num_frames]``."""
    planes = [_fitted(log_mel(samples, config), config) for samples in recordings]
    return np.asarray(planes, dtype=np.float32)[:, None]


def _fitted(
    picture: NDArray[np.float64], config: SpectrogramConfig
) -> NDArray[np.float64]:
    surplus = picture.shape[1] - config.num_frames
    if surplus >= 0:
        start = surplus // 2
        return picture[:, start : start + config.num_frames]
    before = -surplus // 2
    sides = ((0, 0), (before, -surplus - before))
    return np.pad(picture, sides, constant_values=math.log(config.floor))


@functools.cache
def _window(window_size: int, fft_size: int) -> NDArray[np.float64]:
    """A periodic Hann window in the middle of a frame."""
    phases = 2.0 * np.pi * np.arange(window_size) / window_size
    before = (fft_size - window_size) // 2
    after = fft_size - window_size - before
    return np.pad(0.5 - 0.5 * np.cos(phases), (before, after))


def _mel(hertz: float) -> float:
    if hertz < _LINEAR_TO:
        return hertz / _HERTZ_A_MEL
    return _LINEAR_TO / _HERTZ_A_MEL + math.log(hertz / _LINEAR_TO) / _LOG_STEP


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    bend = _LINEAR_TO / _HERTZ_A_MEL
    above = _LINEAR_TO * np.exp(_LOG_STEP * (mels - bend))
    return np.where(mels < bend, mels * _HERTZ_A_MEL, above)


_LINEAR_TO = 1000.0
_HERTZ_A_MEL = 200.0 / 3.0
_LOG_STEP = math.log(6.4) / 27.0
"""Below 1 kHz a mel is 66.7 Hz; above, 27 mels are a factor of 6.4."""
