"""An encoder, a latent with a standard normal prior, and a decoder."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from taojin.models.autoencoders.layers import (
    ConvolutionalDecoder,
    ConvolutionalEncoder,
    LinearDecoder,
    LinearEncoder,
    initialise,
)
from taojin.models.autoencoders.likelihoods import new_likelihood
from taojin.models.autoencoders.shape import AutoencoderShape

_MAX_LOG_SCALE = 5.0
_END_GAIN = 0.1


class Posterior(NamedTuple):
    """What an encoder says of the latents of some images: a Gaussian each.

    Attributes:
        means: ``[images, latent size]``.
        log_scales: Logarithms of the standard deviations, of the same shape.
    """

    means: Tensor
    log_scales: Tensor

    def at(self, noise: Tensor) -> Tensor:
        """Latents of standard normal noise ``[..., images, latent size]``."""
        return self.means + self.log_scales.exp() * noise

    def log_density(self, latents: Tensor) -> Tensor:
        """Nats of latents ``[..., images, latent size]``, summed over dimensions."""
        noise = (latents - self.means) * (-self.log_scales).exp()
        return standard_log_density(noise) - self.log_scales.sum(-1)

    def divergences(self) -> Tensor:
        """Nats from the prior, of every image and dimension; closed form."""
        variances = (2.0 * self.log_scales).exp()
        return 0.5 * (self.means.square() + variances - 1.0) - self.log_scales

    def detached(self) -> "Posterior":
        """The same numbers, through which no gradient flows."""
        return Posterior(self.means.detach(), self.log_scales.detach())


class Autoencoder(nn.Module):
    """An autoencoder of images; a variational one if it is trained as such.

    Reads and gives images in [0, 1]. Where it is not variational, the distribution of
    an image's latents is a point, its mean: draws from it are all the same.

    Attributes:
        shape: The numbers it was built from.
        likelihood: What the decoder's outputs mean.
    """

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        self.shape = shape
        self.likelihood = new_likelihood(shape.likelihood)
        num_planes = shape.num_channels * self.likelihood.planes_per_channel
        convolutional = shape.network == "convolutional"
        encoder = ConvolutionalEncoder if convolutional else LinearEncoder
        decoder = ConvolutionalDecoder if convolutional else LinearDecoder
        num_outputs = (2 if shape.variational else 1) * shape.latent_size
        self.encoder = encoder(shape, num_outputs)
        self.decoder = decoder(shape, num_planes)
        initialise(self, shape)
        self._shrink_ends()

    def encode(self, images: Tensor) -> Posterior:
        """The latents of images.

        Args:
            images: ``[images, channels, height, width]`` in [0, 1].

        Raises:
            ValueError: If the images are of another size.
        """
        if images.shape[1:] != self.shape.image_shape:
            message = (
                f"images of {tuple(images.shape[1:])} for an autoencoder of "
                f"{self.shape.image_shape}"
            )
            raise ValueError(message)
        outputs = self.encoder(2.0 * images - 1.0).float()
        if not self.shape.variational:
            return Posterior(outputs, torch.full_like(outputs, -math.inf))
        means, log_scales = outputs.chunk(2, -1)
        return Posterior(means, log_scales.clamp(max=_MAX_LOG_SCALE))

    def decode(self, latents: Tensor) -> Tensor:
        """Outputs for the likelihood, ``[..., planes, height, width]``, in fp32.

        Args:
            latents: ``[..., latent size]``.
        """
        outputs = self.decoder(latents.flatten(0, -2)).float()
        return outputs.unflatten(0, latents.shape[:-1])

    def forward(self, images: Tensor) -> Tensor:
        """Reconstructions in [0, 1] from the means of the latents."""
        return self.likelihood.mean(self.decode(self.encode(images).means))

    def _shrink_ends(self) -> None:
        """Begin near the prior, and with a decoder that says little."""
        for part in (self.encoder, self.decoder):
            last = [m for m in part.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
            with torch.no_grad():
                last[-1].weight.mul_(_END_GAIN)


def standard_log_density(latents: Tensor) -> Tensor:
    """Nats of latents ``[..., size]`` under the prior, a standard normal one."""
    constant = latents.shape[-1] * math.log(2.0 * math.pi)
    return -0.5 * (latents.square().sum(-1) + constant)
