"""Notices when a game is lost: images all alike, or a discriminator that has won."""

import logging
import math
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from taojin.core.randomness import derive_seed, generator
from taojin.models.adversarial.losses import GameLoss
from taojin.models.adversarial.networks import Discriminator, Generator
from taojin.training.adversarial.batches import ImageBatch, as_images
from taojin.training.adversarial.config import WatchdogConfig
from taojin.training.metrics import MetricSink, NullSink

logger = logging.getLogger(__name__)

_MAX_CLASSES = 8
_KEPT = 0.8
"""Of the running mean of gradients, at each look."""


class Measures(NamedTuple):
    """What is watched.

    Attributes:
        diversity: Mean distance between generated images of a class, pixel by pixel,
            by that between real images of the same classes.
        gap: Mean score of real images minus that of generated ones.
        gradient: Mean length of the gradient of the generator's loss by an image.
    """

    diversity: float
    gap: float
    gradient: float


class Watchdog(nn.Module):
    """Looks at a game from time to time, always at images of the same latents.

    What it remembers is in buffers, so checkpoints hold it and a roll back returns
    it too. Draws no random numbers while the game runs, so watching changes nothing.

    Attributes:
        trips: What was wrong, as rows with ``step`` (steps done before), ``reason`` and
            the measures; of this process, not of one that was killed before.
        alarm: Whether the last look found something wrong; then the next step is
            looked at, too.
        usual_gradient: Running mean; 0 before the first look.
    """

    latents: Tensor
    pixels: Tensor
    targets: Tensor
    alarm: Tensor
    usual_gradient: Tensor

    def __init__(
        self,
        watched: ImageBatch,
        latent_size: int,
        config: WatchdogConfig,
        *,
        every: int,
        seed: int,
        sink: MetricSink | None = None,
    ) -> None:
        """Keep what is watched.

        Args:
            watched: Real images, see :func:`choose_watched`.
            latent_size: Of the generator.
            config: Limits.
            every: Steps between two looks; the last step of each such span is looked
                at before it is taken.
            seed: Of the latents.
            sink: Receives the measures as ``watched_<name>``, and ``watchdog_trips``,
                how many there have been.
        """
        super().__init__()
        self._config = config
        self._every = every
        self._sink = sink or NullSink()
        self.trips: list[dict[str, Any]] = []
        random = torch.Generator().manual_seed(derive_seed(seed, "watched"))
        num_images = len(watched.pixels)
        latents = torch.randn(num_images, latent_size, generator=random)
        no_class = torch.zeros(num_images, dtype=torch.int64)
        targets = no_class if watched.targets is None else watched.targets
        self.register_buffer("latents", latents, persistent=False)
        self.register_buffer("pixels", watched.pixels, persistent=False)
        self.register_buffer("targets", targets, persistent=False)
        self.register_buffer("alarm", torch.tensor(0.0))
        self.register_buffer("usual_gradient", torch.tensor(0.0))
        self._conditional = watched.targets is not None

    def objects(
        self,
        step: int,
        generator: Generator,
        discriminator: Discriminator,
        loss: GameLoss,
    ) -> bool:
        """Whether the step must not be taken.

        Args:
            step: Steps done before.
            generator: Put into evaluation mode while it is looked at, as the other.
            discriminator: Likewise.
            loss: Of the game.
        """
        due = (step + 1) % self._every == 0 or bool(self.alarm)
        if step < self._config.first_step or not due:
            return False
        measures = self.measure(generator, discriminator, loss)
        reason = self._judge(measures)
        self.alarm.fill_(0.0 if reason is None else 1.0)
        if reason is None:
            before = float(self.usual_gradient) or measures.gradient
            mean = _KEPT * before + (1.0 - _KEPT) * measures.gradient
            self.usual_gradient.fill_(mean)
        else:
            logger.warning("step %d: %s", step, reason)
            self.trips.append({"step": step, "reason": reason, **measures._asdict()})
        values = {
            f"watched_{name}": value
            for name, value in measures._asdict().items()
            if math.isfinite(value)
        }
        self._sink.log(step + 1, {**values, "watchdog_trips": float(len(self.trips))})
        return reason is not None

    def measure(
        self, generator: Generator, discriminator: Discriminator, loss: GameLoss
    ) -> Measures:
        """Measure a game as it stands; nothing in it changes."""
        modes = [(player, player.training) for player in (generator, discriminator)]
        targets = self.targets if self._conditional else None
        generator.eval()
        discriminator.eval()
        real = as_images(self.pixels)
        with torch.no_grad():
            fake = generator(self.latents, targets).float()
            real_scores = discriminator(real, targets)
        fake.requires_grad_()
        fake_scores = discriminator(fake, targets)
        total = loss.generator(real_scores, fake_scores).sum()
        (gradient,) = torch.autograd.grad(total, fake)
        for player, was_training in modes:
            player.train(was_training)
        among = [_mean_distance(images, self.targets) for images in (fake, real)]
        return Measures(
            float(among[0] / among[1].clamp_min(1e-12)),
            float((real_scores - fake_scores).detach().mean()),
            float(gradient.flatten(1).norm(dim=1).mean()),
        )

    def _judge(self, measures: Measures) -> str | None:
        config = self._config
        diversity, gap, gradient = measures
        usual = float(self.usual_gradient)
        growth = gradient / usual if usual else 1.0
        if not all(map(math.isfinite, measures)):
            return f"scores or images of the game are not finite: {measures}"
        if diversity < config.min_diversity:
            return (
                f"the generator has collapsed: its images differ {diversity:.3g} times "
                f"as much as real ones, min_diversity is {config.min_diversity:g}"
            )
        if diversity > config.max_diversity:
            return (
                f"the generator makes noise: its images differ {diversity:.3g} times as "
                f"much as real ones, max_diversity is {config.max_diversity:g}"
            )
        if abs(gap) > config.max_gap:
            return (
                f"the discriminator is out of reach: its scores of real and generated "
                f"images are {gap:.3g} apart, max_gap is {config.max_gap:g}"
            )
        if growth > config.max_gradient_growth:
            return (
                f"gradients explode: {gradient:.3g} an image, {growth:.3g} times the "
                f"usual, max_gradient_growth is {config.max_gradient_growth:g}"
            )
        return None


def choose_watched(
    pixels: NDArray[np.uint8],
    targets: NDArray[np.int64] | None,
    num_images: int,
    seed: int,
) -> ImageBatch:
    """Choose real images to compare with: several of each of a few classes.

    Args:
        pixels: ``uint8 [items, channels, rows, columns]``.
        targets: ``int64 [items]``, or None.
        num_images: At most so many; fewer if a chosen class has too few.
        seed: Of the choice.
    """
    draw = generator(seed, "watched images")
    if targets is None:
        rows = draw.permutation(len(pixels))[:num_images]
        return ImageBatch(torch.from_numpy(pixels[rows]), None)
    classes = draw.permutation(np.unique(targets))
    classes = classes[: min(_MAX_CLASSES, num_images // 2)]
    share = num_images // len(classes)
    rows = np.concatenate(
        [draw.permutation(np.flatnonzero(targets == name))[:share] for name in classes]
    )
    chosen = torch.from_numpy(pixels[rows]), torch.from_numpy(targets[rows])
    return ImageBatch(*chosen)


def _mean_distance(images: Tensor, targets: Tensor) -> Tensor:
    """Between images of the same class; between all where no class has two."""
    rows = images.detach().flatten(1).float()
    distances = torch.cdist(rows, rows)
    others = ~torch.eye(len(rows), dtype=torch.bool, device=rows.device)
    same = (targets[:, None] == targets[None, :]) & others
    return distances[same if bool(same.any()) else others].mean()
