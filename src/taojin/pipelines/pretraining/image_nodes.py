"""Adapters from catalogue names to the training of generators of images."""

from pathlib import Path
from typing import Any

from taojin.features.image_tensors import ImageTensors
from taojin.generation.latents.codes import encode_images
from taojin.generation.latents.density import (
    LatentDensityConfig,
    fit_latent_density,
    save_latent_density,
)
from taojin.generation.pictures import draw_decoded, draw_generated
from taojin.models.adversarial.networks import save_generator
from taojin.models.autoencoders.storage import load_autoencoder, save_autoencoder
from taojin.training.adversarial.config import ImageGanConfig
from taojin.training.adversarial.image_gan import train_image_gan
from taojin.training.autoencoders.config import AutoencoderConfig
from taojin.training.autoencoders.pretraining import pretrain_autoencoder
from taojin.training.checkpoints import CheckpointStore
from taojin.training.metrics import MetricSink

Trained = dict[str, Path | list[dict[str, Any]]]


def pretrain_image_autoencoder(
    tensors: ImageTensors,
    config: AutoencoderConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> Trained:
    """Pretrain a plain autoencoder; see :func:`pretrain_autoencoder`.

    Returns:
        ``model``, a folder, and ``history``.
    """
    output = workspace / "image_autoencoder_model"
    return _autoencoder(tensors, config, checkpoints, metrics, output)


def pretrain_image_vae(
    tensors: ImageTensors,
    config: AutoencoderConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> Trained:
    """Pretrain a variational autoencoder; see :func:`pretrain_autoencoder`."""
    output = workspace / "image_vae_model"
    return _autoencoder(tensors, config, checkpoints, metrics, output)


def fit_image_latents(
    tensors: ImageTensors, model: Path, config: LatentDensityConfig, workspace: Path
) -> Path:
    """Fit a density to an autoencoder's latents; see :func:`fit_latent_density`."""
    loaded = load_autoencoder(model).model
    codes = encode_images(loaded, tensors.take("train").pixels, sampled=True)
    output = workspace / "image_latents_model"
    save_latent_density(fit_latent_density(codes, config), output)
    return output


def pretrain_image_gan(
    tensors: ImageTensors,
    config: ImageGanConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> dict[str, Any]:
    """Train a generator without labels; see :func:`train_image_gan`.

    Returns:
        ``model``, a folder, ``history``, and ``trips`` of the watchdog.
    """
    images = tensors.take("train")
    trained = train_image_gan(
        images.pixels,
        images.targets,
        images.labels,
        config,
        identity=images.fingerprint,
        store=checkpoints,
        sink=metrics,
        draw=draw_generated,
    )
    output = workspace / "image_gan_model"
    save_generator(trained.generator, output)
    return {"model": output, "history": trained.history, "trips": trained.trips}


def _autoencoder(
    tensors: ImageTensors,
    config: AutoencoderConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    output: Path,
) -> Trained:
    trained = pretrain_autoencoder(
        tensors.take("train").pixels,
        config,
        validation=tensors.take("validation").pixels,
        store=checkpoints,
        sink=metrics,
        draw=draw_decoded,
    )
    save_autoencoder(trained.model, output)
    return {"model": output, "history": trained.history}
