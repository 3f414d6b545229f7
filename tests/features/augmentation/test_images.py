from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from taojin.features.augmentation.colours import recoloured
from taojin.features.augmentation.images import (
    COLOURS,
    GEOMETRY,
    IMAGE_OPERATIONS,
    ImageAugmentationConfig,
    augment_batch,
    augment_images,
)

CHANCES: dict[str, Any] = {
    f"{name}_probability": 0.5 if "flip" in name else 1.0 for name in IMAGE_OPERATIONS
}
ALWAYS = ImageAugmentationConfig(**CHANCES)


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(count=16, channels=3, height=9, width=12):
    return torch.rand((count, channels, height, width), generator=draws(7))


@pytest.mark.parametrize("name", IMAGE_OPERATIONS)
def test_each_operation_changes_pictures_and_alone_when_asked(name):
    before = pictures()
    found = augment_batch(before, ALWAYS.only(name), draws())

    changed = (found != before).flatten(1).any(1)
    assert changed.float().mean() >= (0.25 if "flip" in name else 0.9)
    assert found.shape == before.shape
    assert found.min() >= 0.0
    assert found.max() <= 1.0


def test_every_picture_gets_its_own_draw():
    same = pictures(1).expand(8, -1, -1, -1)
    found = augment_batch(same, ALWAYS.only("rotation"), draws())

    assert len(found.unique(dim=0)) == 8


def test_draws_follow_the_generator_and_else_the_global_one():
    first, again = (augment_batch(pictures(), ALWAYS, draws()) for _ in range(2))
    other = augment_batch(pictures(), ALWAYS, draws(1))
    torch.manual_seed(0)
    of_global = augment_batch(pictures(), ALWAYS)

    assert torch.equal(first, again)
    assert torch.equal(first, of_global)
    assert not torch.equal(first, other)


def test_switching_an_operation_off_leaves_the_draws_of_others():
    both = ALWAYS.only("brightness", "cutout").model_copy(update={"fill": 1.0})
    alone = both.only("cutout")
    one, two = (augment_batch(pictures() / 2, c, draws()) for c in (both, alone))

    assert torch.equal(one == 1.0, two == 1.0)


def test_nothing_happens_without_probabilities():
    before = pictures()

    assert torch.equal(augment_batch(before, ALWAYS.only(), draws()), before)


def test_pictures_that_chance_spares_are_the_same_bit_for_bit():
    before = pictures(64)
    config = ImageAugmentationConfig(
        rotation_probability=0.5, brightness_probability=0.0
    ).only("rotation", "contrast", "saturation")
    found = augment_batch(before, config, draws())

    spared = (found == before).flatten(1).all(1)
    assert 2 <= spared.sum() <= 20  # an eighth of 64


def test_flips_are_off_unless_asked_for_and_half_at_most():
    config = ImageAugmentationConfig()

    assert config.horizontal_flip_probability == 0.0
    assert config.vertical_flip_probability == 0.0
    with pytest.raises(ValidationError, match="horizontal_flip_probability"):
        ImageAugmentationConfig(horizontal_flip_probability=0.6)


def test_a_flip_is_exact():
    before = pictures(64)
    found = augment_batch(before, ALWAYS.only("horizontal_flip"), draws())

    mirrored = torch.isclose(found, before.flip(3), atol=1e-5).flatten(1).all(1)
    assert (mirrored | (found == before).flatten(1).all(1)).all()
    assert 16 <= mirrored.sum() <= 48


def test_amounts_stay_in_their_ranges_and_fill_them():
    grey = torch.full((4000, 1, 4, 4), 0.5)
    config = ALWAYS.only("brightness").model_copy(update={"brightness_most": 0.2})
    offsets = (augment_batch(grey, config, draws()) - 0.5)[:, 0, 0, 0]

    assert offsets.abs().max() <= 0.2 + 1e-6
    assert offsets.min() < -0.19
    assert offsets.max() > 0.19
    assert abs(offsets.mean()) < 0.01


def test_contrast_keeps_the_mean_and_scales_the_deviation():
    before = pictures(2)
    factor = torch.tensor([1.5, 1.0])
    found = recoloured(before, torch.zeros(2), factor, torch.ones(2))

    torch.testing.assert_close(found.mean((1, 2, 3)), before.mean((1, 2, 3)))
    torch.testing.assert_close(found[0].std(), before[0].std() * 1.5)
    assert torch.equal(found[1], before[1])


def test_without_saturation_colours_become_their_luma():
    before = pictures(1)
    found = recoloured(before, torch.zeros(1), torch.ones(1), torch.zeros(1))
    luma = 0.299 * before[:, 0] + 0.587 * before[:, 1] + 0.114 * before[:, 2]

    torch.testing.assert_close(found, luma[:, None].expand(-1, 3, -1, -1))


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_saturation_is_for_three_channels(channels):
    before = pictures(channels=channels)

    assert torch.equal(
        augment_batch(before, ALWAYS.only("saturation"), draws()), before
    )


def test_a_cutout_covers_its_share_at_most_in_one_rectangle():
    white = torch.ones((500, 1, 20, 30))
    found = augment_batch(white, ALWAYS.only("cutout"), draws())

    covered = (found == 0.0).float()
    share = covered.mean((1, 2, 3))
    assert share.max() == pytest.approx(0.09, abs=0.01)
    assert share.min() > 0.0
    rows, columns = covered.amax(3).sum((1, 2)), covered.amax(2).sum((1, 2))
    assert torch.equal(rows * columns, covered.sum((1, 2, 3)))


def test_noise_has_the_deviation_of_its_draw():
    grey = torch.full((200, 1, 32, 32), 0.5)
    config = ALWAYS.only("noise").model_copy(update={"noise_most": 0.1})
    deviations = augment_batch(grey, config, draws()).std((1, 2, 3))

    assert deviations.max() < 0.11
    assert deviations.max() > 0.09
    assert deviations.min() < 0.01


def test_uint8_pictures_of_any_number_stay_uint8(monkeypatch):
    import taojin.features.augmentation.images as module

    monkeypatch.setattr(module, "_PICTURES_AT_ONCE", 5)
    before = np.random.default_rng(0).integers(0, 256, (12, 1, 8, 8), dtype=np.uint8)
    kept = before.copy()

    found = augment_images(before, ALWAYS, draws())
    unchanged = augment_images(before, ALWAYS.only(), draws())

    assert found.dtype == np.uint8
    assert found.shape == before.shape
    assert (found != before).any((1, 2, 3)).all()
    assert np.array_equal(unchanged, before)
    assert np.array_equal(before, kept)


def test_pictures_on_a_read_only_memory_map_are_read(tmp_path):
    np.save(tmp_path / "pixels.npy", np.zeros((3, 1, 4, 4), dtype=np.uint8))
    pixels = np.load(tmp_path / "pixels.npy", mmap_mode="r")

    assert augment_images(pixels, ALWAYS, draws()).shape == (3, 1, 4, 4)


def test_no_pictures_give_none():
    empty = np.zeros((0, 3, 8, 8), dtype=np.uint8)

    assert augment_images(empty, ALWAYS, draws()).shape == empty.shape


def test_unknown_operations_are_refused_by_name():
    with pytest.raises(ValueError, match="shear"):
        ALWAYS.only("shear")


def test_all_operations_have_a_kind():
    assert {*GEOMETRY, *COLOURS, "noise", "cutout"} == set(IMAGE_OPERATIONS)


def test_saturation_comes_before_contrast_and_brightness():
    before = pictures(4)
    amounts = torch.rand((3, 4), generator=draws()) + 0.5
    grey = (
        torch.tensor([0.299, 0.587, 0.114])[:, None, None].mul(before).sum(1)[:, None]
    )
    b, c, s = amounts[..., None, None, None]
    rich = grey + (before - grey) * s
    mean = rich.mean((1, 2, 3), keepdim=True)

    torch.testing.assert_close(
        recoloured(before, *amounts), mean + (rich - mean) * c + b
    )
