import json

import pytest
import torch
from tokenizers import Tokenizer, models

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.language_model import LanguageModel
from taojin.models.storage import save_model
from taojin.models.transformers_import import import_language_model, is_importable

transformers = pytest.importorskip(
    "transformers", reason="needs the extra `transformers`"
)
TOKENIZER = Tokenizer(models.BPE({END_OF_DOCUMENT: 0, "a": 1}, [])).to_str()
TOKENS = torch.tensor([[1, 5, 3, 8, 19, 2, 0, 4]])


def _model(**settings):
    torch.manual_seed(0)
    config = LanguageModelConfig(depth=2, width=48, num_heads=4, **settings)
    model = LanguageModel(config.shape(20)).eval()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return model.requires_grad_(requires_grad=False)


def _network(**settings):
    torch.manual_seed(0)
    config = transformers.Qwen3Config(
        vocab_size=20,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=1,
        head_dim=16,
        intermediate_size=56,
        max_position_embeddings=64,
        **settings,
    )
    return transformers.Qwen3ForCausalLM(config).eval()


@pytest.mark.parametrize("tied", [True, False])
def test_a_model_goes_to_transformers_and_back(tmp_path, tied):
    model = _model(tie_embeddings=tied, rope_theta=500.0)
    save_model(model, tmp_path / "ours", TOKENIZER)

    other = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "ours")
    other.save_pretrained(tmp_path / "theirs")
    back = import_language_model(tmp_path / "theirs")

    with torch.no_grad():
        assert (other(TOKENS).logits - model(TOKENS)).abs().max() < 1e-4
    assert torch.equal(back(TOKENS), model(TOKENS))
    assert not back.training


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("shard", ["1GB", "20KB"])
def test_what_transformers_made_gives_the_same_logits_here(tmp_path, tied, shard):
    network = _network(tie_word_embeddings=tied)
    network.save_pretrained(tmp_path, max_shard_size=shard)

    model = import_language_model(tmp_path)

    assert is_importable(tmp_path)
    with torch.no_grad():
        assert (model(TOKENS) - network(TOKENS).logits).abs().max() < 1e-4


def test_reduced_weights_are_computed_with_in_fp32(tmp_path):
    _network().bfloat16().save_pretrained(tmp_path)

    model = import_language_model(tmp_path)

    assert {weight.dtype for weight in model.parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("architectures", ["LlamaForCausalLM"]),
        ("attention_bias", True),
        ("hidden_act", "relu2"),
        ("use_sliding_window", True),
        ("rope_parameters", {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0}),
    ],
)
def test_what_our_decoder_cannot_express_is_refused_by_name(tmp_path, setting, value):
    _network().save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, setting: value}), encoding="utf-8")

    named = "rope_type" if setting == "rope_parameters" else setting
    with pytest.raises(ConfigurationError, match=named):
        import_language_model(tmp_path)
    assert not is_importable(tmp_path)


def test_a_damaged_folder_is_refused(tmp_path):
    assert not is_importable(tmp_path)
    with pytest.raises(CorruptArtifactError, match=r"config\.json"):
        import_language_model(tmp_path)

    _network().save_pretrained(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(CorruptArtifactError):
        import_language_model(tmp_path)
