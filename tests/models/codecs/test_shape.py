import pytest
from pydantic import ValidationError

from taojin.models.codecs.shape import CodecShape


def test_rates_follow_from_the_numbers():
    shape = CodecShape(sample_rate=8000, hop_size=80, frames_per_code=2, levels=(8, 6))

    assert shape.code_samples == 160
    assert shape.codebook_size == 48
    assert shape.latent_size == 4
    assert shape.num_bins == 161
    assert shape.tokens_per_second == 100.0
    assert shape.bits_per_second == pytest.approx(558.5, abs=0.1)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"fft_size": 300, "hop_size": 80}, "fft_size 300"),
        ({"fft_size": 63, "hop_size": 21, "kernel_size": 4}, "kernel_size is 4"),
        ({"fft_size": 100, "hop_size": 25}, "hop_size 25"),
        ({"levels": (8, 1)}, "levels"),
        ({"levels": (65,)}, "levels"),
        ({"kernel_size": 6}, "kernel_size is 6"),
    ],
)
def test_numbers_that_do_not_fit_are_refused_by_name(settings, named):
    with pytest.raises(ValidationError, match=named):
        CodecShape(**settings)
