import json

import pytest
import torch

from taojin.core.errors import CorruptArtifactError
from taojin.models.image_network import (
    CONFIG,
    WEIGHTS,
    ImageNetwork,
    ImageNetworkShape,
    load_image_network,
    save_image_network,
)

SHAPE = ImageNetworkShape(
    num_channels=1, height=8, width=6, widths=(4, 8), feature_size=5, labels=("a", "b")
)
FORM = {"height": 8, "width": 6, "num_channels": 1}


def network(seed=0):
    torch.manual_seed(seed)
    return ImageNetwork(SHAPE).eval()


def test_logits_are_of_features_of_the_last_layer_but_one():
    model, images = network(), torch.rand(3, 1, 8, 6)

    features = model.features(images)

    assert features.shape == (3, 5)
    torch.testing.assert_close(model(images), model.head(features))


def test_an_image_of_another_size_is_refused():
    with pytest.raises(ValueError, match="for a network of"):
        network()(torch.rand(1, 1, 8, 8))


def test_a_saved_network_comes_back_whole(tmp_path):
    model, images = network(), torch.rand(2, 1, 8, 6)
    save_image_network(model, tmp_path / "n", FORM)

    loaded = load_image_network(tmp_path / "n")

    assert torch.equal(loaded.network(images), model(images))
    assert loaded.form == FORM
    assert not loaded.network.training


def test_the_identity_changes_with_weights_and_form(tmp_path):
    for name, seed, form in [
        ("a", 0, FORM),
        ("b", 1, FORM),
        ("c", 0, {}),
        ("d", 0, FORM),
    ]:
        save_image_network(network(seed), tmp_path / name, form)

    found = [load_image_network(tmp_path / name).identity for name in "abcd"]

    assert found[0] == found[3]
    assert len(set(found)) == 3


def test_loading_draws_no_random_number(tmp_path):
    save_image_network(network(), tmp_path / "n", FORM)
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)

    load_image_network(tmp_path / "n")

    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize("damage", ["missing", "altered", "no shape", "no json"])
def test_a_damaged_folder_is_refused(tmp_path, damage):
    folder = tmp_path / "n"
    save_image_network(network(), folder, FORM)
    if damage == "missing":
        (folder / WEIGHTS).unlink()
    elif damage == "altered":
        content = (folder / WEIGHTS).read_bytes()
        (folder / WEIGHTS).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "no shape":
        content = json.loads((folder / CONFIG).read_text())
        (folder / CONFIG).write_text(json.dumps({**content, "shape": {"height": 3}}))
    else:
        (folder / CONFIG).write_text("{")

    with pytest.raises(CorruptArtifactError, match="train the extractor again"):
        load_image_network(folder)
