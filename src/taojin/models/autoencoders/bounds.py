"""Lower bounds of the log-likelihood of images, and their gradients.

For an image ``x`` with posterior ``q(z|x)`` and a model ``p(x|z) p(z)`` the evidence
lower bound is ``E[log p(x|z)] - KL(q(z|x) || p(z))``: minus distortion, minus rate
(Kingma and Welling 2014, arXiv:1312.6114). With ``w_i = p(x, z_i) / q(z_i|x)`` the
importance bound of ``k`` samples is ``E[log mean_i w_i]``, which lies between it and
``log p(x)`` and rises with ``k`` (Burda et al. 2016, arXiv:1509.00519).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from taojin.models.autoencoders.network import (
    Autoencoder,
    Posterior,
    standard_log_density,
)

_ACTIVE_VARIANCE = 0.01


class EvidenceTerms(NamedTuple):
    """The parts of the evidence lower bound of some images.

    Attributes:
        distortions: ``-log p(x|z)`` for one ``z`` each, in nats, ``[images]``.
        divergences: Nats from the prior, ``[images, latent size]``.
        posterior: What they are of.
    """

    distortions: Tensor
    divergences: Tensor
    posterior: Posterior


class ImportanceTerms(NamedTuple):
    """The importance bound of some images.

    Attributes:
        bounds: In nats, ``[images]``; without gradients.
        surrogates: Numbers of no meaning whose gradients are those of the bounds,
            ``[images]``.
        posterior: What they are of.
    """

    bounds: Tensor
    surrogates: Tensor
    posterior: Posterior


def evidence_terms(model: Autoencoder, images: Tensor) -> EvidenceTerms:
    """The evidence lower bound by one sample an image, the divergence in closed form.

    Args:
        model: Noise is drawn from torch's global generator.
        images: ``[images, channels, height, width]`` in [0, 1].
    """
    posterior = model.encode(images)
    latents = posterior.at(torch.randn_like(posterior.means))
    distortions = -model.likelihood.log_prob(model.decode(latents), images)
    return EvidenceTerms(distortions, posterior.divergences(), posterior)


def free_bits_rate(divergences: Tensor, free_nats: float) -> Tensor:
    """Sum of the divergences over images, a dimension's mean not below ``free_nats``.

    A dimension whose mean over the batch is below has no gradient: it is not drawn
    towards the prior (Kingma et al. 2016, arXiv:1606.04934).

    Args:
        divergences: ``[images, latent size]``, in nats.
        free_nats: A dimension and image; 0 leaves the plain sum.
    """
    totals = divergences.sum(0)
    return totals.clamp(min=free_nats * len(divergences)).sum()


def importance_terms(
    model: Autoencoder,
    images: Tensor,
    num_samples: int,
    *,
    doubly_reparameterised: bool = False,
    num_gradient_samples: int | None = None,
) -> ImportanceTerms:
    """The importance bound and an unbiased estimate of its gradient.

    With normalised weights ``v_i = w_i / sum w`` the gradient is ``sum_i v_i grad log
    w_i``, through the samples too (Burda et al. 2016). Its part for the encoder loses
    signal as ``k`` grows; the doubly reparameterised one, ``sum_i v_i^2 (d log w_i / d
    z_i) (d z_i / d phi)``, does not (Tucker et al. 2019, arXiv:1810.04152). The decoder's
    part is the same in both.

    Where most of the samples weigh next to nothing it is dear to decode all of them
    for a gradient: ``num_gradient_samples`` draws so many indices by ``v`` instead, and
    takes the mean of their gradients, which has the same expectation and more noise;
    all samples are then decoded once, without gradients.

    Args:
        model: Noise is drawn from torch's global generator.
        images: ``[images, channels, height, width]`` in [0, 1].
        num_samples: ``k``.
        doubly_reparameterised: The second form for the encoder.
        num_gradient_samples: Samples drawn for the gradient; None takes all.
    """
    posterior = model.encode(images)
    noise = posterior.means.new_empty((num_samples, *posterior.means.shape)).normal_()
    density = posterior.detached() if doubly_reparameterised else posterior
    latents = posterior.at(noise)
    if num_gradient_samples is None or not torch.is_grad_enabled():
        log_weights = _log_weights(model, images, latents, density)
        shares = log_weights.detach().softmax(0)
        _weigh(latents, shares if doubly_reparameterised else None)
        surrogates = (shares * log_weights).sum(0)
        return ImportanceTerms(_bound(log_weights.detach()), surrogates, posterior)
    with torch.no_grad():
        all_weights = _log_weights(model, images, latents, density)
        shares = all_weights.softmax(0)
        chosen = torch.multinomial(shares.T, num_gradient_samples, replacement=True).T
    # Weights that were cast to another type without gradients must not be used again.
    torch.clear_autocast_cache()
    picked = noise.gather(0, chosen.unsqueeze(-1).expand(-1, -1, noise.shape[-1]))
    latents = posterior.at(picked)
    _weigh(latents, shares.gather(0, chosen) if doubly_reparameterised else None)
    surrogates = _log_weights(model, images, latents, density).mean(0)
    return ImportanceTerms(_bound(all_weights), surrogates, posterior)


def num_active_units(means: Tensor) -> int:
    """Dimensions whose mean varies over images by a variance above 0.01.

    The count of Burda et al. 2016; over a batch it is an estimate.

    Args:
        means: ``[images, latent size]``.
    """
    if len(means) < 2:
        return 0
    return int((means.var(0) > _ACTIVE_VARIANCE).sum())


def _log_weights(
    model: Autoencoder, images: Tensor, latents: Tensor, posterior: Posterior
) -> Tensor:
    """``log p(x, z) - log q(z|x)`` of latents ``[k, images, size]``: ``[k, images]``."""
    likelihoods = model.likelihood.log_prob(model.decode(latents), images)
    return likelihoods + standard_log_density(latents) - posterior.log_density(latents)


def _weigh(latents: Tensor, shares: Tensor | None) -> None:
    """Multiply what flows back through the latents by their shares."""
    if shares is not None and latents.requires_grad:
        latents.register_hook(lambda gradient: gradient * shares.unsqueeze(-1))


def _bound(log_weights: Tensor) -> Tensor:
    return log_weights.logsumexp(0) - torch.tensor(float(len(log_weights))).log()
