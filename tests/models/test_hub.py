import json
import shutil

import pytest
import torch

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.models.attention import KeyValueCache
from taojin.models.encoding import END_OF_DOCUMENT, encode
from taojin.models.hub import load_hub_model, save_hub_model, untrained_like

transformers = pytest.importorskip("transformers")
FAMILIES = ["gpt2", "llama", "qwen2", "gemma2"]
TOKENS = torch.tensor([[5, 6, 7, 8, 9], [50, 40, 30, 20, 10]])


def _theirs(folder, tokens=TOKENS):
    network = transformers.AutoModelForCausalLM.from_pretrained(folder).float().eval()
    return network(tokens).logits


@pytest.mark.parametrize("family", FAMILIES)
class TestFamilies:
    def test_logits_are_those_of_transformers(self, hub_folder, family):
        model, _, _ = load_hub_model(hub_folder(family))

        torch.testing.assert_close(model(TOKENS), _theirs(hub_folder(family)))
        assert model.is_plain == (family != "gemma2")

    def test_our_cache_gives_the_same_logits(self, hub_folder, family):
        model, _, _ = load_hub_model(hub_folder(family))
        weight = next(model.parameters())
        cache = KeyValueCache(model.shape, num_rows=2, length=9, like=weight)
        # The second row is one token ahead: its padding is written over.
        places = torch.tensor([[0, 1, 2], [0, 1, 2]])

        tokens = torch.stack([TOKENS[0, 2], TOKENS[1, 3]])[:, None]
        with torch.no_grad():
            model(TOKENS[:, :3], places, cache)
            logits = model(tokens, torch.tensor([[2], [3]]), cache)[:, 0]

        whole = model(TOKENS)
        expected = torch.stack([whole[0, 2], whole[1, 3]])
        torch.testing.assert_close(logits, expected, atol=1e-4, rtol=1e-4)

    def test_what_is_saved_is_a_folder_of_transformers_again(
        self, hub_folder, family, tmp_path
    ):
        model, _, _ = load_hub_model(hub_folder(family))
        for weight in model.parameters():
            torch.nn.init.normal_(weight, std=0.1)

        save_hub_model(model, tmp_path / "saved", hub_folder(family), "{{ 'x' }}")

        torch.testing.assert_close(_theirs(tmp_path / "saved"), model(TOKENS))
        tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "saved")
        assert tokenizer.apply_chat_template([{}], tokenize=False) == "x"


def test_a_text_cannot_spell_out_a_special_token(hub_folder):
    _, tokenizer, edges = load_hub_model(hub_folder("gpt2"))

    assert edges == (0, 0)
    assert 0 not in encode(tokenizer, END_OF_DOCUMENT)


def test_new_weights_have_the_same_shapes(hub_folder):
    model, _, _ = load_hub_model(hub_folder("llama"))

    fresh = untrained_like(model)

    assert fresh.shape == model.shape
    assert not torch.equal(fresh(TOKENS), model(TOKENS))


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(CorruptArtifactError, match=r"no causal language model"):
        load_hub_model(tmp_path)


def test_pickled_weights_are_not_read(hub_folder, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(hub_folder("llama"), folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    with pytest.raises(CorruptArtifactError, match="safetensors"):
        load_hub_model(folder)


def test_a_tokenizer_without_an_end_is_refused(hub_folder, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(hub_folder("llama"), folder)
    path = folder / "tokenizer_config.json"
    content = json.loads(path.read_text())
    del content["eos_token"]
    path.write_text(json.dumps(content))

    with pytest.raises(ConfigurationError, match="eos_token"):
        load_hub_model(folder)
