import pytest
import torch

from taojin.models.codecs.framing import sound, sound_of_magnitudes, spectra


@pytest.mark.parametrize(("fft_size", "hop_size"), [(320, 80), (64, 32), (45, 15)])
def test_sound_is_the_inverse_of_spectra(fft_size, hop_size):
    torch.manual_seed(0)
    samples = torch.randn(3, 8 * hop_size)

    found = spectra(samples, fft_size, hop_size)

    assert found.shape == (3, 8, fft_size // 2 + 1)
    torch.testing.assert_close(
        sound(found, fft_size, hop_size), samples, atol=1e-4, rtol=1e-4
    )


def test_a_frame_is_centred_on_its_hop():
    samples = torch.zeros(1, 400)
    samples[0, 160] = 1.0  # first sample of hop 4 of 40

    loudness = spectra(samples, 120, 40).abs().sum(-1)[0]

    assert loudness.argmax() == 4
    assert loudness[[0, 1, 2, 6, 7]].max() == 0.0


def glide():
    """A tone of three partials whose pitch rises."""
    times = torch.arange(4000) / 8000
    phase = 2 * torch.pi * (200.0 * times + 60.0 * times**2)
    return torch.stack([torch.sin(k * phase) / k for k in (1, 2, 3)]).sum(0)[None]


def magnitude_error(samples, wanted):
    found = spectra(samples, 320, 80).abs()
    return float((found - wanted).square().sum() / wanted.square().sum())


def test_guessed_phases_are_much_better_than_none():
    wanted = spectra(glide(), 320, 80).abs()

    guessed = magnitude_error(sound_of_magnitudes(wanted, 320, 80, 0), wanted)
    without = magnitude_error(sound(wanted + 0j, 320, 80), wanted)

    assert guessed < 0.15
    assert guessed < 0.3 * without


def test_a_steady_tone_is_guessed_nearly_exactly():
    tone = torch.sin(2 * torch.pi * 1037.0 * torch.arange(4000) / 8000)[None]
    wanted = spectra(tone, 320, 80).abs()

    assert magnitude_error(sound_of_magnitudes(wanted, 320, 80, 0), wanted) < 0.01


def test_rounds_bring_the_magnitudes_nearer_to_the_wanted_ones():
    torch.manual_seed(0)
    wanted = spectra(glide() + 0.3 * torch.randn(1, 4000), 320, 80).abs()

    errors = [
        magnitude_error(sound_of_magnitudes(wanted, 320, 80, rounds), wanted)
        for rounds in (0, 4, 32)
    ]

    assert errors[0] > 1.5 * errors[1] > 2.0 * errors[2]


def test_silence_stays_silent():
    made = sound_of_magnitudes(torch.zeros(1, 10, 161), 320, 80, 4)

    assert made.shape == (1, 800)
    assert made.abs().max() == 0.0
