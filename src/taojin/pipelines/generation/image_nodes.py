"""Adapters from catalogue names to the drawing of images."""

from pathlib import Path

from taojin.features.image_tensors import ImageTensors
from taojin.generation.image_sets import (
    ImageGenerationConfig,
    write_decoded_set,
    write_generated_set,
)
from taojin.generation.latents.density import load_latent_density
from taojin.models.adversarial.networks import load_generator
from taojin.models.autoencoders.storage import load_autoencoder

_HELD_OUT = "test"


def generate_autoencoder_images(
    tensors: ImageTensors,
    model: Path,
    latents: Path,
    config: ImageGenerationConfig,
    workspace: Path,
) -> Path:
    """Draw from the density of an autoencoder; see :func:`write_decoded_set`."""
    output = workspace / "image_autoencoder_samples"
    loaded = load_autoencoder(model).model
    density = load_latent_density(latents)
    write_decoded_set(output, loaded, tensors.take(_HELD_OUT), config, density)
    return output


def generate_vae_images(
    tensors: ImageTensors, model: Path, config: ImageGenerationConfig, workspace: Path
) -> Path:
    """Draw from a variational autoencoder's prior; see :func:`write_decoded_set`."""
    output = workspace / "image_vae_samples"
    loaded = load_autoencoder(model).model
    write_decoded_set(output, loaded, tensors.take(_HELD_OUT), config)
    return output


def generate_gan_images(
    tensors: ImageTensors, model: Path, config: ImageGenerationConfig, workspace: Path
) -> Path:
    """Draw from a generator; see :func:`write_generated_set`."""
    output = workspace / "image_gan_samples"
    write_generated_set(output, load_generator(model), tensors.take(_HELD_OUT), config)
    return output


def generate_class_gan_images(
    tensors: ImageTensors, model: Path, config: ImageGenerationConfig, workspace: Path
) -> Path:
    """Draw every class alike from a generator; see :func:`write_generated_set`."""
    output = workspace / "image_class_gan_samples"
    write_generated_set(output, load_generator(model), tensors.take(_HELD_OUT), config)
    return output
