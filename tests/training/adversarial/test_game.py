import pytest
import torch

from taojin.features.augmentation.differentiable import (
    AdaptiveStrength,
    AdaptiveStrengthConfig,
)
from taojin.models.adversarial.networks import new_discriminator, new_generator
from taojin.models.adversarial.shapes import AdversarialShape
from taojin.training.adversarial.batches import ImageBatch
from taojin.training.adversarial.config import GameConfig
from taojin.training.adversarial.game import ImageGame
from taojin.training.objectives import Turn

SHAPE = AdversarialShape(
    resolution=8, width=8, group_size=8, latent_size=4, labels=("a", "b")
)


def game(augment=None, strength=None, shape=SHAPE, **settings):
    torch.manual_seed(0)
    players = new_generator(shape), new_discriminator(shape)
    return ImageGame(*players, GameConfig(**settings), augment, strength)


def batch(step=0, size=5):
    random = torch.Generator().manual_seed(1)
    pixels = torch.randint(256, (size, 1, 8, 8), generator=random, dtype=torch.uint8)
    return ImageBatch(pixels, torch.arange(size) % 2, step)


def discriminator_loss(of, on=None):
    torch.manual_seed(5)
    return of.discriminator_loss(on or batch())


def test_losses_are_sums_over_images_and_penalties_add_half_their_weight():
    bare = discriminator_loss(game(real_penalty=0.0, fake_penalty=0.0))
    both = discriminator_loss(game(real_penalty=2.0, fake_penalty=6.0))
    once = discriminator_loss(game(real_penalty=1.0, fake_penalty=0.0))
    assert both.num_units == 5
    assert set(bare.metrics) == {"gap"}
    parts = both.metrics["real_penalty"] + both.metrics["fake_penalty"]
    assert both.total.item() == pytest.approx(bare.total.item() + parts, rel=1e-5)
    real = once.metrics["real_penalty"]
    assert both.metrics["real_penalty"] == pytest.approx(2.0 * real, rel=1e-5)


def test_the_real_penalty_is_half_the_squared_slope():
    of = game(real_penalty=1.0, fake_penalty=0.0)
    found = discriminator_loss(of).metrics["real_penalty"]
    images = (batch().pixels.float() / 127.5 - 1.0).requires_grad_()
    scores = of.discriminator(images, batch().targets)
    squares = 0.0
    for place in range(len(scores)):  # one image after the other
        (slope,) = torch.autograd.grad(scores[place], images, retain_graph=True)
        squares += slope[place].square().sum().item()
    assert found == pytest.approx(squares / 2.0, rel=1e-4)


def test_rare_penalties_weigh_more():
    of = game(penalty_every=3)
    always = discriminator_loss(game()).metrics["real_penalty"]
    assert discriminator_loss(of).metrics["real_penalty"] == pytest.approx(3 * always)
    assert "real_penalty" not in discriminator_loss(of, batch(step=2)).metrics


def test_the_lipschitz_penalty_is_of_points_between():
    of = game(
        loss="wasserstein", real_penalty=0.0, fake_penalty=0.0, lipschitz_penalty=10.0
    )
    loss = discriminator_loss(of)
    gap, penalty = loss.metrics["gap"], loss.metrics["lipschitz_penalty"]
    assert loss.total.item() == pytest.approx(penalty - gap, rel=1e-5)
    assert 0.0 < penalty <= 10.0 * 5 * 2


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_a_turn_gives_gradients_to_one_player_alone(player):
    of = game()
    of.as_objective().loss(Turn(player, batch())).total.backward()
    for name in ("generator", "discriminator"):
        weights = list(getattr(of, name).parameters())
        gradients = [weight.grad is not None for weight in weights]
        assert any(gradients) == (name == player)


def test_a_relative_generator_reads_the_real_images_and_others_do_not():
    for loss, reads in (("relativistic", True), ("non_saturating", False)):
        of = game(loss=loss)
        totals = []
        for pixels in (batch().pixels, 255 - batch().pixels):
            torch.manual_seed(5)
            given = ImageBatch(pixels, batch().targets)
            totals.append(of.generator_loss(given).total.item())
        assert (totals[0] != totals[1]) == reads


def test_everything_the_discriminator_sees_is_augmented_at_the_strength_of_now():
    seen = []

    def augment(images, strength):
        seen.append((len(images), strength.item()))
        return images * (1.0 - strength)

    strength = AdaptiveStrength(AdaptiveStrengthConfig(initial=0.25))
    of = game(augment, strength)
    loss = of.discriminator_loss(batch())
    of.generator_loss(batch())
    assert seen == [(5, 0.25)] * 4
    assert loss.metrics["strength"] == pytest.approx(0.25 * 5)


@pytest.mark.parametrize("loss", ["relativistic", "non_saturating"])
def test_the_strength_follows_the_signs_of_real_scores(loss):
    config = AdaptiveStrengthConfig(images_to_full=100, update_every=1)
    strength = AdaptiveStrength(config)
    of = game(lambda images, _: images, strength, loss=loss)
    with torch.no_grad():
        of.discriminator.head.score.bias.fill_(1000.0)  # sure of all images alike
    of.discriminator_loss(batch())
    rises = strength.strength.item() > 0.0
    # A relative discriminator's scores mean nothing by themselves.
    assert rises == (loss == "non_saturating")


def test_strength_is_part_of_the_model_and_of_checkpoints():
    of = game(lambda images, _: images, AdaptiveStrength(AdaptiveStrengthConfig()))
    assert "strength.strength" in of.as_objective().model.state_dict()
