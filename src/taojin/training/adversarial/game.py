"""A generator of images and a discriminator as a game for the loop."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from taojin.features.augmentation.differentiable import AdaptiveStrength
from taojin.models.adversarial.losses import (
    GAME_LOSSES,
    GameLoss,
    between,
    unit_length_penalty,
    zero_centred_penalty,
)
from taojin.models.adversarial.networks import Discriminator, Generator
from taojin.training.adversarial.batches import ImageBatch, as_images
from taojin.training.adversarial.config import GameConfig
from taojin.training.adversarial.watchdog import Watchdog
from taojin.training.objectives import Game, Loss, Player

Augment = Callable[[Tensor, Tensor], Tensor]
"""From images ``[images, channels, rows, columns]`` in [-1, 1] and a strength, a scalar
tensor in [0, 1], to as many images; can be differentiated twice."""


@dataclass
class ImageGame:
    """Losses of both players; :meth:`as_objective` is what the loop trains.

    Attributes:
        generator: From latents to images.
        discriminator: From images to scores.
        config: Losses, penalties, rates.
        augment: What images go through before the discriminator sees them, alike
            whether real or generated, and whoever's turn it is; None shows them as
            they are.
        strength: Of the augmentation; follows how sure the discriminator is of real
            images.
        watchdog: Refuses steps of a lost game, if there is one.
    """

    generator: Generator
    discriminator: Discriminator
    config: GameConfig
    augment: Augment | None = None
    strength: AdaptiveStrength | None = None
    watchdog: Watchdog | None = None

    def as_objective(self) -> Game[ImageBatch]:
        """The game with its players ``discriminator`` and ``generator``.

        Its model holds watchdog and strength beside the players, for checkpoints.
        """
        parts: dict[str, nn.Module | None] = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "watchdog": self.watchdog,
            "strength": self.strength,
        }
        model = nn.ModuleDict({k: part for k, part in parts.items() if part})
        config = self.config
        players = {
            "generator": Player(
                self.generator, self.generator_loss, config.generator_learning_rate
            ),
            "discriminator": Player(
                self.discriminator,
                self.discriminator_loss,
                config.discriminator_learning_rate,
            ),
        }
        return Game("image game", model, players)

    def discriminator_loss(self, batch: ImageBatch) -> Loss:
        """Its loss and penalties, summed over pairs of real and generated images.

        Metrics: ``gap``, how much higher the scores of real images are;
        ``real_penalty``, ``fake_penalty`` and ``lipschitz_penalty``, as weighted;
        ``strength`` of the augmentation.
        """
        if self._is_lost(batch):
            return _refused(self.discriminator, batch)
        real = as_images(batch.pixels)
        with torch.no_grad():
            fake = self._generated(batch)
        penalises = self.config.penalises(batch.step)
        real.requires_grad_(penalises and self.config.real_penalty > 0.0)
        fake.requires_grad_(penalises and self.config.fake_penalty > 0.0)
        real_scores = self._scores(real, batch)
        fake_scores = self._scores(fake, batch)
        losses = self._loss.discriminator(real_scores, fake_scores)
        sums = {"gap": (real_scores - fake_scores).detach().sum()}
        if penalises:
            penalties = self._penalties(
                {"real": (real_scores, real), "fake": (fake_scores, fake)}, batch
            )
            for name, squares in penalties.items():
                losses = losses + squares
                sums[f"{name}_penalty"] = squares.detach().sum()
        if self.strength is not None:
            relative = self._loss.is_relative
            self.strength.update(
                (real_scores - fake_scores if relative else real_scores).detach()
            )
            sums["strength"] = self.strength.strength * len(losses)
        # One transfer: on a GPU each makes the processor wait.
        values = torch.stack(list(sums.values())).tolist()
        return Loss(losses.sum(), len(losses), dict(zip(sums, values, strict=True)))

    def generator_loss(self, batch: ImageBatch) -> Loss:
        """Its loss, summed over pairs of real and generated images."""
        if self._is_lost(batch):
            return _refused(self.generator, batch)
        fake_scores = self._scores(self._generated(batch), batch)
        real_scores = torch.zeros_like(fake_scores)
        if self._loss.reads_real:
            with torch.no_grad():
                real_scores = self._scores(as_images(batch.pixels), batch)
        losses = self._loss.generator(real_scores, fake_scores)
        return Loss(losses.sum(), len(losses), {})

    @property
    def _loss(self) -> GameLoss:
        return GAME_LOSSES[self.config.loss]

    def _generated(self, batch: ImageBatch) -> Tensor:
        """As many images as real ones, of the same classes."""
        size = (len(batch.pixels), self.generator.shape.latent_size)
        latents = torch.randn(size, device=batch.pixels.device)
        return self.generator(latents, batch.targets).float()

    def _scores(self, images: Tensor, batch: ImageBatch) -> Tensor:
        if self.augment is not None:
            strength = self.strength
            full = torch.ones((), device=images.device)
            shown = full if strength is None else strength.strength
            images = self.augment(images, shown)
        return self.discriminator(images, batch.targets)

    def _penalties(
        self, scored: dict[str, tuple[Tensor, Tensor]], batch: ImageBatch
    ) -> dict[str, Tensor]:
        """Weighted penalties of each pair, by name, of scores and their images."""
        config = self.config
        weights = {"real": config.real_penalty, "fake": config.fake_penalty}
        penalties = {
            name: 0.5 * weights[name] * zero_centred_penalty(scores, images)
            for name, (scores, images) in scored.items()
            if weights[name] > 0.0
        }
        if config.lipschitz_penalty > 0.0:
            ends = [images.detach() for _, images in scored.values()]
            images = between(*ends).requires_grad_()
            squares = unit_length_penalty(self._scores(images, batch), images)
            penalties["lipschitz"] = config.lipschitz_penalty * squares
        # Rarer penalties weigh as much on the whole.
        return {k: config.penalty_every * squares for k, squares in penalties.items()}

    def _is_lost(self, batch: ImageBatch) -> bool:
        players = (self.generator, self.discriminator, self._loss)
        return self.watchdog is not None and self.watchdog.objects(batch.step, *players)


def _refused(player: nn.Module, batch: ImageBatch) -> Loss:
    """A loss that is not finite: the loop's guard then deals with the step."""
    weight = next(player.parameters())
    return Loss(weight.sum() * torch.nan, len(batch.pixels), {})
