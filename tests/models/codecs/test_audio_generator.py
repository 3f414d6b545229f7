import json

import pytest
import torch

from taojin.core.errors import CorruptArtifactError
from taojin.models.codecs.audio_generator import (
    AudioGenerator,
    load_audio_generator,
    load_codec,
    save_audio_generator,
    save_codec,
)
from taojin.models.codecs.token_layout import TokenLayout
from taojin.models.config import LanguageModelConfig
from taojin.models.language_model import LanguageModel


@pytest.fixture
def generator(tiny_codec) -> AudioGenerator:
    layout = TokenLayout(
        labels=("null", "零"), speakers=("ann",), num_codebooks=2, codebook_size=12
    )
    shape = LanguageModelConfig(depth=1, width=32, context_length=64)
    model = LanguageModel(shape.shape(layout.vocab_size))
    torch.nn.init.normal_(model.lm_head.weight)
    return AudioGenerator(tiny_codec, model.eval(), layout)


def same(one, other):
    return all(
        torch.equal(weight, other.state_dict()[name])
        for name, weight in one.state_dict().items()
    )


def test_a_codec_comes_back_from_its_folder(tiny_codec, tmp_path):
    save_codec(tiny_codec, tmp_path / "codec")

    loaded = load_codec(tmp_path / "codec")

    assert loaded.shape == tiny_codec.shape
    assert not loaded.training
    assert same(tiny_codec, loaded)


def test_a_generator_comes_back_from_its_folder_with_its_names(generator, tmp_path):
    save_audio_generator(generator, tmp_path / "g")

    loaded = load_audio_generator(tmp_path / "g")

    assert loaded.layout == generator.layout
    assert same(generator.codec, loaded.codec)
    assert same(generator.language_model, loaded.language_model)
    assert same(generator.codec, load_codec(tmp_path / "g"))


def test_loading_draws_no_random_numbers(generator, tmp_path):
    save_audio_generator(generator, tmp_path / "g")
    torch.manual_seed(3)
    before = torch.get_rng_state()

    load_audio_generator(tmp_path / "g")

    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    "name", ["config.json", "codec.safetensors", "language_model.safetensors"]
)
def test_an_altered_file_is_refused(generator, tmp_path, name):
    save_audio_generator(generator, tmp_path / "g")
    path = tmp_path / "g" / name
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)

    with pytest.raises(CorruptArtifactError, match=rf"altered.*{name}"):
        load_audio_generator(tmp_path / "g")


@pytest.mark.parametrize("name", ["manifest.json", "config.json", "codec.safetensors"])
def test_a_missing_file_is_refused(generator, tmp_path, name):
    save_audio_generator(generator, tmp_path / "g")
    (tmp_path / "g" / name).unlink()

    with pytest.raises(CorruptArtifactError, match="not usable"):
        load_audio_generator(tmp_path / "g")


def test_a_codec_alone_is_no_generator(tiny_codec, tmp_path):
    save_codec(tiny_codec, tmp_path / "codec")

    with pytest.raises(CorruptArtifactError, match="audio generator is needed"):
        load_audio_generator(tmp_path / "codec")


def test_a_manifest_that_leaves_the_settings_out_is_refused(generator, tmp_path):
    save_audio_generator(generator, tmp_path / "g")
    path = tmp_path / "g/manifest.json"
    content = json.loads(path.read_text())
    del content["files"]["config.json"]
    path.write_text(json.dumps(content))

    with pytest.raises(CorruptArtifactError):
        load_audio_generator(tmp_path / "g")
