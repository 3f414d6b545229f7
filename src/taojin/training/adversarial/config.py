"""Settings of a game between a generator of images and a discriminator."""

from typing import Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.features.augmentation.differentiable import AdaptiveStrengthConfig
from taojin.features.augmentation.images import ImageAugmentationConfig
from taojin.models.adversarial.losses import LossName
from taojin.models.adversarial.shapes import Backbone
from taojin.training.config import TrainingConfig


class GameConfig(StageConfig):
    """What the players minimise, and how fast they learn."""

    loss: LossName = "relativistic"
    """Of both players, see :mod:`taojin.models.adversarial.losses`."""
    real_penalty: float = Field(default=1.0, ge=0.0, le=1e6)
    """Half of this weighs the squared gradient of scores by real images (R1)."""
    fake_penalty: float = Field(default=1.0, ge=0.0, le=1e6)
    """Half of this weighs the squared gradient of scores by generated ones (R2)."""
    lipschitz_penalty: float = Field(default=0.0, ge=0.0, le=1e6)
    """Weighs how far gradients between real and generated images are from length 1;
    10 with ``wasserstein``."""
    penalty_every: int = Field(default=1, ge=1, le=64)
    """Turns of the discriminator between two with penalties, which then weigh as many
    times as much (Karras et al. 2020, arXiv:1912.04958); saves time."""
    generator_learning_rate: float = Field(default=0.001, ge=0.0, le=1.0)
    """Peak rate of Adam."""
    discriminator_learning_rate: float = Field(default=0.001, ge=0.0, le=1.0)
    """Peak rate of Adam."""
    discriminator_steps: int = Field(default=1, ge=1, le=100)
    """Steps of the discriminator before each of the generator."""

    @property
    def has_penalty(self) -> bool:
        """Whether gradients by images are computed."""
        penalties = (self.real_penalty, self.fake_penalty, self.lipschitz_penalty)
        return any(weight > 0.0 for weight in penalties)

    def penalises(self, step: int) -> bool:
        """Whether the discriminator's turn at this step has penalties."""
        num_rounds, place = divmod(step, self.discriminator_steps + 1)
        turn = num_rounds * self.discriminator_steps + place
        return self.has_penalty and turn % self.penalty_every == 0

    @property
    def order(self) -> tuple[str, ...]:
        """Whose turn it is, step by step; then from the beginning."""
        return (*["discriminator"] * self.discriminator_steps, "generator")


class WatchdogConfig(StageConfig):
    """What a sound game looks like; anything else is a bad step.

    Looked at just before every snapshot (``training.snapshot_every``); what follows
    is up to ``training.bad_step_policy``: ``roll_back`` returns to the snapshot, which
    was sound, and multiplies the rates by ``training.roll_back_rate_factor``.
    """

    num_images: int = Field(default=64, ge=4, le=4096)
    """Images of fixed latents, and real ones of the same classes, that are watched."""
    first_step: int = Field(default=200, ge=0)
    """Steps before which nothing is judged: no generator starts with varied images."""
    min_diversity: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Mean distance between generated images of a class, as a share of that between
    real ones; less is a collapse."""
    max_diversity: float = Field(default=10.0, gt=1.0)
    """The same; more is noise far outside the range of images."""
    max_gap: float = Field(default=50.0, gt=0.0)
    """Between the mean scores of real and of generated images; with more, the generator
    learns nothing from a discriminator that makes no mistake, or only mistakes."""
    max_gradient_growth: float = Field(default=100.0, gt=1.0)
    """Length of the gradient that reaches a generated image, by its running mean."""


class ImageGanConfig(StageConfig):
    """How a generator of images is trained against a discriminator."""

    training: TrainingConfig
    """A step is one player's. Muon trains nothing here: all is of Adam, at the rates
    of the game; ``adam_betas`` are of both players, (0, 0.99) in most games.
    ``average_decay`` is a step of any player; the averages are what is kept."""
    game: GameConfig = GameConfig()
    backbone: Backbone = "residual"
    """Of both networks, see :class:`~taojin.models.adversarial.shapes.AdversarialShape`
    for this and the following."""
    width: int = Field(default=128, ge=8, le=2048)
    """Channels of the smallest pictures; the one dial of size."""
    num_blocks: int = Field(default=1, ge=1, le=8)
    """Residual blocks at each size of the picture."""
    patch_size: Literal[1, 2, 4] = 1
    """Pixels on a side of what the largest pictures hold in one place."""
    group_size: int = Field(default=16, ge=1, le=512)
    """Channels that a convolution of a residual block sees at once."""
    latent_size: int = Field(default=64, ge=1, le=4096)
    """Normal numbers that an image is made of."""
    conditional: bool = True
    """Make images of a class on demand; false learns without labels."""
    watchdog: WatchdogConfig | None = WatchdogConfig()
    """Null watches nothing but whether numbers are finite."""
    augmentation: ImageAugmentationConfig | None = None
    """What real and generated images go through before the discriminator sees them;
    null shows them as they are."""
    strength: AdaptiveStrengthConfig = AdaptiveStrengthConfig()
    """Of the augmentation, over the training."""

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        problems: list[str] = []
        if self.game.has_penalty and self.backbone == "dcgan":
            problems.append(
                "backbone is dcgan, whose batch norm mixes images, and a penalty of the "
                "gradient by each needs them apart; set all penalties to 0, or backbone "
                "to residual or plain"
            )
        if self.game.has_penalty and self.training.compile:
            problems.append(
                "training.compile is true, and compiled code has no gradients of "
                "gradients; set it to false"
            )
        if self.training.distribution.strategy != "none":
            problems.append(
                f"training.distribution.strategy is "
                f"{self.training.distribution.strategy}, and a game is trained by one "
                "process; set it to none"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self
