from collections.abc import Callable
from typing import cast

import pytest
import torch
from torch import nn

from taojin.models.autoencoders.network import Autoencoder
from taojin.models.autoencoders.shape import AutoencoderShape, LikelihoodConfig

LinearGaussian = Callable[..., tuple[Autoencoder, torch.distributions.Distribution]]


@pytest.fixture
def linear_gaussian() -> LinearGaussian:
    """A model of which algebra knows the likelihood, with its true posterior.

    ``x = W z + b + scale * noise``, with the columns of ``W`` at right angles: then the
    posterior is Gaussian with independent dimensions, as the encoder's is, and ``p(x)``
    is Gaussian with covariance ``W W' + scale^2``.
    """

    def make(scale=0.2, posterior_error=0.0):
        torch.manual_seed(0)
        shape = AutoencoderShape(
            height=4,
            width=4,
            network="linear",
            hidden_sizes=(),
            latent_size=3,
            likelihood=LikelihoodConfig(
                name="gaussian", scale="fixed", fixed_scale=scale
            ),
        )
        model = Autoencoder(shape).eval()
        axes = torch.linalg.qr(torch.randn(16, 3)).Q * torch.tensor([0.5, 0.3, 0.1])
        centre = torch.full((16,), 0.5)
        decoder = cast("nn.Linear", model.decoder.get_submodule("layers.linear.0"))
        encoder = cast("nn.Linear", model.encoder.get_submodule("layers.linear.0"))
        variances = 1.0 / (1.0 + axes.square().sum(0) / scale**2)
        towards = (axes * variances / scale**2).T  # posterior means of x - b
        with torch.no_grad():
            decoder.weight.copy_(axes)
            decoder.bias.copy_(centre)
            # The encoder reads 2 x - 1.
            encoder.weight.copy_(torch.cat([towards / 2.0, torch.zeros(3, 16)]))
            offset = towards @ (0.5 - centre) + posterior_error
            log_scales = 0.5 * variances.log() + posterior_error
            encoder.bias.copy_(torch.cat([offset, log_scales]))
        covariance = axes @ axes.T + scale**2 * torch.eye(16)
        truth = torch.distributions.MultivariateNormal(centre, covariance)
        return model, truth

    return make
