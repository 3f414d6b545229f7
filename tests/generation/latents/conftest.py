from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from taojin.models.autoencoders.bounds import evidence_terms
from taojin.models.autoencoders.network import Autoencoder
from taojin.models.autoencoders.pixels import unit_interval
from taojin.models.autoencoders.shape import AutoencoderShape, LikelihoodConfig


@pytest.fixture(scope="session")
def digit_pixels() -> NDArray[np.uint8]:
    data: Any = load_digits()
    return (data.images[:600] * 15.9375).astype(np.uint8)[:, None]


@pytest.fixture(scope="session")
def digit_autoencoder(digit_pixels: NDArray[np.uint8]) -> Autoencoder:
    """A small variational autoencoder of digits, trained for some seconds."""
    shape = AutoencoderShape(
        height=8,
        width=8,
        network="linear",
        hidden_sizes=(64,),
        latent_size=6,
        likelihood=LikelihoodConfig(name="gaussian", scale="fixed", fixed_scale=0.2),
    )
    images = unit_interval(torch.from_numpy(digit_pixels))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Autoencoder(shape)
        optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
        for _ in range(200):
            terms = evidence_terms(model, images)
            loss = terms.distortions.mean() + terms.divergences.sum(1).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    model.zero_grad()
    return model.eval()
