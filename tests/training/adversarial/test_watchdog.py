import math
import re
from typing import Any

import numpy as np
import pytest
import torch

from taojin.models.adversarial.losses import GAME_LOSSES
from taojin.models.adversarial.networks import new_discriminator, new_generator
from taojin.models.adversarial.shapes import AdversarialShape
from taojin.training.adversarial.batches import ImageBatch
from taojin.training.adversarial.config import WatchdogConfig
from taojin.training.adversarial.watchdog import Watchdog, choose_watched
from taojin.training.metrics import ListSink

SHAPE = AdversarialShape(
    resolution=8, width=8, group_size=8, latent_size=4, labels=("a", "b")
)
LOSS = GAME_LOSSES["relativistic"]


def players():
    torch.manual_seed(0)
    return new_generator(SHAPE), new_discriminator(SHAPE)


def dog(sink=None, every=10, **settings):
    random = torch.Generator().manual_seed(1)
    pixels = torch.randint(256, (16, 1, 8, 8), generator=random, dtype=torch.uint8)
    watched = ImageBatch(pixels, torch.arange(16) // 8)
    config = WatchdogConfig(**{"first_step": 0, "min_diversity": 0.1, **settings})
    return Watchdog(watched, 4, config, every=every, seed=0, sink=sink)


def objects(watchdog, step, generator, discriminator):
    return watchdog.objects(step, generator, discriminator, LOSS)


def test_a_sound_game_is_looked_at_before_each_snapshot_and_goes_on():
    watchdog, (generator, discriminator) = dog(sink := ListSink()), players()
    found = [objects(watchdog, step, generator, discriminator) for step in range(30)]
    assert not any(found)
    assert [row["step"] for row in sink.rows] == [10, 20, 30]
    assert sink.rows[0]["watched_diversity"] > 0.1
    assert sink.rows[0]["watchdog_trips"] == 0.0


def collapse(generator, _):
    torch.nn.init.zeros_(generator.start.weight)


def make_noise(generator, _):
    generator.to_pixels.weight.data *= 1e3


def win(_, discriminator):
    discriminator.head.embedding.weight.data *= 1e5


def explode(_, discriminator):
    discriminator.from_pixels.weight.data *= 30.0
    discriminator.gather.weight.data *= 30.0


def break_numbers(generator, _):
    generator.to_pixels.weight.data.fill_(math.nan)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (collapse, "min_diversity"),
        (make_noise, "max_diversity"),
        (win, "max_gap"),
        (explode, "max_gradient_growth"),
        (break_numbers, "not finite"),
    ],
)
def test_a_lost_game_is_refused_with_a_reason(harm, reason):
    limits: dict[str, Any] = {"max_gap": 1e9} if harm is explode else {}
    watchdog, (generator, discriminator) = dog(sink := ListSink(), **limits), players()
    assert not objects(watchdog, 9, generator, discriminator)
    with torch.no_grad():
        harm(generator, discriminator)
    assert objects(watchdog, 19, generator, discriminator)
    (trip,) = watchdog.trips
    assert trip["step"] == 19
    assert re.search(reason, trip["reason"])
    assert sink.rows[-1]["watchdog_trips"] == 1.0


def test_after_an_alarm_the_next_step_is_looked_at_too():
    watchdog, (generator, discriminator) = dog(), players()
    weights = generator.start.weight.detach().clone()
    collapse(generator, discriminator)
    assert objects(watchdog, 9, generator, discriminator)
    assert objects(watchdog, 10, generator, discriminator)
    generator.start.weight.data.copy_(weights)
    assert not objects(watchdog, 11, generator, discriminator)
    collapse(generator, discriminator)
    assert not objects(watchdog, 12, generator, discriminator)


def test_nothing_is_judged_before_the_first_step():
    watchdog, (generator, discriminator) = dog(first_step=25), players()
    collapse(generator, discriminator)
    found = [objects(watchdog, step, generator, discriminator) for step in range(30)]
    assert found.index(True) == 29


def test_watching_changes_nothing():
    watchdog, (generator, discriminator) = dog(), players()
    generator.train()
    before = {k: v.clone() for k, v in generator.state_dict().items()}
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    objects(watchdog, 9, generator, discriminator)
    assert torch.equal(torch.rand(1), expected)
    assert generator.training
    assert all(p.grad is None for p in generator.parameters())
    for name, tensor in generator.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_diversity_is_of_images_of_one_class_and_one_for_real_ones():
    watchdog, (generator, discriminator) = dog(), players()
    real = watchdog.pixels.float() / 127.5 - 1.0
    generator.forward = lambda *_: real.clone()  # type: ignore[method-assign]
    assert watchdog.measure(generator, discriminator, LOSS).diversity == pytest.approx(
        1.0
    )
    first = real[watchdog.targets * 8]  # one image a class
    generator.forward = lambda *_: first.clone()  # type: ignore[method-assign]
    assert watchdog.measure(generator, discriminator, LOSS).diversity < 1e-3


def test_several_images_of_each_of_a_few_classes_are_watched():
    targets = np.arange(200) % 20
    pixels = np.zeros((200, 1, 8, 8), np.uint8)
    chosen = choose_watched(pixels, targets, 64, seed=0)
    assert chosen.targets is not None
    counts = np.unique(chosen.targets.numpy(), return_counts=True)[1]
    assert counts.tolist() == [8] * 8
    assert len(choose_watched(pixels, None, 64, seed=0).pixels) == 64
