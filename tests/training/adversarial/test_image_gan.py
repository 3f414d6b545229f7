import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from taojin.core.errors import (
    CheckpointMismatchError,
    DataError,
    TrainingError,
)
from taojin.features.augmentation.differentiable import (
    GAN_OPERATIONS,
    AdaptiveStrengthConfig,
)
from taojin.generation.adversarial.config import ImageSamplingConfig
from taojin.generation.adversarial.sampling import sample_images
from taojin.training.adversarial.config import GameConfig, WatchdogConfig
from taojin.training.adversarial.image_gan import train_image_gan
from taojin.training.checkpoints import DirectoryCheckpointStore, MemoryCheckpointStore
from taojin.training.metrics import ListSink

LABELS = [str(digit) for digit in range(10)]


def states(trained):
    return [trained.generator.state_dict(), trained.discriminator.state_dict()]


def same(first, second):
    return all(
        torch.equal(value, other[name])
        for one, other in zip(states(first), states(second), strict=True)
        for name, value in one.items()
    )


def test_training_twice_gives_the_same_networks_and_leaves_the_images(digits, tiny):
    pixels, targets = digits
    before = pixels.copy()
    runs = [train_image_gan(pixels, targets, LABELS, tiny()) for _ in range(2)]
    other = train_image_gan(pixels, targets, LABELS, tiny({"seed": 1}))
    assert same(*runs)
    assert not same(runs[0], other)
    assert np.array_equal(pixels, before)
    assert not runs[0].generator.training


class KilledError(Exception):
    pass


class Killing(ListSink):
    def log(self, step, metrics):
        super().log(step, metrics)
        if step >= 9:
            raise KilledError


@pytest.mark.parametrize("backbone", ["residual", "dcgan"])
def test_a_killed_game_goes_on_bit_for_bit(tmp_path, digits, tiny, backbone):
    pixels, targets = digits
    weight = 0.0 if backbone == "dcgan" else 1.0
    config = tiny(
        {
            "num_steps": 16,
            "log_every": 1,
            "checkpoint_every_seconds": 0.0,
            "average_decay": 0.9,
            "snapshot_every": 4,
        },
        backbone=backbone,
        game=GameConfig(real_penalty=weight, fake_penalty=weight, penalty_every=2),
        watchdog=WatchdogConfig(first_step=0, min_diversity=0.0),
        augmentation=GAN_OPERATIONS,
        strength=AdaptiveStrengthConfig(initial=0.3, update_every=1),
    )
    whole = train_image_gan(pixels, targets, LABELS, config)
    store = DirectoryCheckpointStore(tmp_path)
    with pytest.raises(KilledError):
        train_image_gan(pixels, targets, LABELS, config, store=store, sink=Killing())
    again = train_image_gan(pixels, targets, LABELS, config, store=store)
    assert same(whole, again)


def test_the_networks_hold_averages_of_both_players_turns(digits, tiny):
    pixels, targets = digits
    plain = train_image_gan(pixels, targets, LABELS, tiny())
    averaged = train_image_gan(pixels, targets, LABELS, tiny({"average_decay": 0.999}))
    # After six updates a mean is still near the start, the last weights are not.
    start = train_image_gan(
        pixels, targets, LABELS, tiny(game=GameConfig(generator_learning_rate=0.0))
    )
    moved = [
        (trained.generator.start.weight - start.generator.start.weight).norm().item()
        for trained in (plain, averaged)
    ]
    assert 0.0 < moved[1] < moved[0]


def test_batch_norm_knows_the_statistics_of_the_averaged_weights(digits, tiny):
    pixels, targets = digits
    config = tiny(
        {"num_steps": 20, "average_decay": 0.9},
        backbone="dcgan",
        game=GameConfig(
            real_penalty=0.0, fake_penalty=0.0, generator_learning_rate=0.05
        ),
    )
    generator = train_image_gan(pixels, targets, LABELS, config).generator
    latents, classes = torch.randn(2000, 4), torch.randint(10, (2000,))
    norm = next(m for m in generator.modules() if isinstance(m, nn.BatchNorm2d))
    joined = generator.joined(latents, classes)
    first = generator.start(joined).unflatten(1, (-1, 4, 4))
    torch.testing.assert_close(
        norm.running_var, first.var(dim=(0, 2, 3)), rtol=0.2, atol=0.01
    )


def test_without_labels_images_of_no_class_are_made(digits, tiny):
    trained = train_image_gan(digits[0], None, (), tiny(conditional=False))
    assert trained.generator.shape.labels == ()
    assert sample_images(trained.generator, 3, ImageSamplingConfig()).shape[0] == 3


def test_parts_of_a_batch_and_bfloat16_are_trained(digits, tiny):
    config = tiny({"num_accumulations": 2, "precision": "bf16"})
    sink = ListSink()
    trained = train_image_gan(digits[0], digits[1], LABELS, config, sink=sink)
    assert all(w.isfinite().all() for w in trained.generator.parameters())
    assert {"train_gap", "train_generator_loss"} <= sink.rows[-1].keys()


def lossy(training, rate=0.3, **settings):
    """A discriminator so fast that the generator is lost at once."""
    return {
        "training": {
            "num_steps": 60,
            "snapshot_every": 5,
            "max_bad_steps": 0,
            "warmup_fraction": 0.0,
            "decay_fraction": 0.0,
            "log_every": 1,
            **training,
        },
        "game": GameConfig(
            loss="minimax",
            real_penalty=0.0,
            fake_penalty=0.0,
            generator_learning_rate=rate,
            discriminator_learning_rate=rate,
        ),
        "watchdog": WatchdogConfig(first_step=0, **settings),
    }


def test_a_collapse_is_rolled_back_and_slower_players_recover(digits, tiny):
    policy = {
        "bad_step_policy": "roll_back",
        "roll_back_rate_factor": 1e-3,
        "max_roll_backs": 2,
    }
    sink = ListSink()
    trained = train_image_gan(
        digits[0],
        digits[1],
        LABELS,
        tiny(**lossy(policy, min_diversity=0.05)),
        sink=sink,
    )
    assert 1 <= len(trained.trips) <= 2
    faults = [line for row in trained.history for line in row.get("faults", [])]
    assert "rolled back to the weights of step 0" in faults[0]
    watched = [row for row in sink.rows if "watchdog_trips" in row]
    assert watched[-1]["step"] == 60
    assert watched[-1]["watchdog_trips"] == len(trained.trips)
    assert watched[-1]["watched_diversity"] > 0.05
    assert watched[-1]["watched_gap"] < 50.0
    assert all(w.isfinite().all() for w in trained.generator.parameters())


@pytest.mark.parametrize("policy", ["stop", "skip", "roll_back"])
def test_a_game_that_stays_lost_ends_with_the_reason(digits, tiny, policy):
    with pytest.raises(TrainingError, match="the watchdog: ") as caught:
        train_image_gan(
            digits[0],
            digits[1],
            LABELS,
            tiny(**lossy({"bad_step_policy": policy, "max_roll_backs": 1})),
        )
    assert "learning rate" in str(caught.value)


@pytest.mark.parametrize(
    ("pixels", "targets", "labels", "named"),
    [
        (np.zeros((8, 1, 28, 28), np.uint8), np.arange(8) % 2, ("a", "b"), "28 x 28"),
        (np.zeros((8, 1, 8, 16), np.uint8), np.arange(8) % 2, ("a", "b"), "8 x 16"),
        (np.zeros((8, 2, 8, 8), np.uint8), np.arange(8) % 2, ("a", "b"), "2 channels"),
        (np.zeros((8, 1, 8, 8), np.uint8), None, ("a", "b"), "no targets"),
        (np.zeros((8, 1, 8, 8), np.uint8), np.arange(7) % 2, ("a", "b"), "7 targets"),
        (np.zeros((8, 1, 8, 8), np.uint8), np.arange(8) - 1, LABELS, "1 of 8"),
        (np.zeros((8, 1, 8, 8), np.uint8), np.zeros(8, int), ("a",), "at least 2"),
        (np.zeros((2, 1, 8, 8), np.uint8), np.zeros(2, int), ("a", "b"), "2 images"),
    ],
)
def test_data_that_make_no_game_are_refused(pixels, targets, labels, named, tiny):
    with pytest.raises(DataError, match=named):
        train_image_gan(pixels, targets, labels, tiny())


def test_another_setting_of_the_game_is_another_run(digits, tiny):
    store = MemoryCheckpointStore()
    train_image_gan(digits[0], digits[1], LABELS, tiny(), store=store)
    other = tiny(game=GameConfig(real_penalty=5.0))
    with pytest.raises(CheckpointMismatchError, match="real_penalty was 1"):
        train_image_gan(digits[0], digits[1], LABELS, other, store=store)


@pytest.mark.slow
def test_digits_of_a_wanted_class_are_recognised(digits, tiny):
    pixels, targets = digits
    config = tiny(
        {
            "num_steps": 600,
            "batch_size": 32,
            "average_decay": 0.99,
            "precision": "bf16",
        },
        width=32,
        group_size=16,
        latent_size=16,
        game=GameConfig(
            penalty_every=4,
            generator_learning_rate=0.005,
            discriminator_learning_rate=0.005,
        ),
    )
    trained = train_image_gan(pixels, targets, LABELS, config)
    made = sample_images(trained.generator, 200, ImageSamplingConfig())
    judge = LogisticRegression(max_iter=200).fit(
        pixels.reshape(len(pixels), -1) / 255, targets
    )
    assert judge.score(made.reshape(200, -1) / 255, np.arange(200) % 10) > 0.8
