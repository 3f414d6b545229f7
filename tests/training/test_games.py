"""Two players in the one loop; and a variational autoencoder, whose loss is a sum."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from taojin.core.errors import ConfigurationError
from taojin.training.batches import TurnTaking
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.loop import train
from taojin.training.metrics import ListSink
from taojin.training.objectives import Game, Loss, ParameterGroup, Player, Turn

MEAN = 2.0
ORDER = ("discriminator", "generator")


class _Gaussian:
    """Real numbers around ``MEAN``."""

    def batch(self, index):
        random = torch.Generator().manual_seed(index)
        return MEAN + 0.5 * torch.randn(64, 1, generator=random)


def _game(order=ORDER, num_accumulations=1):
    """Shift noise until a discriminator cannot tell it from real numbers."""
    torch.manual_seed(0)
    model = nn.ModuleDict(
        {
            "generator": nn.Linear(1, 1),
            "discriminator": nn.Sequential(
                nn.Linear(1, 16), nn.SiLU(), nn.Linear(16, 1)
            ),
        }
    )

    def made(real):
        return model["generator"](torch.randn_like(real))

    def tell_apart(real):
        scores = model["discriminator"](torch.cat([real, made(real).detach()]))
        wanted = torch.cat([torch.ones_like(real), torch.zeros_like(real)])
        total = functional.binary_cross_entropy_with_logits(
            scores, wanted, reduction="sum"
        )
        return Loss(total / 2.0, len(real), {})

    def deceive(real):
        scores = model["discriminator"](made(real))
        return Loss(functional.softplus(-scores).sum(), len(real), {})

    game = Game(
        "game",
        model,
        {
            "generator": Player(model["generator"], deceive, 0.02),
            "discriminator": Player(model["discriminator"], tell_apart, 0.02),
        },
    )
    return game, TurnTaking(_Gaussian(), order, num_accumulations)


def _config(**settings):
    return TrainingConfig(
        **{"num_steps": 400, "batch_size": 64, "adam_betas": (0.5, 0.9), **settings}
    )


def test_a_generator_learns_what_a_discriminator_knows_of_real_data():
    game, batches = _game()
    train(game, batches, _config())
    made = game.model.get_submodule("generator")(torch.randn(4000, 1))
    assert made.mean().item() == pytest.approx(MEAN, abs=0.3)


def test_a_turn_moves_the_weights_of_one_player_alone():
    game, batches = _game()
    before = {name: w.clone() for name, w in game.model.named_parameters()}
    train(game, batches, _config(num_steps=1))
    moved = {
        name.partition(".")[0]
        for name, weight in game.model.named_parameters()
        if not torch.equal(weight, before[name])
    }
    assert moved == {"discriminator"}


def test_all_parts_of_a_step_are_one_turn():
    turns = TurnTaking(_Gaussian(), ("discriminator", "generator"), num_accumulations=2)
    players = [turns.batch(index).player for index in range(6)]
    assert players == [
        *["discriminator"] * 2,
        *["generator"] * 2,
        *["discriminator"] * 2,
    ]


def test_a_game_that_is_killed_goes_on_bit_for_bit(tmp_path):
    class KilledError(Exception):
        pass

    class Killing:
        def log(self, step, _):
            if step >= 7:
                raise KilledError

    whole, batches = _game()
    train(whole, batches, _config(num_steps=20))
    store = DirectoryCheckpointStore(tmp_path)
    config = _config(num_steps=20, checkpoint_every_seconds=0.0, log_every=1)
    killed, batches = _game()
    with pytest.raises(KilledError):
        train(killed, batches, config, store=store, sink=Killing())
    again, batches = _game()
    train(again, batches, config, store=store)
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, again.model.state_dict()[name]), name


def test_each_player_s_loss_is_a_mean_over_its_own_turns():
    game, batches = _game(order=("generator",))
    alone = ListSink()
    train(game, batches, _config(num_steps=2, log_every=2), sink=alone)
    assert "train_discriminator_loss" not in alone.rows[-1]
    row = alone.rows[-1]
    assert row["train_generator_loss"] == pytest.approx(row["train_loss"])
    both = ListSink()
    game, batches = _game()
    train(game, batches, _config(num_steps=2, log_every=2), sink=both)
    row = both.rows[-1]
    players = row["train_discriminator_loss"], row["train_generator_loss"]
    assert sum(players) / 2.0 == pytest.approx(row["train_loss"])


@pytest.mark.parametrize("setting", [{"batch_units": 8}, {"spike_threshold": 5.0}])
def test_settings_that_compare_the_losses_of_players_are_refused(setting):
    game, batches = _game()
    with pytest.raises(ConfigurationError, match=next(iter(setting))):
        train(game, batches, _config(num_steps=1, **setting))


def test_a_turn_of_nobody_is_refused():
    game, _ = _game()
    with pytest.raises(ConfigurationError, match="'critic'"):
        game.loss(Turn("critic", torch.zeros(1, 1)))


class _Autoencoder:
    """A variational autoencoder of two numbers that are nearly one."""

    name = "autoencoder"

    def __init__(self):
        torch.manual_seed(0)
        self.model = nn.ModuleDict(
            {"encoder": nn.Linear(2, 2), "decoder": nn.Linear(1, 2)}
        )

    def loss(self, batch):
        mean, log_variance = self.model["encoder"](batch).chunk(2, -1)
        latent = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        error = (self.model["decoder"](latent) - batch).square().sum() / (2 * 0.1**2)
        divergence = (mean.square() + log_variance.exp() - log_variance - 1).sum() / 2
        parts = {"error": error.item(), "divergence": divergence.item()}
        return Loss(error + divergence, len(batch), parts)

    def parameter_groups(self, config):
        names = tuple(name for name, _ in self.model.named_parameters())
        return [ParameterGroup("all", "adamw", config.head_learning_rate, 0.0, names)]


class _Pairs:
    def batch(self, index):
        random = torch.Generator().manual_seed(index)
        one = torch.randn(32, 1, generator=random)
        return torch.cat([one, one], -1)


def test_a_variational_autoencoder_trains_in_the_loop_with_its_parts_logged():
    objective, sink = _Autoencoder(), ListSink()
    config = TrainingConfig(num_steps=300, batch_size=32, head_learning_rate=0.03)
    held_out = [_Pairs().batch(10_000)]
    train(objective, _Pairs(), config, validation=held_out, sink=sink)
    first, last = sink.rows[0], sink.rows[-1]
    assert last["train_error"] < first["train_error"] / 10
    assert last["validation_divergence"] > 0.5  # the latent says something
