import pytest
from pydantic import ValidationError

from taojin.training.adversarial.config import GameConfig, ImageGanConfig
from taojin.training.config import DistributionConfig, TrainingConfig


def config(training=None, **settings):
    numbers = {"num_steps": 1, "batch_size": 4, **(training or {})}
    return ImageGanConfig(training=TrainingConfig(**numbers), **settings)


def test_defaults_are_accepted():
    assert config().game.loss == "relativistic"


def test_the_discriminator_moves_first_and_as_often_as_asked():
    order = GameConfig(discriminator_steps=2).order
    assert order == ("discriminator", "discriminator", "generator")


def test_penalties_come_every_so_many_turns_of_the_discriminator():
    game = GameConfig(discriminator_steps=2, penalty_every=3)
    turns = [step for step in range(12) if step % 3 < 2]  # the others are not its own
    assert [step for step in turns if game.penalises(step)] == [0, 4, 9]
    assert all(GameConfig().penalises(step) for step in range(0, 8, 2))
    free = GameConfig(real_penalty=0.0, fake_penalty=0.0)
    assert not free.penalises(0)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"backbone": "dcgan"}, "batch norm"),
        ({"training": {"compile": True}}, "training.compile"),
        (
            {"training": {"distribution": DistributionConfig(strategy="ddp")}},
            "training.distribution.strategy",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused(settings, named):
    with pytest.raises(ValidationError, match=named):
        config(**settings)


def test_batch_norm_goes_without_penalties():
    game = GameConfig(real_penalty=0.0, fake_penalty=0.0)
    assert config(backbone="dcgan", game=game).backbone == "dcgan"
