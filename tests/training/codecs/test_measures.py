import numpy as np
import pytest

from taojin.features.spectrograms import SpectrogramConfig
from taojin.training.codecs.measures import (
    codebook_use,
    mel_distances,
    spectral_distances,
)

CONFIG = SpectrogramConfig(
    sample_rate=8000, fft_size=256, window_size=200, num_bands=20
)


def test_codes_that_occur_equally_often_amount_to_their_number():
    first = np.array([[0, 7], [1, 7]])
    second = np.array([[2, 7], [3, 7]])

    even, one = codebook_use([first, second], 8)

    assert even == pytest.approx((0.5, 4.0, 2.0))
    assert one == pytest.approx((0.125, 1.0, 0.0))


def test_ten_times_the_amplitude_is_twenty_decibels():
    draw = np.random.default_rng(0)
    real = [draw.normal(0, 0.1, 4000).astype(np.float32) for _ in range(3)]
    made = [10.0 * clip for clip in real]

    for measure in (mel_distances, spectral_distances):
        np.testing.assert_allclose(measure(made, real, CONFIG), 20.0, rtol=1e-5)
        np.testing.assert_array_equal(measure(real, real, CONFIG), 0.0)


def test_uneven_errors_weigh_more_in_the_spectral_distance():
    draw = np.random.default_rng(0)
    real = [draw.normal(0, 0.1, 4000)]
    made = [draw.normal(0, 0.1, 4000)]

    mean = mel_distances(made, real, CONFIG)[0]

    assert spectral_distances(made, real, CONFIG)[0] > mean > 1.0
