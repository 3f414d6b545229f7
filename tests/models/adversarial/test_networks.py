import json

import pytest
import torch

from taojin.core.errors import CorruptArtifactError
from taojin.models.adversarial.networks import (
    CONFIG,
    WEIGHTS,
    load_discriminator,
    load_generator,
    new_discriminator,
    new_generator,
    save_discriminator,
    save_generator,
)
from taojin.models.adversarial.shapes import AdversarialShape

BACKBONES = ["residual", "dcgan", "plain"]


def shape(backbone="residual", labels=("a", "b"), **settings):
    numbers = {"resolution": 8, "width": 16, "latent_size": 4, **settings}
    return AdversarialShape(**{"backbone": backbone, "labels": labels, **numbers})


def players(of):
    torch.manual_seed(0)
    return new_generator(of), new_discriminator(of)


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("resolution", [8, 32])
@pytest.mark.parametrize("num_channels", [1, 3])
def test_images_have_the_size_and_scores_are_one_an_image(
    backbone, resolution, num_channels
):
    of = shape(backbone, resolution=resolution, num_channels=num_channels)
    generator, discriminator = players(of)
    targets = torch.tensor([0, 1, 1])
    images = generator(torch.randn(3, 4), targets)
    assert images.shape == (3, num_channels, resolution, resolution)
    assert discriminator(images, targets).shape == (3,)


def test_patches_make_images_of_the_same_size():
    of = shape(resolution=32, patch_size=4)
    generator, discriminator = players(of)
    images = generator(torch.randn(2, 4), torch.tensor([0, 1]))
    assert images.shape == (2, 1, 32, 32)
    assert discriminator(images, torch.tensor([0, 1])).shape == (2,)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_class_matters_to_both(backbone):
    generator, discriminator = players(shape(backbone))
    generator, discriminator = generator.eval(), discriminator.eval()
    latents, first, second = torch.randn(2, 4), torch.zeros(2).long(), torch.ones(2)
    images = generator(latents, first)
    assert not torch.allclose(images, generator(latents, second.long()))
    scores = discriminator(images, first)
    assert not torch.allclose(scores, discriminator(images, second.long()))


@pytest.mark.parametrize("backbone", ["residual", "plain"])
def test_a_score_depends_on_its_own_image_alone(backbone):
    _, discriminator = players(shape(backbone, labels=()))
    images = torch.randn(3, 1, 8, 8)
    torch.testing.assert_close(discriminator(images)[:1], discriminator(images[:1]))


def test_targets_and_classes_go_together():
    generator, discriminator = players(shape())
    with pytest.raises(ValueError, match="give a target"):
        generator(torch.randn(2, 4))
    with pytest.raises(ValueError, match="give a target"):
        discriminator(torch.randn(2, 1, 8, 8))
    generator, _ = players(shape(labels=()))
    with pytest.raises(ValueError, match="no targets"):
        generator(torch.randn(2, 4), torch.tensor([0, 1]))


def test_numbers_keep_their_spread_at_the_start():
    generator, discriminator = players(shape(resolution=64, width=32, num_blocks=2))
    targets = torch.arange(64) % 2
    images = generator(torch.randn(64, 4), targets)
    assert 0.2 < images.std() < 2.0
    assert 0.05 < discriminator(images, targets).std() < 2.0


@pytest.mark.parametrize("backbone", BACKBONES)
def test_saved_players_come_back_whole(tmp_path, backbone):
    generator, discriminator = players(shape(backbone))
    targets = torch.tensor([0, 1, 0])
    images = generator(torch.randn(3, 4), targets)  # moves what batch norm remembers
    discriminator(images, targets)
    save_generator(generator, tmp_path / "g")
    save_discriminator(discriminator, tmp_path / "d")

    loaded = load_generator(tmp_path / "g"), load_discriminator(tmp_path / "d")

    latents = torch.randn(3, 4)
    made = generator.eval()(latents, targets)
    assert torch.equal(loaded[0](latents, targets), made)
    assert torch.equal(loaded[1](made, targets), discriminator.eval()(made, targets))
    assert loaded[0].shape == generator.shape
    assert not loaded[0].training


def test_loading_leaves_the_random_numbers(tmp_path):
    generator, _ = players(shape())
    save_generator(generator, tmp_path / "g")
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    load_generator(tmp_path / "g")
    assert torch.equal(torch.rand(1), expected)


def damaged(folder, damage):
    generator, discriminator = players(shape())
    save_generator(generator, folder)
    if damage == "no file":
        (folder / WEIGHTS).unlink()
    elif damage == "other kind":
        save_discriminator(discriminator, folder)
    elif damage == "weights":
        content = bytearray((folder / WEIGHTS).read_bytes())
        content[-1] ^= 1
        (folder / WEIGHTS).write_bytes(content)
    else:
        content = json.loads((folder / CONFIG).read_text())
        content["shape"]["width"] = 32
        (folder / CONFIG).write_text(json.dumps(content))


@pytest.mark.parametrize("damage", ["no file", "other kind", "weights", "shape"])
def test_a_damaged_folder_is_refused(tmp_path, damage):
    damaged(tmp_path / "g", damage)
    with pytest.raises(CorruptArtifactError, match="not usable"):
        load_generator(tmp_path / "g")
