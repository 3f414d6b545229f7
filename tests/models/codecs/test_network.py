import pytest
import torch


def test_samples_become_codes_and_codes_as_many_samples(tiny_codec):
    samples = torch.randn(3, 400)

    codes = tiny_codec.encode(samples)
    made = tiny_codec.decode(codes, 2)

    assert codes.shape == (3, 10, 2)
    assert codes.dtype == torch.int64
    assert 0 <= codes.min() <= codes.max() < tiny_codec.shape.codebook_size
    assert made.shape == samples.shape


def test_training_sees_the_magnitudes_of_what_is_decoded(tiny_codec):
    samples = torch.randn(3, 400)

    made = tiny_codec(samples)

    values = tiny_codec.quantiser.values(tiny_codec.encode(samples))
    assert made.shape == tiny_codec.heard(samples).shape == (3, 20, 41)
    torch.testing.assert_close(made, tiny_codec.magnitudes(values))


def test_a_length_that_is_no_multiple_of_a_code_is_refused(tiny_codec):
    with pytest.raises(ValueError, match="401 samples"):
        tiny_codec.encode(torch.zeros(1, 401))
    with pytest.raises(ValueError, match="0 samples"):
        tiny_codec.encode(torch.zeros(1, 0))


def test_gradients_reach_every_weight(tiny_codec):
    made = tiny_codec(torch.randn(2, 400))

    made.square().sum().backward()

    for name, weight in tiny_codec.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().max() > 0.0, name


def test_rounds_change_the_sound_and_keep_its_length(tiny_codec):
    codes = tiny_codec.encode(torch.randn(1, 400))

    plain, better = tiny_codec.decode(codes, 0), tiny_codec.decode(codes, 3)

    assert plain.shape == better.shape
    assert not torch.equal(plain, better)
