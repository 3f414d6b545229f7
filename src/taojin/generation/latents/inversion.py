"""The latent of a real image: the encoder's, refined by gradient steps."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from taojin.core.config import StageConfig
from taojin.generation.latents.codes import decode_codes, images_on
from taojin.models.autoencoders.network import Autoencoder


class InversionConfig(StageConfig):
    """How latents are refined."""

    num_steps: int = Field(default=100, ge=0, le=100_000)
    """Of Adam; 0 leaves the encoder's latents."""
    learning_rate: float = Field(default=0.05, gt=0.0, le=10.0)
    """Of Adam."""
    prior_weight: float = Field(default=1.0, ge=0.0, le=1000.0)
    """Of the prior: with 1 the latents with the highest ``p(x|z) p(z)`` are sought,
    with 0 those that give the image back best, wherever they lie."""


class InvertedImages(NamedTuple):
    """What was found for some images.

    Attributes:
        codes: ``float32 [images, latent size]``.
        images: What the codes decode to, ``uint8 [images, height, width, channels]``.
        losses_before: Nats of each image by the encoder's latents, without the prior's
            constant, ``float64 [images]``.
        losses: The same by the refined ones; never higher.
    """

    codes: NDArray[np.float32]
    images: NDArray[np.uint8]
    losses_before: NDArray[np.float64]
    losses: NDArray[np.float64]


def invert_images(
    model: Autoencoder, pixels: NDArray[np.uint8], config: InversionConfig
) -> InvertedImages:
    """Find latents that decode to given images.

    Every image keeps the best latents that its steps have passed.

    Args:
        model: An autoencoder; its weights stay as they are.
        pixels: ``[images, channels, height, width]``, at least one.
        config: Settings.

    Raises:
        EmptyStageError: If there is no image.
        DataError: If the images are of another size than the autoencoder's.
    """
    images = images_on(model, pixels)
    with torch.no_grad():
        codes = model.encode(images).means.clone()
    codes.requires_grad_()
    optimiser = torch.optim.Adam([codes], lr=config.learning_rate)
    best, lowest = codes.detach().clone(), torch.full((len(codes),), torch.inf)
    lowest = lowest.to(codes.device)
    before = lowest
    for step in range(config.num_steps + 1):
        losses = _losses(model, images, codes, config.prior_weight)
        found = losses.detach()
        before = found if step == 0 else before
        better = found < lowest
        lowest = torch.where(better, found, lowest)
        best = torch.where(better.unsqueeze(-1), codes.detach(), best)
        if step < config.num_steps:
            (codes.grad,) = torch.autograd.grad(losses.sum(), [codes])
            optimiser.step()
    refined = best.cpu().numpy()
    return InvertedImages(
        refined,
        decode_codes(model, refined),
        before.double().cpu().numpy(),
        lowest.double().cpu().numpy(),
    )


def _losses(
    model: Autoencoder, images: Tensor, codes: Tensor, prior_weight: float
) -> Tensor:
    distortions = -model.likelihood.log_prob(model.decode(codes), images)
    return distortions + prior_weight * 0.5 * codes.square().sum(-1)
