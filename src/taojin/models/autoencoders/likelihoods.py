"""What the outputs of a decoder say of the pixels of an image.

Images are in [0, 1] throughout. Outputs are planes ``[..., planes, height, width]``, as
many an image channel as ``planes_per_channel`` says; leading dimensions of outputs and
images are broadcast, so that many decodings are held against one image.
"""

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional

from taojin.models.autoencoders.shape import LikelihoodConfig

_IMAGE_DIMENSIONS = (-3, -2, -1)
_NUM_LEVELS = 256
_MAX_LOG_SCALE = 3.0
_MIN_LOG_SCALE = -7.0
"""Of a logistic distribution, in halves of the range of a byte: 1 in 8 levels."""


class Likelihood(nn.Module, ABC):
    """A distribution over images, given a decoder's outputs."""

    planes_per_channel: int

    @abstractmethod
    def log_prob(self, outputs: Tensor, images: Tensor) -> Tensor:
        """Nats of whole images, ``[...]``; summed over channels and pixels."""

    @abstractmethod
    def mean(self, outputs: Tensor) -> Tensor:
        """The expected image, in [0, 1], ``[..., channels, height, width]``."""

    @abstractmethod
    def sample(self, outputs: Tensor) -> Tensor:
        """An image drawn from the distribution, in [0, 1]; torch's global generator."""


class Bernoulli(Likelihood):
    """Pixels are white with a probability; the outputs are its logits.

    A probability of images that are black and white. Of grey ones the same sum is the
    usual cross-entropy, but not a likelihood: it leaves out a constant that depends on
    the logits (Loaiza-Ganem and Cunningham 2019, arXiv:1907.06845).
    """

    planes_per_channel = 1

    def log_prob(self, outputs: Tensor, images: Tensor) -> Tensor:
        """Nats of whole images; see :class:`Likelihood`."""
        each = images * outputs - functional.softplus(outputs)
        return each.sum(_IMAGE_DIMENSIONS)

    def mean(self, outputs: Tensor) -> Tensor:
        """Probabilities of white."""
        return outputs.sigmoid()

    def sample(self, outputs: Tensor) -> Tensor:
        """Black and white pixels."""
        return torch.bernoulli(outputs.sigmoid())


class Gaussian(Likelihood):
    """A density over pixels; nats are of images in [0, 1], and may be positive.

    Args:
        config: How the standard deviation comes about.
    """

    def __init__(self, config: LikelihoodConfig) -> None:
        super().__init__()
        self._min_scale = config.min_scale
        self._kind = config.scale
        self.planes_per_channel = 2 if config.scale == "pixel" else 1
        first = math.log(math.expm1(max(1e-6, config.fixed_scale - config.min_scale)))
        self._first = first
        self._fixed = config.fixed_scale
        if config.scale == "shared":
            self.raw_scale = nn.Parameter(torch.tensor(first))

    def log_prob(self, outputs: Tensor, images: Tensor) -> Tensor:
        """Nats of whole images; see :class:`Likelihood`."""
        means, scales = self._split(outputs)
        errors = ((images - means) / scales).square()
        each = -0.5 * errors - scales.log() - 0.5 * math.log(2.0 * math.pi)
        return each.sum(_IMAGE_DIMENSIONS)

    def mean(self, outputs: Tensor) -> Tensor:
        """The means, cut to [0, 1]."""
        return self._split(outputs)[0].clamp(0.0, 1.0)

    def sample(self, outputs: Tensor) -> Tensor:
        """Means and noise, cut to [0, 1]."""
        means, scales = self._split(outputs)
        return (means + scales * torch.randn_like(means)).clamp(0.0, 1.0)

    def scale(self) -> float | None:
        """The standard deviation of all pixels, or None where each has its own."""
        if self._kind == "fixed":
            return self._fixed
        return self._positive(self.raw_scale).item() if self._kind == "shared" else None

    def _split(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        if self._kind == "fixed":
            return outputs, outputs.new_tensor(self._fixed)
        if self._kind == "shared":
            return outputs, self._positive(self.raw_scale)
        means, raw = outputs.chunk(2, -3)
        return means, self._positive(raw + self._first)

    def _positive(self, raw: Tensor) -> Tensor:
        return self._min_scale + functional.softplus(raw)


class LogisticMixture(Likelihood):
    """Probabilities of the 256 levels of a byte, by a mixture of logistic ones.

    A level has the mass of its interval, the first and last level all that lies beyond
    (Salimans et al. 2017, arXiv:1701.05517; channels are independent here). The 256
    probabilities of a pixel add up to one, so nats are of bytes and can be compared
    with those of a compressor.

    Args:
        config: Number of distributions.
    """

    def __init__(self, config: LikelihoodConfig) -> None:
        super().__init__()
        self._num_mixtures = config.num_mixtures
        self.planes_per_channel = 3 * config.num_mixtures

    def log_prob(self, outputs: Tensor, images: Tensor) -> Tensor:
        """Nats of whole images; see :class:`Likelihood`."""
        log_weights, means, log_scales = self._split(outputs)
        # Levels lie in [-1, 1], and an interval reaches half a level to both sides.
        centres = (2.0 * images - 1.0).unsqueeze(-4)
        precision = (-log_scales).exp()
        half = 1.0 / (_NUM_LEVELS - 1)
        above = (centres + half - means) * precision
        below = (centres - half - means) * precision
        # s(a) - s(b) = s(a) s(-b) (1 - exp(b - a)): exact far out, where both are 1.
        width = torch.log(-torch.expm1(-2.0 * half * precision))
        mass = functional.logsigmoid(above) + functional.logsigmoid(-below) + width
        mass = torch.where(centres < half - 1.0, functional.logsigmoid(above), mass)
        mass = torch.where(centres > 1.0 - half, functional.logsigmoid(-below), mass)
        return (log_weights + mass).logsumexp(-4).sum(_IMAGE_DIMENSIONS)

    def mean(self, outputs: Tensor) -> Tensor:
        """Mean of the distributions before they are cut to the levels."""
        log_weights, means, _ = self._split(outputs)
        centre = (log_weights.exp() * means).sum(-4)
        return (0.5 * centre + 0.5).clamp(0.0, 1.0)

    def sample(self, outputs: Tensor) -> Tensor:
        """Levels, as multiples of 1/255."""
        log_weights, means, log_scales = self._split(outputs)
        noise = -torch.empty_like(log_weights).exponential_().log()
        chosen = (log_weights + noise).argmax(-4, keepdim=True)
        uniform = torch.rand_like(means.select(-4, 0)).clamp(1e-6, 1.0 - 1e-6)
        values = means.gather(-4, chosen).squeeze(-4)
        scales = log_scales.gather(-4, chosen).squeeze(-4).exp()
        values = values + scales * uniform.logit()
        last = _NUM_LEVELS - 1
        return ((0.5 * values + 0.5) * last).round().clamp(0, last) / last

    def _split(self, outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Log weights, means and log scales, ``[..., mixtures, channels, h, w]``."""
        parts = outputs.unflatten(-3, (3, self._num_mixtures, -1))
        weights, means, log_scales = parts.unbind(-5)
        # Spread over the range at first, or all distributions would learn the same.
        spread = torch.linspace(-1.0, 1.0, self._num_mixtures + 2, device=means.device)
        means = means + spread[1:-1].view(-1, 1, 1, 1)
        log_scales = (log_scales - 2.0).clamp(_MIN_LOG_SCALE, _MAX_LOG_SCALE)
        return weights.log_softmax(-4), means, log_scales


def new_likelihood(config: LikelihoodConfig) -> Likelihood:
    """The likelihood of this name."""
    if config.name == "bernoulli":
        return Bernoulli()
    return Gaussian(config) if config.name == "gaussian" else LogisticMixture(config)
