import torch

from taojin.models.codecs.framing import spectra
from taojin.training.codecs.config import SpectralLossConfig
from taojin.training.codecs.losses import SpectralLoss

LOSS = SpectralLoss(SpectralLossConfig(), 8000, 320)


def heard(samples):
    return spectra(samples, 320, 80).abs()


def tone(hertz, phase=0.0, loudness=0.3):
    times = torch.arange(4000) / 8000
    return heard(loudness * torch.sin(2 * torch.pi * hertz * times + phase)[None])


def test_a_sound_is_at_no_distance_from_itself():
    assert LOSS(tone(440), tone(440)).item() < 1e-3


def test_pitch_and_loudness_matter_and_phase_does_not():
    turned = LOSS(tone(440, phase=1.0), tone(440)).item()

    assert LOSS(tone(500), tone(440)).item() > 4 * turned
    assert LOSS(tone(440, loudness=0.1), tone(440)).item() > 4 * turned


def test_rows_are_measured_apart():
    made = torch.cat([tone(440), tone(440)])
    real = torch.cat([tone(440), tone(900)])

    both = LOSS(made, real)

    assert both.shape == (2,)
    assert both[0] < 1e-3 < 0.1 < both[1]
    torch.testing.assert_close(both[1:], LOSS(made[1:], real[1:]))


def test_weights_choose_what_counts():
    def loss(**weights):
        none = {"bin_weight": 0.0, "band_weight": 0.0, "magnitude_weight": 0.0}
        config = SpectralLossConfig(**{**none, **weights})
        return SpectralLoss(config, 8000, 320)(tone(500), tone(440)).item()

    parts = [
        loss(**{name: 1.0})
        for name in ("bin_weight", "band_weight", "magnitude_weight")
    ]

    assert loss() == 0.0
    assert min(parts) > 0.01
    assert abs(sum(parts) - LOSS(tone(500), tone(440)).item()) < 1e-4


def test_what_is_below_the_floor_is_alike():
    config = SpectralLossConfig(floor=1e-3, magnitude_weight=0.0)
    torch.manual_seed(0)
    noise = heard(1e-4 * torch.randn(1, 4000))

    assert SpectralLoss(config, 8000, 320)(noise, 0.0 * noise).item() < 1e-2


def test_silence_has_a_finite_gradient():
    made = torch.zeros(1, 5, 161, requires_grad=True)

    LOSS(made, torch.zeros(1, 5, 161)).sum().backward()

    assert made.grad is not None
    assert made.grad.isfinite().all()
