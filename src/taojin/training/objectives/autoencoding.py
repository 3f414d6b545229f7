"""Autoencoders as objectives: plain, variational, importance weighted."""

from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator
from torch import Tensor

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError
from taojin.models.autoencoders.bounds import (
    evidence_terms,
    free_bits_rate,
    importance_terms,
    num_active_units,
)
from taojin.models.autoencoders.network import Autoencoder
from taojin.models.autoencoders.pixels import unit_interval
from taojin.training.config import TrainingConfig
from taojin.training.objectives.contracts import Loss, ParameterGroup


class ImageBatch(NamedTuple):
    """Some images.

    Attributes:
        pixels: ``uint8 [images, channels, height, width]``.
        number: Of the batch, from 0, in the order of the training: how far that has
            come. None for a held-out batch.
    """

    pixels: Tensor
    number: int | None = None


class AutoencodingConfig(StageConfig):
    """What an autoencoder is trained for."""

    objective: Literal["autoencoder", "variational", "importance"] = "variational"
    """``autoencoder``: images come back; ``variational``: the evidence lower bound;
    ``importance``: the bound of ``num_samples`` samples."""
    reconstruction: Literal["likelihood", "squared_error"] = "likelihood"
    """What a plain autoencoder minimises: nats, or the squared error of images in
    [0, 1], summed over pixels."""
    latent_penalty: float = Field(default=0.0, ge=0.0, le=100.0)
    """Weight of half the squared length of the latent in a plain autoencoder: keeps
    the latents where a density can be fitted to them (Ghosh et al. 2020,
    arXiv:1903.12436)."""
    beta: float = Field(default=1.0, ge=0.0, le=1000.0)
    """Weight of the rate; other than 1, the loss is no bound (Higgins et al. 2017)."""
    beta_warmup_fraction: float = Field(default=0.0, ge=0.0, le=1.0)
    """Share of the batches over which ``beta`` rises in a line from 0 (Bowman et al.
    2016, arXiv:1511.06349): against dimensions that are given up early."""
    free_nats: float = Field(default=0.0, ge=0.0, le=100.0)
    """Divergence of a latent dimension, a mean over the batch, that is not lowered
    further. Unread but by ``variational``."""
    num_samples: int = Field(default=50, ge=1, le=10_000)
    """Of the importance bound."""
    gradient: Literal["reparameterised", "doubly_reparameterised"] = "reparameterised"
    """Of the importance bound for the encoder; see ``importance_terms``."""
    num_gradient_samples: int | None = Field(default=None, ge=1, le=10_000)
    """Samples, drawn by their weight, that the gradient of the importance bound is
    taken of; null takes all. Much cheaper, no bias, more noise."""

    @model_validator(mode="after")
    def _check_objective(self) -> Self:
        weighed = self.beta != 1.0 or self.beta_warmup_fraction > 0.0
        if self.objective == "importance" and weighed:
            message = (
                f"beta {self.beta} and beta_warmup_fraction {self.beta_warmup_fraction} have no "
                "meaning for the importance bound, which has no rate of its own; set "
                "them to 1 and 0, or warm up a variational training and go on from it"
            )
            raise ValueError(message)
        return self


class Autoencoding:
    """Loss of an autoencoder; the unit is an image, of which the loss is in nats.

    Metrics, an image: ``distortion``, ``rate``, ``bound`` (nats, without weights, free
    bits and warm-up) and ``active_units`` (dimensions that vary over the batch). The
    importance bound is no sum of two parts: it has no ``distortion``. A plain
    autoencoder has no rate and no bound, but ``latent_length`` (half the square). In
    validation ``beta`` has its full value.

    Args:
        model: What is trained.
        config: What for.
        num_batches: Parts of batches in the whole training, for the warm-up: steps
            times accumulations. How far it has come is read off the batch and is no
            state of its own, so that a resumed run goes on where it was.

    Raises:
        ConfigurationError: If the objective needs a distribution of latents and the
            model has none.
    """

    name = "autoencoder"

    def __init__(
        self, model: Autoencoder, config: AutoencodingConfig, num_batches: int
    ) -> None:
        if config.objective != "autoencoder" and not model.shape.variational:
            message = (
                f"objective is {config.objective}, which needs a distribution of "
                "latents, and the autoencoder is a plain one; build it with variational"
            )
            raise ConfigurationError(message)
        self.model = model
        self._config = config
        self._num_batches = num_batches

    def loss(self, batch: ImageBatch) -> Loss:
        """Sum over the images of a batch."""
        images = unit_interval(batch.pixels)
        if self._config.objective == "autoencoder":
            return self._plain(images)
        if self._config.objective == "importance":
            return self._importance(images)
        return self._variational(images, self.beta(batch.number))

    def beta(self, number: int | None) -> float:
        """Weight of the rate in a batch."""
        length = self._config.beta_warmup_fraction * self._num_batches
        if number is None or number >= length:
            return self._config.beta
        return self._config.beta * number / length

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """All by AdamW at ``head_learning_rate``; offsets and scales do not decay."""
        named = dict(self.model.named_parameters())
        kernels = tuple(name for name, weight in named.items() if weight.ndim > 1)
        rest = tuple(name for name in named if name not in kernels)
        rate = config.head_learning_rate
        return [
            ParameterGroup("kernels", "adamw", rate, config.weight_decay, kernels),
            ParameterGroup("rest", "adamw", rate, 0.0, rest),
        ]

    def _plain(self, images: Tensor) -> Loss:
        latents = self.model.encode(images).means
        outputs = self.model.decode(latents)
        likelihood = self.model.likelihood
        if self._config.reconstruction == "likelihood":
            distortion = -likelihood.log_prob(outputs, images).sum()
        else:
            distortion = (likelihood.mean(outputs) - images).square().sum()
        length = 0.5 * latents.square().sum()
        total = distortion + self._config.latent_penalty * length
        active = num_active_units(latents.detach()) * len(images)
        metrics = {
            "distortion": distortion.item(),
            "latent_length": length.item(),
            "active_units": float(active),
        }
        return Loss(total, len(images), metrics)

    def _variational(self, images: Tensor, beta: float) -> Loss:
        terms = evidence_terms(self.model, images)
        distortion = terms.distortions.sum()
        rate = terms.divergences.sum().item()
        weighed = free_bits_rate(terms.divergences, self._config.free_nats)
        active = num_active_units(terms.posterior.means.detach()) * len(images)
        metrics = {
            "distortion": distortion.item(),
            "rate": rate,
            "bound": distortion.item() + rate,
            "active_units": float(active),
        }
        return Loss(distortion + beta * weighed, len(images), metrics)

    def _importance(self, images: Tensor) -> Loss:
        terms = importance_terms(
            self.model,
            images,
            self._config.num_samples,
            doubly_reparameterised=self._config.gradient == "doubly_reparameterised",
            num_gradient_samples=self._config.num_gradient_samples,
        )
        bound, surrogate = -terms.bounds.sum(), -terms.surrogates.sum()
        # The value of the bound with the gradient of the surrogate.
        total = surrogate + (bound - surrogate).detach()
        active = num_active_units(terms.posterior.means.detach()) * len(images)
        metrics = {
            "rate": terms.posterior.divergences().sum().item(),
            "bound": bound.item(),
            "active_units": float(active),
        }
        return Loss(total, len(images), metrics)
