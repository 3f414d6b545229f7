import pytest
from pydantic import ValidationError

from taojin.generation.config import SamplingConfig


@pytest.mark.parametrize(
    "setting",
    [
        {"max_new_tokens": 0},
        {"temperature": -0.1},
        {"top_k": 0},
        {"top_p": 0.0},
        {"min_p": 1.0},
        {"repetition_penalty": 0.9},
        {"batch_size": 0},
        {"temprature": 1.0},
    ],
)
def test_settings_out_of_range_are_refused_by_name(setting):
    with pytest.raises(ValidationError, match=next(iter(setting))):
        SamplingConfig(**setting)


def test_the_defaults_filter_nothing():
    config = SamplingConfig()

    assert (config.top_k, config.top_p, config.min_p) == (None, 1.0, 0.0)
    assert config.repetition_penalty == 1.0
