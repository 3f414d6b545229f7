"""Tokens added to a model: what changes, and what adapters make of it."""

import json

import pytest
import torch

from taojin.core.errors import CheckpointMismatchError
from taojin.models.adapters import (
    AdapterConfig,
    add_adapters,
    load_adapters,
    merge_adapters,
    save_adapters,
)
from taojin.models.bases import load_base, save_language_model
from taojin.models.config import LanguageModelConfig
from taojin.models.language_model import LanguageModel
from taojin.models.storage import save_model
from taojin.models.vocabulary import with_tokens

CONFIG = AdapterConfig(rank=2)
NEW = ["<|user|>", "<|assistant|>"]
OLD = torch.tensor([[5, 6, 7, 8]])
BOTH = torch.tensor([[257, 6, 258, 8]])
KINDS = ["own", "own tied", "gpt2", "llama", "gemma2"]


@pytest.fixture(params=KINDS)
def folder(request, tmp_path_factory, byte_tokenizer, hub_folder):
    if not request.param.startswith("own"):
        return hub_folder(request.param)
    torch.manual_seed(0)
    config = LanguageModelConfig(
        depth=2, width=16, context_length=32, tie_embeddings="tied" in request.param
    )
    model = LanguageModel(config.shape(257))
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    made = tmp_path_factory.mktemp("own") / "model"
    save_model(model, made, byte_tokenizer.to_str())
    return made


def _grown(folder, seed=0):
    return with_tokens(load_base(folder), NEW, seed)


def _trained(folder):
    """A base with new tokens and adapters that changed all that they may."""
    base, ids = _grown(folder)
    add_adapters(base.model, CONFIG, new_tokens=ids)
    torch.manual_seed(1)
    for weight in base.model.parameters():
        if weight.requires_grad:
            torch.nn.init.normal_(weight, std=0.2)
    return base, ids


def test_new_tokens_have_the_next_ids_and_change_no_other_answer(folder):
    plain = load_base(folder)
    before = plain.model(OLD)

    base, ids = _grown(folder)

    assert ids == {"<|user|>": 257, "<|assistant|>": 258}
    assert base.model.shape.vocab_size == 259
    torch.testing.assert_close(base.model(OLD)[..., :257], before)
    text = "<|user|>a"
    assert base.tokenizer.encode(text).ids == plain.tokenizer.encode(text).ids
    assert plain.tokenizer.token_to_id("<|user|>") is None


def test_no_new_token_is_likelier_than_all_that_is_known(folder):
    base, _ = _grown(folder)

    logits = base.model(OLD)[0]

    assert (logits[:, 257:].amax(1) < logits[:, :257].amax(1)).all()


def test_two_new_tokens_are_told_apart_and_one_seed_gives_one_start(folder):
    first, again, other = (_grown(folder, seed)[0].model for seed in (1, 1, 2))

    assert torch.equal(first(BOTH), again(BOTH))
    assert not torch.allclose(first(BOTH), other(BOTH))
    assert not torch.allclose(first(BOTH[:, :1]), first(BOTH[:, 2:3]))


def test_known_tokens_are_not_added_again(folder):
    base, _ = _grown(folder)

    again, ids = with_tokens(base, [*NEW, "<|user|>"])

    assert ids == {}
    assert again.model.shape.vocab_size == 259


def test_rows_that_no_token_has_are_used_first(tmp_path, byte_tokenizer):
    shape = LanguageModelConfig(depth=1, width=16, context_length=32).shape(300)
    save_model(LanguageModel(shape), tmp_path / "m", byte_tokenizer.to_str())

    base, ids = _grown(tmp_path / "m")

    assert sorted(ids.values()) == [257, 258]
    assert base.model.shape.vocab_size == 300


def test_a_grown_model_goes_to_transformers_and_back(folder, tmp_path):
    transformers = pytest.importorskip("transformers")
    base, ids = _grown(folder)

    save_language_model(base.model, tmp_path / "m", folder, tokenizer=base.tokenizer)

    again = load_base(tmp_path / "m")
    assert torch.equal(again.model(BOTH), base.model(BOTH))
    assert again.edges == base.edges
    assert {token: again.tokenizer.token_to_id(token) for token in NEW} == ids
    network = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "m").eval()
    assert (network(BOTH).logits - base.model(BOTH)).abs().max() < 1e-4
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path / "m")
    assert theirs.encode("<|user|>a", add_special_tokens=False)[0] == 257


@pytest.fixture
def _peft():
    pytest.importorskip("peft")


@pytest.mark.usefixtures("_peft")
class TestAdapters:
    def test_new_rows_alone_are_trained_beside_the_factors(self, folder):
        base, ids = _grown(folder)
        before = base.model(BOTH)

        add_adapters(base.model, CONFIG, new_tokens=ids)

        torch.testing.assert_close(base.model(BOTH), before)
        rest = {
            name: tuple(weight.shape)
            for name, weight in base.model.named_parameters()
            if weight.requires_grad and ".lora_" not in name
        }
        assert rest
        assert set(rest.values()) == {(2, 16)}

    def test_merged_they_give_the_same_logits(self, folder):
        base, _ = _trained(folder)
        apart = base.model(BOTH)
        assert not torch.allclose(apart, _grown(folder)[0].model(BOTH))

        merge_adapters(base.model)

        torch.testing.assert_close(base.model(BOTH), apart, atol=1e-5, rtol=1e-5)
        plain = _grown(folder)[0].model
        assert [name for name, _ in base.model.named_parameters()] == [
            name for name, _ in plain.named_parameters()
        ]
        assert all(weight.requires_grad for weight in base.model.parameters())

    def test_saved_they_return_to_the_base_with_their_tokens(self, folder, tmp_path):
        base, ids = _trained(folder)
        save_adapters(base.model, tmp_path / "a", CONFIG, folder, new_tokens=ids)

        again = load_base(folder).model
        found = load_adapters(again, tmp_path / "a", folder)

        assert found == ids
        assert torch.equal(again(BOTH), base.model(BOTH))
        assert torch.equal(again(OLD), base.model(OLD))

    def test_peft_reads_them_after_the_same_growth(self, folder, tmp_path):
        peft = pytest.importorskip("peft")
        transformers = pytest.importorskip("transformers")
        base, ids = _trained(folder)
        save_adapters(base.model, tmp_path / "a", CONFIG, folder, new_tokens=ids)

        network = transformers.AutoModelForCausalLM.from_pretrained(folder)
        network.resize_token_embeddings(259, mean_resizing=False)
        theirs = peft.PeftModel.from_pretrained(network, str(tmp_path / "a")).eval()

        logits = base.model(BOTH)
        assert (theirs(BOTH).logits - logits).abs().max() < 1e-4

    def test_a_base_that_has_grown_itself_is_refused(self, folder, tmp_path):
        base, ids = _trained(folder)
        save_adapters(base.model, tmp_path / "a", CONFIG, folder, new_tokens=ids)
        grown, _ = _grown(folder)
        save_language_model(
            grown.model, tmp_path / "m", folder, tokenizer=grown.tokenizer
        )

        with pytest.raises(CheckpointMismatchError, match=r"vocab_size was 257 .* 259"):
            load_adapters(grown.model, tmp_path / "a", tmp_path / "m")

    def test_the_folder_says_which_tokens_they_brought(self, folder, tmp_path):
        base, ids = _trained(folder)

        save_adapters(base.model, tmp_path / "a", CONFIG, folder, new_tokens=ids)

        identity = json.loads((tmp_path / "a" / "base.json").read_text())
        assert identity["new_tokens"] == ids
        assert identity["base"]["vocab_size"] == 257
