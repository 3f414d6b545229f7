import numpy as np
import pytest
import torch

from taojin.core.errors import ConfigurationError, DataError
from taojin.evaluation.extractors.text import HiddenStateConfig, HiddenStateExtractor
from taojin.models.bases import load_base
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.language_model import LanguageModel
from taojin.models.storage import save_model

TEXTS = ["A short text.", "", "股市今天暴跌", "A longer text that goes on and on " * 4]
CONTEXT = 32


def save_own(folder, tokenizer, seed=0):
    torch.manual_seed(seed)
    config = LanguageModelConfig(depth=2, width=16, context_length=CONTEXT)
    model = LanguageModel(config.shape(257))
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    save_model(model, folder, tokenizer.to_str())
    return folder


@pytest.fixture(scope="module")
def own(tmp_path_factory, byte_tokenizer):
    return save_own(tmp_path_factory.mktemp("own") / "model", byte_tokenizer)


@pytest.fixture(scope="module")
def hub(tmp_path_factory, byte_tokenizer):
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("hub")
    shape = {"vocab_size": 257, "n_embd": 16, "n_layer": 2, "n_head": 2}
    config = transformers.GPT2Config(
        **shape, n_positions=CONTEXT, bos_token_id=0, eos_token_id=0
    )
    transformers.GPT2LMHeadModel(config).save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=byte_tokenizer, eos_token=END_OF_DOCUMENT
    ).save_pretrained(folder)
    return folder


@pytest.fixture(params=["own", "hub"])
def folder(request):
    return request.getfixturevalue(request.param)


def test_features_are_the_mean_states_of_the_text(own):
    base = load_base(own)
    tokens = torch.tensor([[0, *base.tokenizer.encode(TEXTS[0]).ids]])
    with torch.no_grad():
        expected = base.model.model(tokens)[0, 1:].double().mean(dim=0).numpy()

    found = HiddenStateExtractor(base).extract(TEXTS).values

    assert found.shape == (4, 16)
    assert found[0] == pytest.approx(expected, abs=1e-12)


def test_features_depend_on_nothing_but_the_text(folder):
    extractor = HiddenStateExtractor.load(folder)

    together = extractor.extract(TEXTS).values

    assert np.array_equal(extractor.extract(TEXTS[::-1]).values, together[::-1])
    for row, text in enumerate(TEXTS):
        assert np.array_equal(extractor.extract([text]).values[0], together[row])


def test_texts_longer_than_allowed_lose_their_end(folder):
    extractor = HiddenStateExtractor.load(folder, HiddenStateConfig(max_tokens=9))

    # One token starts the sequence, so that eight bytes are left.
    first, second = extractor.extract(["12345678", "12345678 and more"]).values

    assert np.array_equal(first, second)


def test_layers_are_counted_from_either_end(folder):
    def features(layer):
        config = HiddenStateConfig(layer=layer)
        return HiddenStateExtractor.load(folder, config).extract(TEXTS)

    assert np.array_equal(features(1).values, features(-2).values)
    assert np.array_equal(features(2).values, features(-1).values)
    assert not np.allclose(features(1).values, features(2).values)
    assert features(1).extractor == features(-2).extractor
    assert features(1).extractor != features(2).extractor


@pytest.mark.parametrize("layer", [0, 3, -3])
def test_a_layer_that_is_not_there_is_refused(own, layer):
    with pytest.raises(ConfigurationError, match=f"layer is {layer}.* has 2 blocks"):
        HiddenStateExtractor.load(own, HiddenStateConfig(layer=layer))


def test_the_fingerprint_follows_weights_and_settings_and_not_the_place(
    own, tmp_path, byte_tokenizer
):
    first = HiddenStateExtractor.load(own).fingerprint
    same = save_own(tmp_path / "same", byte_tokenizer)
    other = save_own(tmp_path / "other", byte_tokenizer, seed=1)
    short = HiddenStateConfig(max_tokens=8)

    assert HiddenStateExtractor.load(same).fingerprint == first
    assert HiddenStateExtractor.load(other).fingerprint != first
    assert HiddenStateExtractor.load(own, short).fingerprint != first


def test_no_texts_are_an_error(own):
    with pytest.raises(DataError, match="no texts"):
        HiddenStateExtractor.load(own).extract([])
