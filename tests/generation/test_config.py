import pytest
from pydantic import ValidationError

from taojin.generation.config import ConstraintConfig, SamplingConfig


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
        {"min_new_tokens": 200},
        {"stop": ("a", "")},
        {"no_repeat_ngram": 0},
        {"frequency_penalty": -1.0},
        {"precision": "int4"},
        {"guidance": {"strength": 2.0}},
        {"constraint": {}},
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


def test_a_form_is_a_pattern_or_a_schema_but_not_both():
    with pytest.raises(ValidationError, match="exactly one"):
        ConstraintConfig(regex="a", json_schema={})

    assert ConstraintConfig(json_schema={}).regex is None
