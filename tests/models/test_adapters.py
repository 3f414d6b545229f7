import json
import shutil

import pytest
import torch

from taojin.core.errors import (
    CheckpointMismatchError,
    ConfigurationError,
    CorruptArtifactError,
)
from taojin.models.adapters import (
    ADAPTER_WEIGHTS,
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

peft = pytest.importorskip("peft")
CONFIG = AdapterConfig(rank=3, alpha=6.0)
TOKENS = torch.tensor([[5, 6, 7, 8, 9]])


@pytest.fixture(scope="module")
def folders(tmp_path_factory, byte_tokenizer, hub_folder):
    torch.manual_seed(0)
    shape = LanguageModelConfig(depth=2, width=16, context_length=32).shape(257)
    model = LanguageModel(shape)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    own = tmp_path_factory.mktemp("own") / "model"
    save_model(model, own, byte_tokenizer.to_str())
    return {"own": own, "gpt2": hub_folder("gpt2"), "qwen2": hub_folder("qwen2")}


def _trained(folder, config=CONFIG):
    """A base with adapters that change something."""
    model = load_base(folder).model
    add_adapters(model, config)
    torch.manual_seed(1)
    for weight in model.parameters():
        if weight.requires_grad:
            torch.nn.init.normal_(weight, std=0.2)
    return model.eval()


@pytest.mark.parametrize("kind", ["own", "gpt2", "qwen2"])
class TestKinds:
    def test_new_adapters_change_nothing_and_alone_are_trained(self, folders, kind):
        model = load_base(folders[kind]).model
        before = model(TOKENS)
        frozen = {name for name, _ in model.named_parameters()}

        add_adapters(model, CONFIG)

        assert torch.equal(model(TOKENS), before)
        trained = [n for n, w in model.named_parameters() if w.requires_grad]
        assert trained
        assert all(".lora_" in name for name in trained)
        layers = {name.partition(".lora_")[0] for name in trained}
        assert all(f"{name}.weight" in frozen for name in layers)
        assert not any("head" in name or "embed" in name for name in layers)

    def test_merged_adapters_give_the_same_logits(self, folders, kind):
        model = _trained(folders[kind])
        apart = model(TOKENS)

        merge_adapters(model)

        torch.testing.assert_close(model(TOKENS), apart, atol=1e-5, rtol=1e-5)
        assert not torch.allclose(apart, load_base(folders[kind]).model(TOKENS))
        plain = load_base(folders[kind]).model
        names = [name for name, _ in plain.named_parameters()]
        assert [name for name, _ in model.named_parameters()] == names

    def test_saved_adapters_return_to_their_base(self, folders, kind, tmp_path):
        model = _trained(folders[kind])
        save_adapters(model, tmp_path / "a", CONFIG, folders[kind])

        again = load_base(folders[kind]).model
        load_adapters(again, tmp_path / "a", folders[kind])

        assert torch.equal(again(TOKENS), model(TOKENS))

    def test_peft_reads_saved_adapters(self, folders, kind, tmp_path):
        transformers = pytest.importorskip("transformers")
        model = _trained(folders[kind])
        save_adapters(model, tmp_path / "a", CONFIG, folders[kind])

        settings = json.loads((tmp_path / "a" / "adapter_config.json").read_text())
        assert settings["fan_in_fan_out"] == (kind == "gpt2")
        network = transformers.AutoModelForCausalLM.from_pretrained(folders[kind])
        theirs = peft.PeftModel.from_pretrained(network, str(tmp_path / "a")).eval()

        torch.testing.assert_close(
            theirs(TOKENS).logits, model(TOKENS), atol=1e-4, rtol=1e-4
        )


def test_one_seed_gives_one_start(folders):
    def first(seed):
        model = load_base(folders["own"]).model
        add_adapters(model, CONFIG, seed)
        return next(w for n, w in model.named_parameters() if "lora_A" in n)

    assert torch.equal(first(1), first(1))
    assert not torch.equal(first(1), first(2))


def test_chosen_layers_alone_are_adapted(folders):
    config = AdapterConfig(target_modules=("q_proj", "v_proj"))

    model = _trained(folders["own"], config)

    trained = [n for n, w in model.named_parameters() if w.requires_grad]
    assert len(trained) == 2 * 2 * 2
    assert all("q_proj" in name or "v_proj" in name for name in trained)


def test_a_layer_that_is_not_there_is_refused(folders):
    model = load_base(folders["own"]).model

    with pytest.raises(ConfigurationError, match=r"\['w_proj'\].*'down_proj'"):
        add_adapters(model, AdapterConfig(target_modules=("q_proj", "w_proj")))


def test_a_vocabulary_that_has_grown_is_refused(folders, byte_tokenizer, tmp_path):
    save_adapters(_trained(folders["own"]), tmp_path / "a", CONFIG, folders["own"])
    grown = type(byte_tokenizer).from_str(byte_tokenizer.to_str())
    grown.add_tokens(["<new>"])
    config = LanguageModelConfig(depth=2, width=16, context_length=32)
    save_model(LanguageModel(config.shape(258)), tmp_path / "m", grown.to_str())

    with pytest.raises(CheckpointMismatchError) as raised:
        load_adapters(load_base(tmp_path / "m").model, tmp_path / "a", tmp_path / "m")

    message = str(raised.value)
    assert "vocab_size was 257 and is now 258" in message
    assert "embedding_rows was 257 and is now 258" in message
    assert "tokenizer was" in message


def test_tokens_added_to_the_tokenizer_alone_are_refused(
    folders, byte_tokenizer, tmp_path
):
    save_adapters(_trained(folders["qwen2"]), tmp_path / "a", CONFIG, folders["qwen2"])
    shutil.copytree(folders["qwen2"], tmp_path / "m")
    grown = type(byte_tokenizer).from_str(byte_tokenizer.to_str())
    grown.add_tokens(["<new>"])
    grown.save(str(tmp_path / "m" / "tokenizer.json"))

    with pytest.raises(CheckpointMismatchError, match=r"vocab_size was 257 .* 258"):
        load_adapters(load_base(tmp_path / "m").model, tmp_path / "a", tmp_path / "m")


def test_other_weights_of_the_same_shape_are_refused(folders, tmp_path):
    save_adapters(_trained(folders["own"]), tmp_path / "a", CONFIG, folders["own"])
    other = load_base(folders["own"]).model
    torch.nn.init.zeros_(next(other.parameters()))
    save_language_model(other, tmp_path / "m", folders["own"])

    with pytest.raises(CheckpointMismatchError, match="weights was") as raised:
        load_adapters(other, tmp_path / "a", tmp_path / "m")

    assert "vocab_size" not in str(raised.value)


@pytest.mark.parametrize("damage", ["alter", "cut", "remove", "settings"])
def test_damaged_adapters_are_refused(folders, tmp_path, damage):
    folder = tmp_path / "a"
    save_adapters(_trained(folders["own"]), folder, CONFIG, folders["own"])
    path = folder / ADAPTER_WEIGHTS
    content = path.read_bytes()
    if damage == "alter":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "cut":
        path.write_bytes(content[:-9])
    elif damage == "remove":
        path.unlink()
    else:
        settings = json.loads((folder / "adapter_config.json").read_text())
        settings["lora_alpha"] = 99
        (folder / "adapter_config.json").write_text(json.dumps(settings))

    with pytest.raises(CorruptArtifactError, match="not a usable adapter"):
        load_adapters(load_base(folders["own"]).model, folder, folders["own"])


def test_trained_embeddings_come_back_here_and_in_peft(folders, tmp_path):
    config = CONFIG.model_copy(update={"train_embeddings": True})
    model = _trained(folders["own"], config)
    assert not torch.equal(
        model.get_parameter("model.embed_tokens.weight"),
        load_base(folders["own"]).model.get_parameter("model.embed_tokens.weight"),
    )

    save_adapters(model, tmp_path / "adapter", config, folders["own"])
    again = load_base(folders["own"]).model
    load_adapters(again, tmp_path / "adapter", folders["own"])

    assert torch.equal(again.eval()(TOKENS), model(TOKENS))
    transformers = pytest.importorskip("transformers")
    plain = transformers.AutoModelForCausalLM.from_pretrained(folders["own"])
    theirs = peft.PeftModel.from_pretrained(plain, tmp_path / "adapter").eval()
    torch.testing.assert_close(
        theirs(TOKENS).logits, model(TOKENS), atol=1e-4, rtol=1e-4
    )


def test_embeddings_that_the_output_shares_are_not_trained_alone(folders):
    model = load_base(folders["gpt2"]).model

    with pytest.raises(ConfigurationError, match="shares"):
        add_adapters(model, CONFIG.model_copy(update={"train_embeddings": True}))
