"""A density of latents: what lets an autoencoder generate that has no prior of its own.

The latents of a plain autoencoder follow no known distribution, and those of a
variational one not quite the prior. A Gaussian mixture with full covariances fitted to
them afterwards is a good one to sample from (Ghosh et al. 2020, arXiv:1903.12436).
"""

import json
import warnings
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from safetensors import SafetensorError
from safetensors.torch import load_file
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from taojin.core.config import StageConfig
from taojin.core.errors import CorruptArtifactError, DataError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import hash_file
from taojin.core.randomness import derive_seed, generator
from taojin.models.tensor_files import write_tensors

TENSORS = "density.safetensors"
FACTS = "density.json"
KIND = "latent_density"

_NAMES = ("weights", "means", "factors")
_SEED_RANGE = 2**32


class LatentDensityConfig(StageConfig):
    """How a density is fitted to latents."""

    num_components: int = Field(default=10, ge=1, le=1000)
    """Gaussians of the mixture; more fit better, and at last repeat what they saw."""
    num_iterations: int = Field(default=100, ge=1, le=10_000)
    """Of expectation maximisation, at most."""
    covariance_floor: float = Field(default=1e-6, gt=0.0, le=1.0)
    """Added to every variance, so that no Gaussian shrinks to a point."""
    seed: int = Field(default=0, ge=0)
    """Of the first components."""


class LatentDensity(NamedTuple):
    """A Gaussian mixture with full covariances.

    Attributes:
        weights: Of the components, ``float64 [components]``; they add up to one.
        means: ``float64 [components, latent size]``.
        factors: Lower Cholesky factors of the covariances, ``float64 [components,
            latent size, latent size]``.
        facts: Plain values: how it was fitted.
    """

    weights: NDArray[np.float64]
    means: NDArray[np.float64]
    factors: NDArray[np.float64]
    facts: dict[str, Any]

    def sample(self, number: int, seed: int) -> NDArray[np.float32]:
        """Draw latents ``[number, latent size]``; equal for equal seeds."""
        draw = generator(seed, "latents")
        chosen = draw.choice(len(self.weights), size=number, p=self.weights)
        noise = draw.standard_normal((number, self.means.shape[1]))
        moved = np.einsum("nij,nj->ni", self.factors[chosen], noise)
        return (self.means[chosen] + moved).astype(np.float32)


def fit_latent_density(
    codes: NDArray[np.floating], config: LatentDensityConfig
) -> LatentDensity:
    """Fit a Gaussian mixture to latents by expectation maximisation.

    Args:
        codes: ``[items, latent size]``; for a variational autoencoder draws from the
            posteriors, for a plain one the latents themselves.
        config: Settings.

    Raises:
        DataError: If there are fewer latents than components, or some are not finite.
    """
    if len(codes) < max(2, config.num_components):
        message = (
            f"there are {len(codes)} latents for num_components "
            f"{config.num_components}; encode more images or lower num_components"
        )
        raise DataError(message)
    if not np.isfinite(codes).all():
        message = "some latents are not finite; train the autoencoder again"
        raise DataError(message)
    mixture = GaussianMixture(
        config.num_components,
        covariance_type="full",
        max_iter=config.num_iterations,
        reg_covar=config.covariance_floor,
        random_state=derive_seed(config.seed, "density") % _SEED_RANGE,
    )
    with warnings.catch_warnings():  # what it did not reach is in the facts
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(codes.astype(np.float64))
    facts = {
        "config": config.model_dump(mode="json"),
        "num_codes": len(codes),
        "converged": bool(mixture.converged_),
        "mean_log_density": float(mixture.lower_bound_),
    }
    weights = np.asarray(mixture.weights_)
    return LatentDensity(
        weights / weights.sum(),
        np.asarray(mixture.means_),
        np.linalg.cholesky(np.asarray(mixture.covariances_)),
        facts,
    )


def save_latent_density(density: LatentDensity, directory: str | Path) -> None:
    """Write a density as a folder, whole or not at all; an older one is replaced."""
    with atomic_directory(directory) as folder:
        tensors = {
            name: torch.from_numpy(np.ascontiguousarray(getattr(density, name)))
            for name in _NAMES
        }
        write_tensors(tensors, folder / TENSORS)
        content = {
            "kind": KIND,
            "facts": density.facts,
            "tensors": hash_file(folder / TENSORS),
        }
        text = json.dumps(content, indent=2) + "\n"
        (folder / FACTS).write_text(text, encoding="utf-8")


def load_latent_density(directory: str | Path) -> LatentDensity:
    """Load what :func:`save_latent_density` wrote.

    Raises:
        CorruptArtifactError: If a file is missing, was altered, or holds no density.
    """
    folder = Path(directory)
    try:
        content: Any = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        if content["kind"] != KIND:
            _refuse(folder, f"it holds {content['kind']!r}, not {KIND!r}")
        if content["tensors"] != hash_file(folder / TENSORS):
            _refuse(folder, f"{TENSORS} was altered since it was written")
        found = load_file(folder / TENSORS)
        weights, means, factors = (found[name].numpy() for name in _NAMES)
        facts = dict(content["facts"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        _refuse(folder, error)
    return LatentDensity(weights, means, factors, facts)


def _refuse(folder: Path, problem: object) -> NoReturn:
    message = (
        f"{folder} is not a usable density of latents: {problem!s:.300}; delete the "
        "folder and fit it again"
    )
    raise CorruptArtifactError(message)
