"""Varied recordings, and spectrograms with hidden stripes."""

from fractions import Fraction
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.signal import resample_poly

from taojin.core.config import StageConfig

Samples = NDArray[np.float32]

_SPEED_STEPS = 100
"""Speeds are whole hundredths: ratios of small numbers keep the filters short."""


class RecordingAugmentationConfig(StageConfig):
    """How often and how far a recording is changed, in the order of the fields.

    ``<operation>_probability`` says how likely each is to hit a recording.
    """

    speed_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    speed_most: float = Field(default=0.1, ge=0.0, le=1.0)
    """Most of the factor, less 1: it is drawn from ``[1 / (1 + most), 1 + most]``,
    evenly on a logarithmic scale. Pitch and length go along (Ko et al. 2015)."""
    shift_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    shift_most: float = Field(default=0.1, ge=0.0, le=1.0)
    """Most of a shift in time, either way, as a share of the length; silence comes in
    where the sound leaves."""
    gain_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    gain_decibels: float = Field(default=6.0, ge=0.0, le=60.0)
    """Most of it, either way. It is lowered where a sample would exceed 1 that did
    not before, so nothing is clipped."""
    masking_probability: float = Field(default=0.0, ge=0.0, le=1.0)
    masking_most: float = Field(default=0.1, ge=0.0, le=1.0)
    """Longest silenced span, as a share of the length."""
    noise_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    noise_lowest_decibels: float = Field(default=15.0, ge=-60.0, le=120.0)
    """Ratio of signal to white noise is drawn evenly from here ..."""
    noise_highest_decibels: float = Field(default=40.0, ge=-60.0, le=120.0)
    """... to here. Silence gets no noise."""

    @model_validator(mode="after")
    def _check_noise(self) -> Self:
        if self.noise_lowest_decibels > self.noise_highest_decibels:
            message = (
                f"noise_lowest_decibels {self.noise_lowest_decibels} exceeds "
                f"noise_highest_decibels {self.noise_highest_decibels}; exchange them"
            )
            raise ValueError(message)
        return self


class SpectrogramMaskingConfig(StageConfig):
    """How stripes of a spectrogram are hidden.

    SpecAugment (Park et al. 2019, arXiv:1904.08779) without its warping in time.
    """

    probability: float = Field(default=1.0, ge=0.0, le=1.0)
    """Of a spectrogram to be masked at all."""
    num_time_masks: int = Field(default=1, ge=0, le=100)
    time_most: float = Field(default=0.2, ge=0.0, le=1.0)
    """Longest mask in time, as a share of the frames."""
    num_frequency_masks: int = Field(default=1, ge=0, le=100)
    frequency_most: float = Field(default=0.2, ge=0.0, le=1.0)
    """Broadest mask in frequency, as a share of the bands."""
    ground: float | None = None
    """What masked places show; null is the mean of the spectrogram."""


def augment_recording(
    samples: Samples, config: RecordingAugmentationConfig, random: np.random.Generator
) -> Samples:
    """Change a recording by chance.

    Args:
        samples: Mono, ``[samples]``, about -1 to 1; not changed.
        config: What may happen.
        random: Of the random numbers.

    Returns:
        ``float32``, of the same length but for the speed. An empty recording comes
        back as it is.
    """
    found = np.array(samples, dtype=np.float32)
    # All amounts are drawn whatever happens: switching one operation off leaves the
    # others as they are.
    happens, amounts = random.random(_NUM_OPERATIONS), random.random(_NUM_OPERATIONS)
    own = [
        np.random.default_rng(int(seed)) for seed in random.integers(1 << 62, size=2)
    ]
    if not len(found):
        return found
    if happens[0] < config.speed_probability:
        exponent = (2.0 * amounts[0] - 1.0) * np.log1p(config.speed_most)
        found = faster(found, float(np.exp(exponent)))
    if happens[1] < config.shift_probability:
        share = (2.0 * amounts[1] - 1.0) * config.shift_most
        found = shifted(found, round(share * len(found)))
    if happens[2] < config.gain_probability:
        found = louder(found, (2.0 * amounts[2] - 1.0) * config.gain_decibels)
    if happens[3] < config.masking_probability:
        num_hidden = round(amounts[3] * config.masking_most * len(found))
        start = int(own[0].integers(len(found) - num_hidden + 1))
        found[start : start + num_hidden] = 0.0
    if happens[4] < config.noise_probability:
        low, high = config.noise_lowest_decibels, config.noise_highest_decibels
        found = noisy(found, low + amounts[4] * (high - low), own[1])
    return found


def faster(samples: Samples, factor: float) -> Samples:
    """Play at a multiple of the speed, by a polyphase filter that lets no tone fold.

    Args:
        samples: ``[samples]``.
        factor: More than 1 is faster and higher; rounded to hundredths, at least 0.01.
    """
    ratio = Fraction(max(1, round(factor * _SPEED_STEPS)), _SPEED_STEPS)
    if ratio == 1:
        return samples
    played = resample_poly(samples, ratio.denominator, ratio.numerator)
    return np.asarray(played, dtype=np.float32)


def shifted(samples: Samples, later: int) -> Samples:
    """Move a sound in time; what leaves is lost, silence comes in.

    Args:
        samples: ``[samples]``.
        later: Samples to move it by; negative is earlier.
    """
    found = np.zeros_like(samples)
    kept = max(0, len(samples) - abs(later))
    source, target = max(0, -later), max(0, later)
    found[target : target + kept] = samples[source : source + kept]
    return found


def louder(samples: Samples, decibels: float) -> Samples:
    """Amplify, but never so far that a sample newly exceeds 1.

    Args:
        samples: ``[samples]``.
        decibels: Negative is softer.
    """
    factor = 10.0 ** (decibels / 20.0)
    peak = float(np.abs(samples).max(initial=0.0))
    if factor > 1.0 and factor * peak > 1.0:
        factor = max(1.0, 1.0 / peak)
    return samples * np.float32(factor)


def noisy(samples: Samples, decibels: float, random: np.random.Generator) -> Samples:
    """Add white noise.

    Args:
        samples: ``[samples]``; silence comes back as it is.
        decibels: Power of the signal over that of the noise.
        random: Of the noise.
    """
    power = float(np.square(samples, dtype=np.float64).mean()) if len(samples) else 0.0
    deviation = np.float32(np.sqrt(power * 10.0 ** (-decibels / 10.0)))
    noise = random.standard_normal(len(samples), dtype=np.float32)
    return np.asarray(samples + deviation * noise, dtype=np.float32)


def mask_spectrograms(
    planes: NDArray[np.float32],
    config: SpectrogramMaskingConfig,
    random: np.random.Generator,
) -> NDArray[np.float32]:
    """Hide stripes of time and of frequency, in each spectrogram others.

    Args:
        planes: ``[spectrograms, channels, bands, frames]``, as
            :func:`taojin.features.spectrograms.spectrogram_planes` makes them; not
            changed.
        config: How many and how wide.
        random: Of the random numbers.
    """
    found = planes.copy()
    num_bands, num_frames = planes.shape[2:]
    for plane in found:
        hides = random.random() < config.probability
        ground = plane.mean() if config.ground is None else config.ground
        frames = _stripes(config.num_time_masks, config.time_most, num_frames, random)
        bands = _stripes(
            config.num_frequency_masks, config.frequency_most, num_bands, random
        )
        if hides:
            plane[:, :, frames] = ground
            plane[:, bands, :] = ground
    return found


def _stripes(
    num_masks: int, most: float, size: int, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Which of ``size`` places are hidden; widths are even from 0 to the longest."""
    hidden = np.zeros(size, dtype=np.bool_)
    for _ in range(num_masks):
        width = int(random.integers(round(most * size) + 1))
        start = int(random.integers(size - width + 1))
        hidden[start : start + width] = True
    return hidden


_NUM_OPERATIONS = 5
