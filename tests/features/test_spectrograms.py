import math

import numpy as np
import pytest
from pydantic import ValidationError

from taojin.features.spectrograms import (
    SpectrogramConfig,
    log_mel,
    mel_filters,
    spectrogram_planes,
)

CONFIG = SpectrogramConfig()

# librosa 0.11.0 on the sound below: its filters.mel times its stft squared
# (n_fft=512, hop_length=160, win_length=400, pad_mode="constant"), logarithm;
# every ninth band, every eighth frame.
LIBROSA = [
    [-1.191638491, -2.534584264, -3.181845626, -1.631603475],
    [2.829784894, 3.897605915, 3.816254012, 3.931860816],
    [-2.904805929, -3.74698022, -2.53176981, -4.249247162],
    [-3.484554442, -2.51259766, -2.250537517, -2.873912453],
    [-3.037143067, -2.729038885, -4.167370798, -2.651391933],
    [-3.690418059, -2.780605682, -2.381483903, -3.534641787],
    [-6.179617612, -2.51129303, -4.011908005, -3.188230726],
    [-3.654683367, -3.169254716, -3.074433686, -2.744201627],
]


def sound():
    noise = np.random.default_rng(0).standard_normal(4000) * 0.1
    return noise + np.sin(2 * np.pi * 440 * np.arange(4000) / 16000) * 0.5


def test_the_spectrogram_is_that_of_the_reference_library():
    found = log_mel(sound(), CONFIG)

    assert found.shape == (64, 26)
    np.testing.assert_allclose(found[::9, ::8], LIBROSA, atol=1e-8)
    assert found.sum() == pytest.approx(-4815.14778994753, abs=1e-6)
    assert (found**2).sum() == pytest.approx(18488.37895232463, abs=1e-5)


def test_filters_are_those_of_the_reference_library():
    filters = mel_filters(16_000, 512, 64)

    assert filters.sum() == pytest.approx(2.0461816242909356, rel=1e-12)
    assert (filters**2).sum() == pytest.approx(0.017666435502407644, rel=1e-12)


def test_a_higher_tone_is_loudest_in_a_higher_band():
    times = np.arange(8000) / 16_000
    tones = [np.sin(2 * np.pi * hertz * times) for hertz in (200, 800, 3200, 7000)]

    loudest = [int(log_mel(tone, CONFIG).mean(axis=1).argmax()) for tone in tones]

    assert loudest == sorted(set(loudest))


def test_twice_the_amplitude_is_four_times_the_power():
    change = log_mel(2 * sound(), CONFIG) - log_mel(sound(), CONFIG)

    np.testing.assert_allclose(change, math.log(4.0))


@pytest.mark.parametrize("num_samples", [1, 200, 400, 50_000])
def test_planes_have_one_size_whatever_the_length(num_samples):
    samples = np.ones(num_samples, np.float32)

    assert spectrogram_planes([samples], CONFIG).shape == (1, 1, 64, 64)


def test_short_sounds_lie_in_silence_and_long_ones_lose_their_ends():
    short = spectrogram_planes([sound()], CONFIG)[0, 0]
    long = spectrogram_planes([np.tile(sound(), 5)], CONFIG)[0, 0]

    whole = log_mel(np.tile(sound(), 5), CONFIG)
    assert np.all(short[:, :19] == np.float32(math.log(CONFIG.floor)))
    assert short[:, 19:45].min() > -8
    start = (whole.shape[1] - 64) // 2
    np.testing.assert_allclose(long, whole[:, start : start + 64], rtol=1e-6)


def test_a_window_larger_than_the_transform_is_refused():
    with pytest.raises(ValidationError, match="raise fft_size"):
        SpectrogramConfig(fft_size=256, window_size=400)
