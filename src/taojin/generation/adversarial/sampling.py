"""Drawing images: of any class or a wanted one, more typical, or between two."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taojin.core.errors import ConfigurationError
from taojin.core.randomness import derive_seed
from taojin.generation.adversarial.config import ImageSamplingConfig
from taojin.models.adversarial.networks import Generator

_SMALLEST_SINE = 1e-6
_ENDS = 2


def sample_images(
    generator: Generator,
    num_images: int,
    config: ImageSamplingConfig,
    labels: Sequence[str] | None = None,
) -> NDArray[np.uint8]:
    """Draw images; the same for the same seed, whatever the batch size.

    Args:
        generator: A trained one.
        num_images: How many.
        config: Truncation and seed.
        labels: Class of each image, by name; None takes the classes in turn. Leave it
            out for a generator without classes.

    Returns:
        ``uint8 [images, height, width, channels]``.

    Raises:
        ConfigurationError: If a label is unknown, or there are not as many as images.
    """
    targets = targets_of(generator, labels, num_images)
    latents = draw_latents(num_images, generator.shape.latent_size, config)
    return render(generator, latents, targets, config.batch_size)


def draw_latents(
    num_images: int, latent_size: int, config: ImageSamplingConfig
) -> Tensor:
    """Normal numbers ``[images, latent_size]``, truncated if asked."""
    random = torch.Generator().manual_seed(derive_seed(config.seed, "latents"))
    size = (num_images, latent_size)
    if config.truncation is None:
        return torch.randn(size, generator=random)
    # By the inverse of the distribution: no number is drawn twice.
    limit = torch.special.ndtr(torch.tensor(-config.truncation, dtype=torch.float64))
    uniform = torch.rand(size, generator=random, dtype=torch.float64)
    return torch.special.ndtri(limit + uniform * (1.0 - 2.0 * limit)).float()


def interpolate_images(
    generator: Generator,
    first: Tensor,
    last: Tensor,
    num_images: int,
    labels: tuple[str, str] | None = None,
) -> NDArray[np.uint8]:
    """Images on the way from one latent to another, ends included.

    On the arc between them, not the line: in many dimensions normal numbers lie near
    a sphere, and what is nearer to its centre was never seen (White 2016,
    arXiv:1609.04468). Between two classes the embedding goes over in equal steps.

    Args:
        generator: A trained one.
        first: ``[latent_size]``.
        last: ``[latent_size]``.
        num_images: At least 2.
        labels: Classes at both ends, for a generator of classes.

    Returns:
        ``uint8 [images, height, width, channels]``.

    Raises:
        ConfigurationError: If there are too few images, or a label is unknown.
    """
    if num_images < _ENDS:
        message = f"num_images is {num_images}, and both ends need {_ENDS}"
        raise ConfigurationError(message)
    shares = torch.linspace(0.0, 1.0, num_images).tolist()
    latents = torch.stack([on_arc(first, last, share) for share in shares])
    ends = targets_of(generator, labels, _ENDS)
    device = device_of(generator)
    with torch.no_grad():
        joined = latents.to(device)
        embedding = generator.joined.embedding
        if embedding is not None and ends is not None:
            vectors = embedding(ends.to(device))
            mixed = [vectors[0].lerp(vectors[1], share) for share in shares]
            joined = torch.cat([joined, torch.stack(mixed)], dim=1)
        return as_bytes(generator.decode(joined))


def on_arc(first: Tensor, last: Tensor, share: float) -> Tensor:
    """A point between two vectors: its direction on the arc, its length between.

    Args:
        first: ``[size]``.
        last: ``[size]``.
        share: 0 is the first, 1 the last.
    """
    lengths = first.norm(), last.norm()
    cosine = torch.dot(first, last) / (lengths[0] * lengths[1]).clamp_min(1e-12)
    angle = cosine.clamp(-1.0, 1.0).acos()
    sine = angle.sin()
    if sine < _SMALLEST_SINE:  # in one direction, or opposite: there is no arc
        return first.lerp(last, share)
    weights = ((1.0 - share) * angle).sin() / sine, (share * angle).sin() / sine
    direction = weights[0] * first / lengths[0] + weights[1] * last / lengths[1]
    return direction * lengths[0].lerp(lengths[1], share)


def render(
    generator: Generator, latents: Tensor, targets: Tensor | None, batch_size: int
) -> NDArray[np.uint8]:
    """Images of given latents, some at a time; also while the generator is trained.

    Args:
        generator: A trained one.
        latents: ``[images, latent_size]``.
        targets: Index of each class ``[images]``, or None without classes.
        batch_size: Images made at once.

    Returns:
        ``uint8 [images, height, width, channels]``.
    """
    device, was_training = device_of(generator), generator.training
    parts = []
    generator.eval()  # batch norm is neither to see these images nor to mix them
    with torch.no_grad():
        for start in range(0, len(latents), batch_size):
            some = slice(start, start + batch_size)
            chosen = None if targets is None else targets[some].to(device)
            parts.append(as_bytes(generator(latents[some].to(device), chosen)))
    generator.train(was_training)
    return np.concatenate(parts)


def targets_of(
    generator: Generator, labels: Sequence[str] | None, num_images: int
) -> Tensor | None:
    """Index of each class; None for a generator without classes.

    Args:
        generator: Knows the names.
        labels: Names, one an image; None takes the classes in turn.
        num_images: How many are wanted.

    Raises:
        ConfigurationError: If a label is unknown, or there are not as many as images.
    """
    known = generator.shape.labels
    if labels is None:
        return torch.arange(num_images) % len(known) if known else None
    unknown = sorted(set(labels) - set(known))
    if unknown:
        has = f"knows {', '.join(known[:20])}" if known else "has no classes"
        message = f"labels {unknown[:5]} are asked for, and the generator {has}"
        raise ConfigurationError(message)
    if len(labels) != num_images:
        message = (
            f"there are {len(labels)} labels for {num_images} images; give one each"
        )
        raise ConfigurationError(message)
    return torch.tensor([known.index(label) for label in labels])


def as_bytes(images: Tensor) -> NDArray[np.uint8]:
    """From ``[n, channels, rows, columns]``, -1 to 1, to bytes, channels last."""
    levels = images.float().add(1.0).mul(127.5).round().clamp(0.0, 255.0)
    return levels.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()


def device_of(generator: Generator) -> torch.device:
    """Where a generator is."""
    return next(generator.parameters()).device
