import pytest
from pydantic import ValidationError

from taojin.models.autoencoders.shape import AutoencoderShape, LikelihoodConfig


def test_sizes_halve_and_halves_go_up():
    shape = AutoencoderShape(height=28, width=9, widths=(4, 4, 4))
    assert shape.sizes() == [(28, 9), (14, 5), (7, 3), (4, 2)]


def test_an_image_has_the_numbers_of_all_its_channels():
    assert AutoencoderShape(num_channels=3, height=8, width=6).image_size == 144


def test_more_levels_than_a_picture_can_be_halved_are_refused():
    with pytest.raises(ValidationError, match="widths has 4 levels"):
        AutoencoderShape(height=8, width=8, widths=(4, 4, 4, 4))
    AutoencoderShape(height=8, width=8, widths=(4, 4, 4))
    AutoencoderShape(height=8, width=8, widths=(4,) * 7, network="linear")


def test_a_scale_that_is_learnt_begins_above_its_least():
    with pytest.raises(ValidationError, match="fixed_scale"):
        LikelihoodConfig(name="gaussian", fixed_scale=0.1, min_scale=0.1)
    LikelihoodConfig(name="gaussian", fixed_scale=0.001, min_scale=0.1, scale="fixed")


def test_unknown_settings_are_refused():
    with pytest.raises(ValidationError, match="depth"):
        AutoencoderShape(height=8, width=8, depth=3)  # pyright: ignore
