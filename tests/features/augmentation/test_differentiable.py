import math
from typing import Any

import pytest
import torch
from torch import nn

from taojin.features.augmentation.differentiable import (
    GAN_OPERATIONS,
    AdaptiveStrength,
    AdaptiveStrengthConfig,
    augment_for_discriminator,
)
from taojin.features.augmentation.images import (
    IMAGE_OPERATIONS,
    ImageAugmentationConfig,
)

CHANCES: dict[str, Any] = {
    f"{name}_probability": 0.5 if "flip" in name else 1.0 for name in IMAGE_OPERATIONS
}
EVERYTHING = ImageAugmentationConfig(**CHANCES)


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(count=2, channels=3, size=4):
    shape = (count, channels, size, size)
    return torch.rand(shape, generator=draws(3), dtype=torch.double) * 2 - 1


def test_at_strength_nothing_pixels_come_back_bit_for_bit():
    before = pictures(16).float()

    for strength in (0.0, torch.tensor(0.0)):
        found = augment_for_discriminator(before, EVERYTHING, strength, draws())
        assert torch.equal(found, before)


@pytest.mark.parametrize("name", [*IMAGE_OPERATIONS, "all"])
def test_gradients_flow_to_the_pixels(name):
    config = EVERYTHING if name == "all" else EVERYTHING.only(name)
    before = pictures().requires_grad_()

    def changed(pixels):
        return augment_for_discriminator(pixels, config, 1.0, draws())

    assert torch.autograd.gradcheck(changed, before)


def test_gradients_of_gradients_flow_as_penalties_need_them():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(48, 4), nn.Tanh(), nn.Linear(4, 1))
    network = network.double()
    before = pictures().requires_grad_()
    changed = augment_for_discriminator(before, EVERYTHING, 1.0, draws())
    (gradient,) = torch.autograd.grad(network(changed).sum(), before, create_graph=True)
    gradient.pow(2).sum().backward()

    weight = next(network.parameters())
    assert weight.grad is not None
    assert weight.grad.abs().sum() > 0


def test_values_are_not_clipped_which_would_stop_gradients():
    white = torch.ones((64, 1, 4, 4))
    found = augment_for_discriminator(
        white, EVERYTHING.only("brightness"), 1.0, draws()
    )

    assert found.max() > 1.05


def test_the_strength_is_the_share_of_pictures_that_an_operation_hits():
    before = pictures(4000, 1, 2).float()
    config = GAN_OPERATIONS.only("brightness")
    found = augment_for_discriminator(before, config, torch.tensor(0.3), draws())

    share = (found != before).flatten(1).any(1).float().mean()
    assert share == pytest.approx(0.3, abs=0.03)


def test_the_expectation_of_a_flip_can_be_inverted_at_any_strength_below_one():
    before = pictures(1, 1, 4)
    many = before.expand(40_000, -1, -1, -1)
    strength = 0.8
    mean = augment_for_discriminator(
        many, EVERYTHING.only("horizontal_flip"), strength, draws()
    ).mean(0, keepdim=True)
    even, odd = (mean + mean.flip(3)) / 2, (mean - mean.flip(3)) / 2

    torch.testing.assert_close(even + odd / (1 - strength), before, atol=0.05, rtol=0.0)


def test_the_expectation_of_a_turn_keeps_every_frequency_below_the_limit():
    """On the angular wave ``k``, turns by up to ``r`` act as the docstring says."""
    angle = torch.rand(100_000, generator=draws()) * 2 - 1
    limit = AdaptiveStrengthConfig().limit
    smallest = 1.0
    for k in torch.linspace(0.5, 10.0, 39).tolist():
        hit = torch.rand(100_000, generator=draws(1)) < limit
        found = torch.where(hit, torch.cos(k * angle), 1.0).mean().item()
        assert found == pytest.approx(1 - limit + limit * math.sin(k) / k, abs=0.015)
        smallest = min(smallest, found)

    assert 0.01 < smallest < 0.06
    assert 1 - 0.85 + 0.85 * min(math.sin(k / 10) / (k / 10) for k in range(1, 99)) < 0


def test_black_of_a_cutout_and_of_the_ground_is_minus_one():
    white = torch.ones((64, 1, 8, 8))
    cut = augment_for_discriminator(white, EVERYTHING.only("cutout"), 1.0, draws())
    moved = augment_for_discriminator(
        white, EVERYTHING.only("translation"), 1.0, draws()
    )

    assert set(cut.unique().tolist()) == {-1.0, 1.0}
    assert -1.0 <= moved.min() < -0.8


def adaptive(**settings):
    defaults = {"update_every": 10, "images_to_full": 100}
    return AdaptiveStrength(AdaptiveStrengthConfig(**{**defaults, **settings}))


def test_the_strength_rises_while_real_pictures_are_too_sure_and_falls_after():
    control = adaptive()
    for _ in range(3):
        control.update(torch.ones(10))
    assert control.strength.item() == pytest.approx(0.3)

    control.update(torch.tensor([1.0] * 7 + [-1.0] * 3))  # mean sign 0.4 < 0.6
    assert control.strength.item() == pytest.approx(0.2)


def test_signs_gather_until_a_change_is_due():
    control = adaptive()
    control.update(torch.full((6,), 0.01))
    assert control.strength.item() == 0.0

    control.update(torch.full((6,), 100.0))
    assert control.strength.item() == pytest.approx(0.12)
    assert control.num_signs.item() == 0.0
    assert control.sign_sum.item() == 0.0


def test_the_strength_stays_between_nothing_and_its_limit():
    control = adaptive(limit=0.5, initial=0.45)
    for _ in range(5):
        control.update(torch.ones(10))
    assert control.strength.item() == pytest.approx(0.5)

    for _ in range(9):
        control.update(-torch.ones(10))
    assert control.strength.item() == 0.0


def test_the_state_is_in_buffers_and_returns_with_them():
    control = adaptive()
    control.update(torch.ones(10))
    control.update(torch.ones(4))
    other = adaptive()
    other.load_state_dict(control.state_dict())
    for one in (control, other):
        one.update(torch.ones(6))

    assert set(control.state_dict()) == {"strength", "sign_sum", "num_signs"}
    assert not list(control.parameters())
    assert other.strength.item() == control.strength.item() == pytest.approx(0.2)
