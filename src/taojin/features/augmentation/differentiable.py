"""Augmentation between the pictures and a discriminator, for GANs with little data.

A discriminator that sees a few thousand pictures again and again learns them by heart.
Here real and generated pictures pass through the same random operations before it sees
them, and gradients flow back through the operations to the generator (Zhao et al. 2020,
arXiv:2006.10738; Karras et al. 2020, arXiv:2006.06676).

*What must not leak.* If the discriminator sees varied pictures only, the generator could
learn to make varied ones. It cannot where the operation, as a map between distributions
of pictures, can be inverted: then the varied distributions agree only if the true ones do.
Each operation here leaves a picture alone with probability ``1 - p`` and otherwise draws
an amount evenly from a range that is symmetrical about doing nothing, in a group (turns,
shifts, logarithms of factors, sums). On a frequency ``k`` of that group the map acts as
``(1 - p) + p sin(kr) / (kr)``. As ``sin(x) / x`` is never below -0.218, no frequency is
lost while ``p < 1 / 1.218 = 0.821``; hence the limit of 0.8 in
:class:`AdaptiveStrengthConfig`. A flip happens with probability ``p / 2`` at most, so that
it acts on odd parts as ``1 - p``. Noise has a positive characteristic function, and
cutouts are projections that commute, whose mean has no negative eigenvalue: both are safe
for any ``p < 1``. The argument holds for what stays inside the frame; what a shift or a
crop moves out is lost, so ranges should stay small, and :data:`GAN_OPERATIONS` does not
crop. Clipping of values would break it (and stop gradients), so there is none.
"""

import torch
from pydantic import Field
from torch import Tensor, nn

from taojin.core.config import StageConfig
from taojin.features.augmentation.images import (
    ImageAugmentationConfig,
    changed_pictures,
)


class AdaptiveStrengthConfig(StageConfig):
    """How the strength of augmentation follows the discriminator's overfitting."""

    initial: float = Field(default=0.0, ge=0.0, le=1.0)
    """Strength at the start."""
    target: float = Field(default=0.6, gt=-1.0, lt=1.0)
    """Mean sign of the discriminator's scores of real pictures above which the
    strength rises, and below which it falls (the paper's value)."""
    images_to_full: int = Field(default=500_000, ge=1)
    """Real pictures over which the strength can rise from 0 to 1; more pictures than
    the discriminator takes to overfit make it come too late."""
    update_every: int = Field(default=256, ge=1)
    """Real pictures, at least, between two changes of the strength."""
    limit: float = Field(default=0.8, gt=0.0, le=1.0)
    """The strength rises no further. Above 0.82 operations may leak."""


class AdaptiveStrength(nn.Module):
    """Raises the strength while the discriminator is too sure of real pictures.

    All state is in buffers: make it a part of the game's model, and checkpoints hold
    it. Without reading any number back from a GPU.

    Attributes:
        strength: ``p``, a scalar tensor, 0 to ``config.limit``.
        sign_sum: Of the signs since the last change.
        num_signs: How many these are.
    """

    strength: Tensor
    sign_sum: Tensor
    num_signs: Tensor

    def __init__(self, config: AdaptiveStrengthConfig) -> None:
        super().__init__()
        self.config = config
        initial = min(config.initial, config.limit)
        self.register_buffer("strength", torch.tensor(initial))
        self.register_buffer("sign_sum", torch.tensor(0.0))
        self.register_buffer("num_signs", torch.tensor(0.0))

    @torch.no_grad()
    def update(self, scores: Tensor) -> None:
        """Take notice of what the discriminator said of real pictures.

        Args:
            scores: One a picture, positive where it is held to be real. For a
                relativistic discriminator, the score of a real picture less that of a
                generated one.
        """
        self.sign_sum += scores.sign().sum()
        self.num_signs += scores.numel()
        config = self.config
        due = self.num_signs >= config.update_every
        way = (self.sign_sum - config.target * self.num_signs).sign()
        step = way * self.num_signs / config.images_to_full
        moved = (self.strength + step).clamp(0.0, config.limit)
        self.strength.copy_(torch.where(due, moved, self.strength))
        self.sign_sum.copy_(torch.where(due, 0.0, self.sign_sum))
        self.num_signs.copy_(torch.where(due, 0.0, self.num_signs))


def augment_for_discriminator(
    pixels: Tensor,
    config: ImageAugmentationConfig,
    strength: float | Tensor,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Change pictures on their way to a discriminator; can be differentiated.

    Call it alike on real and on generated pictures, wherever the discriminator sees
    some, also when the generator learns. Gradients of gradients flow too.

    Args:
        pixels: ``[pictures, channels, height, width]``, -1 to 1.
        config: What may happen; :data:`GAN_OPERATIONS` is a start.
        strength: Multiplies all probabilities, 0 to 1; a scalar, such as
            :attr:`AdaptiveStrength.strength`. At 0 pixels come back bit for bit.
        generator: Of the random numbers; None takes the global one.

    Returns:
        As many pixels, not clipped.
    """
    return changed_pictures(pixels, config, strength, generator, black=-1.0, white=1.0)


GAN_OPERATIONS = ImageAugmentationConfig(
    rotation_probability=0.0,
    scaling_probability=1.0,
    translation_probability=1.0,
    translation_most=0.125,
    brightness_probability=1.0,
    brightness_most=0.2,
    contrast_probability=1.0,
    contrast_most=0.5,
    saturation_probability=1.0,
    saturation_most=1.0,
    cutout_probability=1.0,
    cutout_share=0.5,
)
"""Colours, small shifts and sizes, and a cutout: each with probability ``p``."""
