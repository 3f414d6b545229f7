"""What can be heard wrong in recordings without knowing what they should be.

Four plain measurements, each beside that of real recordings. They are no mean opinion
score: speech may be perfect by all four and unintelligible. They find generators that
hiss, clip, fall silent or sound dull.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.fingerprints import fingerprint_of
from taojin.core.progress import track
from taojin.evaluation.audits.results import detectable_deviations
from taojin.evaluation.intervals import IntervalConfig, bootstrap_mean
from taojin.evaluation.scores import Direction, Score, require_items
from taojin.media.recordings import num_clipped

_FEWEST = 8
_LOUD, _QUIET = 0.9, 0.1
_BAND_SHARE = 0.99
_NOTHING = 1e-12
"""Power of a sample of digital silence, -120 dB."""

Samples = NDArray[np.floating]


class RecordingConfig(StageConfig):
    """How recordings are measured."""

    sample_rate: int = Field(default=16_000, ge=1000, le=192_000)
    """Hertz."""
    frame_seconds: float = Field(default=0.025, gt=0.0, le=1.0)
    """Length of the frames whose loudness is compared."""
    silence_decibels: float = Field(default=-60.0, ge=-110.0, lt=0.0)
    """Frames below this are silent; a full-scale square wave has 0."""
    intervals: IntervalConfig = IntervalConfig()


def score_recordings(
    generated: Sequence[Samples],
    real: Sequence[Samples],
    config: RecordingConfig | None = None,
) -> list[Score]:
    """Measure recordings beside real ones.

    ``loud_to_quiet_decibels``: by how much the loud frames (90th percentile of power)
    exceed the quiet ones (10th). In speech, which pauses, that is an estimate of the
    signal-to-noise ratio; in music it is not. ``clipped_share``: of samples at full
    scale in runs of three and more. ``silent_share``: of frames that are silent.
    ``bandwidth_hertz``: 99 % of the power lies below. Means over recordings, with BCa
    intervals over them.

    Args:
        generated: Mono, full scale at 1, at ``config.sample_rate``.
        real: What they should be like; their means are the nulls.
        config: Settings.

    Raises:
        DataError: If there are fewer than eight of a kind.
    """
    config = config or RecordingConfig()
    require_items("recordings", len(generated), _FEWEST)
    require_items("recordings", len(real), _FEWEST, "real")
    # Sorted, so that resamples do not depend on the order of the recordings.
    tables = [
        np.array(
            [
                [measure(item, config) for _, _, measure in _MEASURES]
                for item in track(items, "recordings")
            ]
        )
        for items in (generated, real)
    ]
    fingerprint = fingerprint_of("recordings", config.model_dump(exclude={"intervals"}))
    return [
        _score(
            name,
            better,
            np.sort(tables[0][:, place]),
            np.sort(tables[1][:, place]),
            config,
            fingerprint,
        )
        for place, (name, better, _) in enumerate(_MEASURES)
    ]


def loud_to_quiet_decibels(samples: Samples, config: RecordingConfig) -> float:
    """Power of loud frames over that of quiet ones, in decibels."""
    quiet, loud = np.quantile(_frame_powers(samples, config), [_QUIET, _LOUD])
    return 10.0 * math.log10(loud / quiet)


def clipped_share(samples: Samples, config: RecordingConfig) -> float:
    """Share of samples at full scale, three or more in a row."""
    del config
    return num_clipped(samples) / len(samples)


def silent_share(samples: Samples, config: RecordingConfig) -> float:
    """Share of frames below the threshold of silence."""
    limit = 10.0 ** (config.silence_decibels / 10.0)
    return float((_frame_powers(samples, config) < limit).mean())


def bandwidth_hertz(samples: Samples, config: RecordingConfig) -> float:
    """Frequency below which 99 % of the power lies; 0 of silence."""
    spectrum = np.fft.rfft(np.asarray(samples, np.float64) * np.hanning(len(samples)))
    power = np.abs(spectrum) ** 2
    total = power.sum()
    if total <= _NOTHING:
        return 0.0
    place = int(np.searchsorted(np.cumsum(power), _BAND_SHARE * total))
    return place * config.sample_rate / len(samples)


def _frame_powers(samples: Samples, config: RecordingConfig) -> NDArray[np.float64]:
    """Mean squares of frames side by side; a rest shorter than a frame is left out."""
    size = max(1, round(config.frame_seconds * config.sample_rate))
    values = np.asarray(samples, dtype=np.float64)
    number = max(1, len(values) // size)
    frames = values[: number * size].reshape(number, -1)
    return np.maximum((frames**2).mean(axis=1), _NOTHING)


def _score(
    name: str,
    better: Direction,
    found: NDArray[np.float64],
    real: NDArray[np.float64],
    config: RecordingConfig,
    fingerprint: str,
) -> Score:
    noise = math.sqrt(real.var(ddof=1) * (1.0 / len(found) + 1.0 / len(real)))
    confidence = config.intervals.confidence
    return Score(
        name=name,
        axis="realism",
        better=better,
        estimate=bootstrap_mean(found, config.intervals),
        null=bootstrap_mean(real, config.intervals),
        # Where no real recording has any of it, their spread says nothing.
        min_detectable=detectable_deviations(confidence) * noise or None,
        extractor=fingerprint,
        num_generated=len(found),
        num_real=len(real),
    )


_MEASURES: tuple[
    tuple[str, Direction, Callable[[Samples, RecordingConfig], float]], ...
] = (
    ("loud_to_quiet_decibels", "like_real", loud_to_quiet_decibels),
    ("clipped_share", "lower", clipped_share),
    ("silent_share", "like_real", silent_share),
    ("bandwidth_hertz", "like_real", bandwidth_hertz),
)
