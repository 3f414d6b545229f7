"""Log-likelihoods of images by importance sampling, in bounded memory."""

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taojin.core.errors import ConfigurationError, EmptyStageError
from taojin.core.estimates import Estimate
from taojin.core.progress import track
from taojin.core.randomness import derive_seed
from taojin.models.autoencoders.network import (
    Autoencoder,
    Posterior,
    standard_log_density,
)
from taojin.models.autoencoders.pixels import unit_interval

_NORMAL_QUANTILE = 1.96


class LogLikelihoods(NamedTuple):
    """Log-likelihoods of some images.

    Attributes:
        values: In nats, ``float64 [images]``; each is too low in expectation, the less
            so the more samples.
        estimate: Their mean and its 95 % interval over images.
    """

    values: NDArray[np.float64]
    estimate: Estimate


@torch.no_grad()
def importance_log_likelihood(
    model: Autoencoder,
    pixels: NDArray[np.uint8],
    num_samples: int = 5000,
    *,
    images_at_once: int = 20,
    samples_at_once: int = 100,
    seed: int = 0,
) -> LogLikelihoods:
    """Estimate ``log p(x)`` of images with the encoder as the proposal.

    The estimate is ``log mean_i p(x, z_i) / q(z_i|x)`` with ``z_i`` of the encoder
    (Rezende et al. 2014, arXiv:1401.4082; Burda et al. 2016): the importance bound with
    many samples. Memory is bounded by ``images_at_once * samples_at_once`` decoded
    images, whatever the number of samples.

    Args:
        model: A variational autoencoder; its mode is left as it is.
        pixels: ``[images, channels, height, width]``, at least one; for a Bernoulli
            decoder black and white.
        num_samples: For every image.
        images_at_once: Images encoded together.
        samples_at_once: Latents of each that are decoded together.
        seed: Of the latents; an image's numbers depend on it and ``images_at_once``.

    Raises:
        EmptyStageError: If there is no image.
        ConfigurationError: If ``num_samples`` is not positive, or the autoencoder is
            not variational.
    """
    if not len(pixels):
        message = "there is no image to find a likelihood of; give one at least"
        raise EmptyStageError(message)
    if not model.shape.variational:
        message = (
            "a plain autoencoder gives images no likelihood: its latents have no "
            "distribution; train one with objective variational or importance"
        )
        raise ConfigurationError(message)
    if num_samples < 1:
        message = f"num_samples is {num_samples} and must be at least 1"
        raise ConfigurationError(message)
    device = next(model.parameters()).device
    starts = range(0, len(pixels), images_at_once)
    values: list[Tensor] = []
    with torch.random.fork_rng():
        for start in track(starts, "importance sampling"):
            torch.manual_seed(derive_seed(seed, "importance", start))
            part = np.ascontiguousarray(pixels[start : start + images_at_once])
            images = unit_interval(torch.from_numpy(part).to(device))
            values.append(_log_means(model, images, num_samples, samples_at_once).cpu())
    found = torch.cat(values).numpy()
    return LogLikelihoods(found, mean_estimate(found))


def mean_estimate(values: NDArray[np.float64]) -> Estimate:
    """Mean over images with a 95 % interval by the normal distribution."""
    mean = float(values.mean())
    several = len(values) > 1
    error = float(values.std(ddof=1)) / math.sqrt(len(values)) if several else math.inf
    reach = _NORMAL_QUANTILE * error
    return Estimate(
        value=mean, low=mean - reach, high=mean + reach, num_samples=len(values)
    )


def _log_means(
    model: Autoencoder, images: Tensor, num_samples: int, samples_at_once: int
) -> Tensor:
    """``log mean w`` of every image, in fp64."""
    posterior = model.encode(images)
    sums = torch.full((len(images),), -math.inf, dtype=torch.float64).to(images.device)
    for first in range(0, num_samples, samples_at_once):
        size = min(samples_at_once, num_samples - first)
        log_weights = _log_weights(model, images, posterior, size)
        sums = torch.logaddexp(sums, log_weights.double().logsumexp(0))
    return sums - math.log(num_samples)


def _log_weights(
    model: Autoencoder, images: Tensor, posterior: Posterior, num_samples: int
) -> Tensor:
    shape = (num_samples, *posterior.means.shape)
    noise = torch.randn(shape, device=images.device)
    latents = posterior.at(noise)
    likelihoods = model.likelihood.log_prob(model.decode(latents), images)
    # The density of the noise: nothing is divided by a scale that may be tiny.
    density = standard_log_density(noise) - posterior.log_scales.sum(-1)
    return likelihoods + standard_log_density(latents) - density
