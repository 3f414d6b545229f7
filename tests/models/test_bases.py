import json

import pytest
import torch

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.models.bases import (
    chosen_logits,
    load_base,
    save_language_model,
    untrained,
)
from taojin.models.config import LanguageModelConfig
from taojin.models.hub import HubLanguageModel
from taojin.models.language_model import LanguageModel
from taojin.models.storage import save_model

TOKENS = torch.tensor([[5, 6, 7, 8], [9, 10, 0, 0]])


@pytest.fixture(scope="module")
def own(tmp_path_factory, byte_tokenizer):
    torch.manual_seed(0)
    config = LanguageModelConfig(depth=1, width=16, context_length=32)
    model = LanguageModel(config.shape(257))
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    folder = tmp_path_factory.mktemp("own") / "model"
    save_model(model, folder, byte_tokenizer.to_str())
    return folder


@pytest.fixture(params=["own", "gpt2", "gemma2"])
def folder(request, own, hub_folder):
    return own if request.param == "own" else hub_folder(request.param)


def test_a_base_is_loaded_by_what_its_folder_holds(own, hub_folder):
    first, second = load_base(own), load_base(hub_folder("gpt2"))

    assert isinstance(first.model, LanguageModel)
    assert isinstance(second.model, HubLanguageModel)
    assert first.edges == second.edges == (0, 0)
    assert first.context_length == second.context_length == 32


def test_a_folder_of_neither_kind_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "unknown"}))

    with pytest.raises(CorruptArtifactError, match="no causal language model"):
        load_base(tmp_path)


def test_a_folder_that_does_not_exist_is_refused_by_its_name(tmp_path):
    with pytest.raises(ConfigurationError, match=r"no folder .*gone"):
        load_base(tmp_path / "gone")


def test_a_base_is_saved_in_its_own_format(folder, tmp_path):
    base = load_base(folder)

    save_language_model(base.model, tmp_path / "m", folder, chat_template="{{ 'x' }}")

    again = load_base(tmp_path / "m")
    assert type(again.model) is type(base.model)
    assert torch.equal(again.model(TOKENS), base.model(TOKENS))
    settings = json.loads((tmp_path / "m" / "tokenizer_config.json").read_text())
    assert settings["chat_template"] == "{{ 'x' }}"


def test_chosen_logits_are_those_of_the_whole(folder):
    model = load_base(folder).model
    chosen = torch.tensor([[True, False, True, False], [False, True, False, False]])

    logits = chosen_logits(model, TOKENS, chosen)

    torch.testing.assert_close(logits, model(TOKENS)[chosen])


def test_new_weights_depend_on_the_seed_alone(folder):
    model = load_base(folder).model

    first, again, other = untrained(model, 1), untrained(model, 1), untrained(model, 2)

    def differ(one, two):
        pairs = zip(one.parameters(), two.parameters(), strict=True)
        return any(not torch.equal(*pair) for pair in pairs)

    assert not differ(first, again)
    assert differ(first, other)
    assert differ(first, model)
