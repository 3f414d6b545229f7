"""Recordings as other rooms, speakers and lines give them.

Items are arrays of floats, one dimension, about -1 to 1.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from taojin.core.errors import ConfigurationError, DataError
from taojin.evaluation.shifts.contracts import (
    Shift,
    Shifts,
    item_generator,
    require_strength,
)

Recording = NDArray[np.floating]
_BEST_DECIBELS = 40.0
"""Signal over noise just above strength 0; at strength 1 they are equal."""
_MAX_SPEED = 0.5
_SPEED_STEPS = 100
_LOWEST_CUTOFF = 0.08
"""Share of the half rate that the narrowest band keeps."""
_FILTER_ORDER = 4


def audio_noise(
    items: Sequence[Recording], strength: float, seed: int
) -> list[Recording]:
    """Add white noise: 40 decibels below the signal, up to as loud as it."""

    def change(recording: Recording, random: np.random.Generator) -> Recording:
        power = float(np.square(recording, dtype=np.float64).mean())
        decibels = _BEST_DECIBELS * (1.0 - strength)
        loudness = np.sqrt(power * 10.0 ** (-decibels / 10.0))
        return recording + loudness * random.standard_normal(len(recording))

    return _changed("audio_noise", change, (items, strength, seed))


def speed(items: Sequence[Recording], strength: float, seed: int) -> list[Recording]:
    """Play faster or slower, by up to a factor of 1.5; pitch goes along."""

    def change(recording: Recording, random: np.random.Generator) -> Recording:
        factor = Fraction(
            round((1 + strength * _MAX_SPEED) * _SPEED_STEPS), _SPEED_STEPS
        )
        factor = factor if random.random() < 0.5 else 1 / factor
        return signal.resample_poly(recording, factor.denominator, factor.numerator)

    return _changed("speed", change, (items, strength, seed))


def band_limit(rate: int) -> Shift[Recording]:
    """Make a shift that keeps low tones only, as a telephone does.

    Args:
        rate: Samples a second. The cut falls from half of it to 8 % of that.

    Raises:
        ConfigurationError: If the rate is not positive.
    """
    if rate <= 0:
        message = f"shifts: rate is {rate} samples a second; it must be positive"
        raise ConfigurationError(message)

    def shift(
        items: Sequence[Recording], strength: float, seed: int
    ) -> list[Recording]:
        def change(recording: Recording, random: np.random.Generator) -> Recording:  # noqa: ARG001
            cutoff = 0.5 * rate * min(0.99, _LOWEST_CUTOFF**strength)
            sections = np.asarray(
                signal.butter(_FILTER_ORDER, cutoff, "lowpass", fs=rate, output="sos")
            )
            padding = min(3 * (2 * len(sections) + 1), len(recording) - 1)
            return signal.sosfiltfilt(sections, recording, padlen=padding)

        return _changed("band_limit", change, (items, strength, seed))

    return shift


def audio_shifts(rate: int) -> Shifts[Recording]:
    """Name all shifts of recordings of so many samples a second.

    Raises:
        ConfigurationError: If the rate is not positive.
    """
    return {
        "audio_noise": audio_noise,
        "speed": speed,
        "band_limit": band_limit(rate),
    }


def _changed(
    name: str,
    change: Callable[[Recording, np.random.Generator], Recording],
    shifted: tuple[Sequence[Recording], float, int],
) -> list[Recording]:
    items, strength, seed = shifted
    require_strength(strength)
    for number, recording in enumerate(items):
        is_float = np.issubdtype(recording.dtype, np.floating)
        if not is_float or recording.ndim != 1 or not len(recording):
            message = (
                f"shifts: recording {number} is {recording.dtype} of shape "
                f"{recording.shape}; needed are floats, one dimension, not empty"
            )
            raise DataError(message)
    if strength == 0.0:
        return [recording.copy() for recording in items]
    return [
        np.asarray(change(one, item_generator(seed, name, one))).astype(one.dtype)
        for one in items
    ]
