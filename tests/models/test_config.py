import pytest
from pydantic import ValidationError

from taojin.models.config import DecoderShape, LanguageModelConfig


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 8, 12, 24, 36])
def test_one_dial_gives_a_consistent_shape(depth):
    shape = LanguageModelConfig(depth=depth).shape(vocab_size=100)

    assert shape.num_hidden_layers == depth
    assert shape.hidden_size == 48 * depth
    assert shape.num_attention_heads % shape.num_key_value_heads == 0
    assert shape.intermediate_size >= 8 / 3 * shape.hidden_size


def test_width_grows_with_depth():
    widths = [LanguageModelConfig(depth=d).shape(10).hidden_size for d in range(1, 9)]

    assert widths == sorted(set(widths))


def test_every_derived_number_can_be_set():
    config = LanguageModelConfig(
        depth=2,
        context_length=64,
        width=40,
        num_heads=6,
        num_key_value_heads=3,
        head_width=10,
        feed_forward_width=72,
        rope_theta=500.0,
        tie_embeddings=True,
    )

    shape = config.shape(vocab_size=300)

    assert shape == DecoderShape(
        vocab_size=300,
        hidden_size=40,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=3,
        head_dim=10,
        intermediate_size=72,
        max_position_embeddings=64,
        rope_theta=500.0,
        rms_norm_eps=1e-6,
        tie_word_embeddings=True,
    )


def test_heads_that_do_not_divide_are_refused_by_name():
    with pytest.raises(ValidationError, match="num_key_value_heads 4"):
        LanguageModelConfig(num_heads=6, num_key_value_heads=4)


@pytest.mark.parametrize(
    "setting",
    [{"depth": 0}, {"context_length": 1}, {"head_width": 7}, {"rope_theta": 1.0}],
)
def test_numbers_out_of_range_are_refused(setting):
    with pytest.raises(ValidationError, match=next(iter(setting))):
        LanguageModelConfig(**setting)


def test_the_shape_survives_the_transformers_configuration():
    shape = LanguageModelConfig(depth=3, rope_theta=12_345.0).shape(vocab_size=77)

    content = shape.to_transformers()

    assert content["architectures"] == ["Qwen3ForCausalLM"]
    assert content["model_type"] == "qwen3"
    assert DecoderShape.from_transformers(content) == shape


def test_the_rotary_base_is_found_where_newer_transformers_write_it():
    content = LanguageModelConfig(rope_theta=777.0).shape(9).to_transformers()
    del content["rope_theta"]

    assert DecoderShape.from_transformers(content).rope_theta == 777.0


def test_a_configuration_that_lacks_a_number_is_refused():
    content = LanguageModelConfig().shape(9).to_transformers()
    del content["hidden_size"]

    with pytest.raises(ValueError, match="hidden_size"):
        DecoderShape.from_transformers(content)
