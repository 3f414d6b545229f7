"""Finding the latent whose image is nearest to a real one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taojin.core.errors import DataError
from taojin.core.progress import track
from taojin.core.randomness import derive_seed
from taojin.generation.adversarial.config import InversionConfig
from taojin.generation.adversarial.sampling import as_bytes, device_of, targets_of
from taojin.models.adversarial.networks import Generator


@dataclass(frozen=True)
class Inversions:
    """What was found for each image.

    Attributes:
        latents: ``[images, latent_size]``.
        labels: Class under which the nearest image was found; empty without classes.
        images: ``uint8 [images, height, width, channels]``: what the generator makes of
            the latents.
        errors: Root mean squared difference of each from the given image, in grey
            levels from 0 to 255.
    """

    latents: Tensor
    labels: tuple[str, ...]
    images: NDArray[np.uint8]
    errors: NDArray[np.float64]


def invert_images(
    generator: Generator,
    images: NDArray[np.uint8],
    config: InversionConfig,
    labels: Sequence[str] | None = None,
) -> Inversions:
    """Search latents by gradient descent on the squared error, from several starts.

    An image that is not of the kind that the generator learned keeps a large error:
    the error says how well the generator covers it.

    Args:
        generator: A trained one; unchanged.
        images: ``uint8 [images, height, width, channels]`` of its size.
        config: Starts and steps.
        labels: Class of each image; None tries every class of a generator of classes,
            which takes as many times as long.

    Raises:
        DataError: If the images are of another size.
        ConfigurationError: If a label is unknown, or there are not as many as images.
    """
    shape = generator.shape
    wanted = (shape.resolution, shape.resolution, shape.num_channels)
    if images.shape[1:] != wanted or not len(images):
        message = (
            f"images are of {images.shape}; the generator makes images of {wanted}, "
            "and at least one is needed"
        )
        raise DataError(message)
    given = None if labels is None else targets_of(generator, labels, len(images))
    found = [
        _invert_one(generator, images[place], config, None if given is None else target)
        for place, target in enumerate(
            track([-1] * len(images) if given is None else given.tolist(), "inversion")
        )
    ]
    latents = torch.stack([latent for latent, _, _ in found])
    targets = [target for _, target, _ in found]
    made = np.concatenate([picture for _, _, picture in found])
    gaps = (made.astype(np.float64) - images).reshape(len(images), -1)
    return Inversions(
        latents,
        tuple(shape.labels[target] for target in targets) if shape.labels else (),
        made,
        np.sqrt((gaps**2).mean(axis=1)),
    )


def _invert_one(
    generator: Generator,
    image: NDArray[np.uint8],
    config: InversionConfig,
    target: int | None,
) -> tuple[Tensor, int, NDArray[np.uint8]]:
    """Latent, class and image with the least error."""
    shape = generator.shape
    classes = range(len(shape.labels)) if target is None else (target,)
    places = torch.tensor([k for k in classes for _ in range(config.num_starts)])
    targets = places if shape.labels else None
    num_tries = len(places) if shape.labels else config.num_starts
    random = torch.Generator().manual_seed(derive_seed(config.seed, "starts"))
    draws = [torch.randn(shape.latent_size, generator=random) for _ in range(num_tries)]
    starts = torch.stack(draws)  # one by one: more starts begin with the same ones
    wanted = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1.0
    latents, errors = [], []
    for first in range(0, num_tries, config.batch_size):
        some = slice(first, first + config.batch_size)
        chosen = None if targets is None else targets[some]
        moved, error = _descend(generator, starts[some], chosen, wanted, config)
        latents.append(moved)
        errors.append(error)
    best = int(torch.cat(errors).argmin())
    latent = torch.cat(latents)[best]
    device = device_of(generator)
    chosen = None if targets is None else targets[best : best + 1].to(device)
    with torch.no_grad():
        picture = as_bytes(generator(latent[None].to(device), chosen))
    return latent, int(places[best]) if shape.labels else -1, picture


def _descend(
    generator: Generator,
    starts: Tensor,
    targets: Tensor | None,
    wanted: Tensor,
    config: InversionConfig,
) -> tuple[Tensor, Tensor]:
    """Latents moved towards an image, and their mean squared errors."""
    device = device_of(generator)
    latents = starts.to(device).requires_grad_()
    wanted = wanted.to(device)
    chosen = None if targets is None else targets.to(device)
    optimiser = torch.optim.Adam([latents], lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, config.num_steps)
    for _ in range(config.num_steps):
        errors = _errors(generator(latents, chosen), wanted)
        prior = latents.square().mean(dim=1)
        total = (errors + config.prior_weight * prior).sum()
        (latents.grad,) = torch.autograd.grad(total, latents)
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        errors = _errors(generator(latents, chosen), wanted)
    return latents.detach().cpu(), errors.cpu()


def _errors(images: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared errors as bytes have them: beyond black is black."""
    gaps = images.float() - wanted
    is_clipped = (wanted.abs() >= 1.0) & (gaps * wanted > 0.0)
    return gaps.masked_fill(is_clipped, 0.0).square().flatten(1).mean(dim=1)
