import torch

from taojin.models.config import LanguageModelConfig
from taojin.models.language_model import LanguageModel


def _model(*, tie):
    config = LanguageModelConfig(depth=2, width=32, tie_embeddings=tie)
    return LanguageModel(config.shape(vocab_size=60))


def test_logits_have_one_row_a_token_and_one_column_a_word():
    assert _model(tie=False)(torch.zeros(2, 5, dtype=torch.int64)).shape == (2, 5, 60)


def test_a_new_untied_model_gives_every_token_the_same_chance():
    logits = _model(tie=False)(torch.arange(8)[None])

    assert logits.abs().max() == 0


def test_tied_embeddings_are_one_weight_counted_once():
    names = [name for name, _ in _model(tie=True).named_parameters()]

    assert "lm_head.weight" not in names
    assert "model.embed_tokens.weight" in names


def test_weights_are_named_as_transformers_names_them():
    names = {name for name, _ in _model(tie=False).named_parameters()}
    layer = {
        "self_attn.q_proj",
        "self_attn.k_proj",
        "self_attn.v_proj",
        "self_attn.o_proj",
        "self_attn.q_norm",
        "self_attn.k_norm",
        "mlp.gate_proj",
        "mlp.up_proj",
        "mlp.down_proj",
        "input_layernorm",
        "post_attention_layernorm",
    }
    expected = {f"model.layers.{i}.{part}.weight" for i in range(2) for part in layer}
    expected |= {"model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"}

    assert names == expected
