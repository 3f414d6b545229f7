import json

import pytest
import torch
from tokenizers import Tokenizer, models

from taojin.core.errors import CorruptArtifactError
from taojin.models.classifier import SequenceClassifier
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.language_model import LanguageModel
from taojin.models.storage import (
    load_classifier,
    load_language_model,
    load_tokenizer,
    load_weights,
    save_model,
    weights_of,
)

TOKENIZER = Tokenizer(models.BPE({END_OF_DOCUMENT: 0, "a": 1}, [])).to_str()
SHAPE = LanguageModelConfig(depth=1, width=16, context_length=8).shape(vocab_size=20)


def _language_model(shape=SHAPE):
    torch.manual_seed(0)
    model = LanguageModel(shape).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.mark.parametrize("tied", [True, False])
def test_a_language_model_comes_back_bit_for_bit(tmp_path, tied):
    model = _language_model(SHAPE.model_copy(update={"tie_word_embeddings": tied}))
    tokens = torch.tensor([[1, 2, 3]])

    save_model(model, tmp_path / "model", TOKENIZER)
    loaded = load_language_model(tmp_path / "model")

    assert loaded.shape == model.shape
    assert not loaded.training
    assert torch.equal(loaded(tokens), model(tokens))


@pytest.mark.parametrize("pooling", ["mean", "last"])
def test_a_classifier_comes_back_with_its_labels_in_order(tmp_path, pooling):
    labels = tuple(f"数据{i}" for i in range(12))
    model = SequenceClassifier(SHAPE, labels, pooling)
    torch.nn.init.normal_(model.score.weight)
    question = torch.tensor([[1, 2]]), torch.tensor([2])

    save_model(model, tmp_path / "model", TOKENIZER)
    loaded = load_classifier(tmp_path / "model")

    assert (loaded.labels, loaded.pooling) == (labels, pooling)
    assert torch.equal(loaded(*question), model.eval()(*question))


def test_saving_twice_writes_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        save_model(_language_model(), tmp_path / name, TOKENIZER)

    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_the_folder_holds_what_transformers_reads(tmp_path):
    save_model(_language_model(), tmp_path, TOKENIZER)

    config = json.loads((tmp_path / "config.json").read_text())
    tokens = json.loads((tmp_path / "tokenizer_config.json").read_text())
    assert config["architectures"] == ["Qwen3ForCausalLM"]
    assert config["eos_token_id"] == 0
    assert tokens["eos_token"] == END_OF_DOCUMENT
    assert (tmp_path / "model.safetensors").is_file()
    assert (tmp_path / "tokenizer.json").read_text() == TOKENIZER


@pytest.mark.parametrize(
    "name", ["model.safetensors", "config.json", "tokenizer.json", "manifest.json"]
)
@pytest.mark.parametrize("damage", ["truncate", "remove"])
def test_a_damaged_folder_is_refused_by_name(tmp_path, name, damage):
    save_model(_language_model(), tmp_path / "model", TOKENIZER)
    file = tmp_path / "model" / name
    if damage == "truncate":
        file.write_bytes(file.read_bytes()[:-7])
    else:
        file.unlink()

    with pytest.raises(CorruptArtifactError, match="run the stage"):
        load_language_model(tmp_path / "model")


def test_a_classifier_is_not_loaded_as_a_language_model(tmp_path):
    save_model(SequenceClassifier(SHAPE, ("a", "b")), tmp_path, TOKENIZER)

    with pytest.raises(
        CorruptArtifactError,
        match="Qwen3ForCausalLM or TaojinNgramForCausalLM is needed",
    ):
        load_language_model(tmp_path)


def test_a_failed_save_leaves_the_old_model(tmp_path):
    save_model(_language_model(), tmp_path / "model", TOKENIZER)

    with pytest.raises(CorruptArtifactError, match="tokenizer"):
        save_model(_language_model(), tmp_path / "model", "not a tokenizer")

    load_language_model(tmp_path / "model")


def test_a_tokenizer_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")

    with pytest.raises(CorruptArtifactError, match=r"tokenizer\.json"):
        load_tokenizer(tmp_path)


def test_weights_of_another_shape_are_refused_by_name():
    model = _language_model()
    weights = weights_of(model)
    weights["model.norm.weight"] = torch.ones(3)
    del weights["lm_head.weight"]
    before = weights_of(model)["model.embed_tokens.weight"].clone()

    with pytest.raises(ValueError, match=r"2 weights .*lm_head.*norm"):
        load_weights(model, weights)

    assert torch.equal(before, weights_of(model)["model.embed_tokens.weight"])


def test_a_model_with_tables_of_ngrams_comes_back_bit_for_bit(tmp_path):
    settings = {"max_ngram": 3, "num_ngram_buckets": 50}
    model = _language_model(SHAPE.model_copy(update=settings))
    tokens = torch.tensor([[1, 2, 3, 4]])

    save_model(model, tmp_path / "model", TOKENIZER)
    loaded = load_language_model(tmp_path / "model")

    assert loaded.shape == model.shape
    assert torch.equal(loaded(tokens), model(tokens))


def test_transformers_refuses_a_model_with_tables_of_ngrams(tmp_path):
    transformers = pytest.importorskip(
        "transformers", reason="needs the extra `transformers`"
    )
    model = _language_model(SHAPE.model_copy(update={"max_ngram": 2}))

    save_model(model, tmp_path / "model", TOKENIZER)

    with pytest.raises(ValueError, match="taojin_ngram"):
        transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "model")


def test_a_model_without_tables_is_written_as_before_there_were_any(tmp_path):
    save_model(_language_model(), tmp_path / "model", TOKENIZER)

    content = json.loads((tmp_path / "model/config.json").read_text(encoding="utf-8"))

    assert [name for name in content if "ngram" in name] == []
