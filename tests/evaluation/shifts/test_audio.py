import numpy as np
import pytest
from scipy.stats import spearmanr

from taojin.core.errors import ConfigurationError, DataError
from taojin.evaluation.shifts import audio_shifts

RATE = 8000
SHIFTS = audio_shifts(RATE)
LEVELS = (0.2, 0.4, 0.6, 0.8, 1.0)


def recordings(num_recordings=4, num_samples=4000):
    time = np.arange(num_samples) / RATE
    return [
        np.mean(
            [
                np.sin(2 * np.pi * (tone + 7 * number) * time)
                for tone in (220, 500, 1100, 1900, 2700, 3500)
            ],
            axis=0,
        ).astype(np.float32)
        for number in range(num_recordings)
    ]


def effect(name, before, after):
    if name == "speed":
        return sum(
            abs(np.log(len(two) / len(one)))
            for one, two in zip(before, after, strict=True)
        )
    return sum(
        np.square(one - two).mean() for one, two in zip(before, after, strict=True)
    )


@pytest.mark.parametrize("name", SHIFTS)
def test_strength_0_leaves_recordings_as_they_are(name):
    before = recordings()

    for one, other in zip(before, SHIFTS[name](before, 0.0, 1), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("name", SHIFTS)
def test_more_strength_changes_more(name):
    before = recordings()
    effects = [effect(name, before, SHIFTS[name](before, level, 1)) for level in LEVELS]

    assert effects[0] > 0
    assert spearmanr(LEVELS, effects)[0] == pytest.approx(1.0)


@pytest.mark.parametrize("name", SHIFTS)
def test_a_recording_is_shifted_the_same_whatever_stands_beside_it(name):
    before = recordings()
    whole = SHIFTS[name](before, 0.5, 1)

    for number, recording in enumerate(before):
        assert np.array_equal(SHIFTS[name]([recording], 0.5, 1)[0], whole[number])
        assert whole[number].dtype == np.float32


def test_noise_is_as_loud_as_asked():
    before = recordings(1, 40_000)[0].astype(np.float64)
    added = SHIFTS["audio_noise"]([before], 0.5, 1)[0] - before

    decibels = 10 * np.log10(np.square(before).mean() / np.square(added).mean())
    assert decibels == pytest.approx(20.0, abs=0.2)


def test_speed_moves_the_tone():
    time = np.arange(16_000) / RATE
    tone = np.sin(2 * np.pi * 500 * time)
    found = set()
    for number in range(12):
        shifted = SHIFTS["speed"]([tone + 1e-6 * number], 1.0, 1)[0]
        peak = (
            np.abs(np.fft.rfft(shifted - shifted.mean())).argmax() * RATE / len(shifted)
        )
        found.add(round(peak / 10) * 10)

    assert found == {750, 330}


def test_the_band_loses_high_tones_and_keeps_low_ones():
    time = np.arange(8000) / RATE
    low, high = np.sin(2 * np.pi * 150 * time), np.sin(2 * np.pi * 3000 * time)
    kept_low, kept_high = SHIFTS["band_limit"]([low, high], 1.0, 1)

    assert np.square(kept_low).mean() > 0.45
    assert np.square(kept_high).mean() < 1e-3


@pytest.mark.parametrize("name", SHIFTS)
def test_a_very_short_recording_is_shifted_too(name):
    assert len(SHIFTS[name]([np.array([0.1, -0.2, 0.3])], 0.5, 1)[0]) >= 1


@pytest.mark.parametrize("name", SHIFTS)
@pytest.mark.parametrize(
    "bad", [np.zeros(4, np.int16), np.zeros((2, 4)), np.zeros(0)], ids=str
)
def test_what_is_no_recording_is_refused(name, bad):
    with pytest.raises(DataError, match="recording 1 is"):
        SHIFTS[name]([recordings(1)[0], bad], 0.5, 1)


def test_a_rate_is_positive():
    with pytest.raises(ConfigurationError, match="rate is 0"):
        audio_shifts(0)
