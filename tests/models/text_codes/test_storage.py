"""Networks of codes are folders that are refused where they were altered."""

import json

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers

from taojin.core.errors import CorruptArtifactError
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.text_codes.autoencoder import TextAutoencoder
from taojin.models.text_codes.shapes import PerceptronShape, TextCodeShape
from taojin.models.text_codes.storage import (
    TextCodec,
    load_code_players,
    load_text_codec,
    new_players,
    save_code_players,
    save_text_codec,
)


@pytest.fixture
def codec():
    words = {END_OF_DOCUMENT: 0, "a": 1, "cat": 2}
    tokenizer = Tokenizer(models.WordLevel(words))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    shape = TextCodeShape(vocab_size=3, code_size=4, embedding_size=5, width=6)
    return TextCodec(TextAutoencoder(shape).eval(), tokenizer)


def test_an_autoencoder_is_loaded_as_it_was_saved(codec, tmp_path):
    save_text_codec(codec, tmp_path / "codec")
    loaded = load_text_codec(tmp_path / "codec")
    tokens, lengths = torch.tensor([[0, 1, 2, 0]]), torch.tensor([4])
    assert torch.equal(
        loaded.model.encode(tokens, lengths), codec.model.encode(tokens, lengths)
    )
    assert loaded.tokenizer.encode("a cat").ids == [1, 2]


def test_players_are_loaded_as_they_were_saved(tmp_path):
    players = new_players(PerceptronShape(code_size=4, latent_size=3, width=5))
    save_code_players(players, tmp_path / "players")
    loaded = load_code_players(tmp_path / "players")
    codes = players.generator(torch.ones(2, 3))
    assert torch.equal(loaded.generator(torch.ones(2, 3)), codes)
    assert torch.equal(loaded.discriminator(codes), players.discriminator(codes))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_an_altered_file_is_refused(codec, tmp_path, name):
    save_text_codec(codec, tmp_path / "codec")
    with (tmp_path / "codec" / name).open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(CorruptArtifactError, match=name):
        load_text_codec(tmp_path / "codec")


def test_a_folder_of_another_kind_is_refused(codec, tmp_path):
    save_text_codec(codec, tmp_path / "codec")
    with pytest.raises(CorruptArtifactError, match="text autoencoder"):
        load_code_players(tmp_path / "codec")


def test_a_missing_folder_and_a_wrong_shape_are_refused(codec, tmp_path):
    with pytest.raises(CorruptArtifactError, match="train the model again"):
        load_text_codec(tmp_path / "nothing")
    save_text_codec(codec, tmp_path / "codec")
    path = tmp_path / "codec" / "config.json"
    content = json.loads(path.read_text())
    content["shape"]["width"] = 7
    path.write_text(json.dumps(content))
    with pytest.raises(CorruptArtifactError, match="do not fit"):
        load_text_codec(tmp_path / "codec")
