import json

import pytest
import torch

from taojin.core.errors import CorruptArtifactError
from taojin.models.autoencoders.network import Autoencoder
from taojin.models.autoencoders.shape import AutoencoderShape, LikelihoodConfig
from taojin.models.autoencoders.storage import (
    CONFIG,
    WEIGHTS,
    load_autoencoder,
    save_autoencoder,
)

SHAPE = AutoencoderShape(
    height=8,
    width=8,
    widths=(4, 8),
    latent_size=3,
    likelihood=LikelihoodConfig(name="gaussian"),
)


def autoencoder(seed=0):
    torch.manual_seed(seed)
    return Autoencoder(SHAPE)


def test_a_saved_autoencoder_comes_back_whole(tmp_path):
    model, images = autoencoder(), torch.rand(2, 1, 8, 8)
    save_autoencoder(model, tmp_path / "a", {"source": "digits 手写"})

    loaded = load_autoencoder(tmp_path / "a")

    assert torch.equal(loaded.model(images), model(images))
    assert loaded.model.shape == SHAPE
    assert loaded.facts == {"source": "digits 手写"}
    assert not loaded.model.training


def test_the_identity_changes_with_weights_and_facts(tmp_path):
    for name, seed, facts in [("a", 0, {}), ("b", 1, {}), ("c", 0, {"x": 1})]:
        save_autoencoder(autoencoder(seed), tmp_path / name, facts)
    found = {load_autoencoder(tmp_path / name).identity for name in "abc"}
    assert len(found) == 3


def test_loading_leaves_the_generator_of_others(tmp_path):
    save_autoencoder(autoencoder(), tmp_path / "a")
    state = torch.get_rng_state()
    load_autoencoder(tmp_path / "a")
    assert torch.equal(state, torch.get_rng_state())


def test_an_altered_or_foreign_folder_is_refused(tmp_path):
    save_autoencoder(autoencoder(), tmp_path / "a")
    weights = tmp_path / "a" / WEIGHTS
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-4] + b"abcd")
    with pytest.raises(CorruptArtifactError, match="altered"):
        load_autoencoder(tmp_path / "a")
    weights.write_bytes(whole)
    config = tmp_path / "a" / CONFIG
    content = json.loads(config.read_text(encoding="utf-8"))
    for key, value in [("kind", "classifier"), ("shape", {"height": 8})]:
        config.write_text(json.dumps({**content, key: value}), encoding="utf-8")
        with pytest.raises(CorruptArtifactError, match="train the autoencoder again"):
            load_autoencoder(tmp_path / "a")
    with pytest.raises(CorruptArtifactError):
        load_autoencoder(tmp_path / "nothing")
