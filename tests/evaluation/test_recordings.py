import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from taojin.core.errors import DataError
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.recordings import (
    RecordingConfig,
    bandwidth_hertz,
    clipped_share,
    loud_to_quiet_decibels,
    score_recordings,
    silent_share,
)

RATE = 8000
CONFIG = RecordingConfig(sample_rate=RATE, intervals=IntervalConfig(num_resamples=300))
STRENGTHS = (0.0, 0.1, 0.3, 0.6, 1.0)


def speech(seed, seconds=0.6):
    """Bursts of sound with quiet between them, over a little noise."""
    draw = np.random.default_rng(seed)
    count = int(RATE * seconds)
    carrier = draw.standard_normal(count) * 0.2
    gate = np.repeat(draw.random(count // 400 + 1) < 0.5, 400)[:count]
    return carrier * gate + draw.normal(0, 10 ** draw.uniform(-3.2, -2.8), count)


def many(count=30, seed=0):
    return [speech(seed + place) for place in range(count)]


def scores(generated, real=None):
    found = score_recordings(
        generated, many(seed=500) if real is None else real, CONFIG
    )
    return {score.name: score for score in found}


def hiss(item, strength):
    return item + 0.1 * strength * np.random.default_rng(0).standard_normal(len(item))


def clip(item, strength):
    return np.clip(item * (1 + 40 * strength), -1, 1)


def mute(item, strength):
    kept = item.copy()
    kept[: int(strength * len(item))] = 0
    return kept


def dull(item, strength):
    edge = 3900 * (1 - 0.9 * strength)
    return sosfilt(butter(8, edge, fs=RATE, output="sos"), item)


def test_real_recordings_are_inside_their_own_band():
    for score in scores(many()).values():
        assert score.null is not None
        assert score.estimate.low <= score.null.high
        assert score.null.low <= score.estimate.high


@pytest.mark.parametrize(
    ("name", "damage", "sign"),
    [
        ("loud_to_quiet_decibels", hiss, -1),
        ("clipped_share", clip, 1),
        ("silent_share", mute, 1),
        ("bandwidth_hertz", dull, -1),
    ],
)
def test_every_measurement_follows_its_damage(name, damage, sign):
    items = many(8)
    values = [
        scores([damage(item, strength) for item in items])[name].estimate.value
        for strength in STRENGTHS
    ]

    assert values == sorted(values, reverse=sign < 0)
    assert len(set(values)) == len(values)


def test_the_order_of_recordings_does_not_matter():
    generated, real = many(10), many(10, 90)

    assert scores(generated, real) == scores(generated[::-1], real[::-1])


def test_loudness_is_compared_in_decibels():
    loud, quiet = np.ones(4000), np.full(4000, 0.01)

    found = loud_to_quiet_decibels(np.concatenate([loud, quiet]), CONFIG)

    assert found == pytest.approx(40.0)


def test_only_runs_at_the_limit_are_clipped():
    samples = np.array([1.0, 0.5, -1, -1, -1, 0.0, 1, 1, 0.2, 0.1])

    assert clipped_share(samples, CONFIG) == 0.3


def test_frames_below_the_threshold_are_silent():
    samples = np.concatenate([np.full(600, 0.5), np.full(200, 10**-3.1)])

    assert silent_share(samples, CONFIG) == 0.25


@pytest.mark.parametrize("hertz", [300.0, 2000.0])
def test_the_bandwidth_of_a_tone_is_its_pitch(hertz):
    tone = np.sin(2 * np.pi * hertz * np.arange(8000) / RATE)

    assert bandwidth_hertz(tone, CONFIG) == pytest.approx(hertz, abs=3)


@pytest.mark.parametrize("samples", [np.zeros(1), np.ones(1), np.zeros(5000)])
def test_silence_and_single_samples_are_measured(samples):
    for score in scores([samples] * 8).values():
        assert np.isfinite(score.estimate.value)


def test_a_difference_of_the_detectable_size_is_found_four_times_in_five():
    draw = np.random.default_rng(0)
    pool = [silent_share(speech(seed), CONFIG) for seed in range(150)]
    real = many(20, 800)
    smallest = scores(many(20), real)["silent_share"].min_detectable
    found = []
    for _ in range(300):
        shifted = draw.choice(pool, 20) + smallest
        own = draw.choice(pool, 20)
        error = np.sqrt((shifted.var(ddof=1) + own.var(ddof=1)) / 20)
        found.append(abs(shifted.mean() - own.mean()) > 1.96 * error)

    assert 0.6 < np.mean(found) < 0.95


def test_what_no_real_recording_has_tells_no_smallest_difference():
    found = scores(many(8))

    assert found["clipped_share"].min_detectable is None
    assert found["silent_share"].min_detectable


def test_too_few_recordings_are_refused():
    with pytest.raises(DataError, match="at least 8"):
        scores(many(3))
