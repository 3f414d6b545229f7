"""What a generator of images is asked for, as a folder: a set to judge, and pictures.

Layout of the folder::

    images/      generated images, PNG; a subfolder a class where classes were asked for
    pictures/    tables to look at: what is between two images, what a latent does
    facts.json   what was asked for
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.files import atomic_directory
from taojin.core.randomness import generator as numbers_of
from taojin.features.image_tensors import ImageTensors
from taojin.generation.adversarial import config as adversarial
from taojin.generation.adversarial import inversion as adversarial_inversion
from taojin.generation.adversarial import sampling as adversarial_sampling
from taojin.generation.latents import inversion as latent_inversion
from taojin.generation.latents import paths
from taojin.generation.latents.density import LatentDensity
from taojin.generation.latents.sampling import sample_images
from taojin.generation.pictures import magnification
from taojin.media.images import encode_pixels
from taojin.media.pictures import enlarged, table_picture, write_image_set
from taojin.models.adversarial.networks import Generator
from taojin.models.autoencoders.network import Autoencoder

IMAGES = "images"
PICTURES = "pictures"
FACTS = "facts.json"

_ENDS = 2


class ImageGenerationConfig(StageConfig):
    """What generators of images are asked for."""

    num_images: int = Field(default=500, ge=1, le=1_000_000)
    """Images a generator."""
    truncation: float | None = Field(default=None, gt=0.0, le=10.0)
    """Of the latents of adversarial generators; null takes all."""
    num_shown: int = Field(default=8, ge=2, le=64)
    """Held-out images that pictures begin with: reconstructed, inverted, ends of
    interpolations."""
    num_steps: int = Field(default=9, ge=2, le=64)
    """Images on the way of an interpolation or a traversal."""
    batch_size: int = Field(default=256, ge=1, le=65_536)
    """Images made at once; bounds the memory."""
    seed: int = Field(default=0, ge=0)
    """Of latents, and of the choice of the images that are shown."""


def write_decoded_set(
    folder: Path,
    model: Autoencoder,
    held_out: ImageTensors,
    config: ImageGenerationConfig,
    density: LatentDensity | None = None,
) -> None:
    """Generate with an autoencoder, and picture what its latents know.

    Pictures: ``reconstructions`` (above what was given, below what came back),
    ``interpolations``, ``traversals`` (a latent dimension a row), ``inversions``.

    Args:
        folder: Where to; replaced if it exists.
        model: An autoencoder.
        held_out: Images that it has not seen, at least two.
        config: What is asked for.
        density: Fitted to its latents; None draws from the prior.

    Raises:
        DataError: If the images are of another size.
    """
    made = sample_images(model, config.num_images, density=density, seed=config.seed)
    shown = _shown(held_out, config)
    course = "spherical" if density is None else "linear"
    half = len(shown) // 2
    inverted = latent_inversion.invert_images(
        model, shown, latent_inversion.InversionConfig()
    )
    pictures = {
        "reconstructions": paths.reconstructions(model, shown),
        "interpolations": paths.interpolations(
            model, shown[:half], shown[half : 2 * half], config.num_steps, course
        ),
        "traversals": paths.traversals(model, shown, num_steps=config.num_steps),
        "inversions": np.stack([shown.transpose(0, 2, 3, 1), inverted.images]),
    }
    facts = {
        "drawn_from": "prior" if density is None else "fitted density",
        "inversion_nats_before": inverted.losses_before.tolist(),
        "inversion_nats": inverted.losses.tolist(),
    }
    _write(folder, made.images, None, pictures, {**config.model_dump(), **facts})


def write_generated_set(
    folder: Path,
    generator: Generator,
    held_out: ImageTensors,
    config: ImageGenerationConfig,
) -> None:
    """Generate with an adversarial generator, every class alike where it has classes.

    Pictures: ``interpolations``, and ``inversions`` of held-out images (above what was
    sought, below what was found).

    Args:
        folder: Where to; replaced if it exists.
        generator: A trained one.
        held_out: Images that it has not seen, at least two.
        config: What is asked for.

    Raises:
        DataError: If the images are of another size.
    """
    known = generator.shape.labels
    labels = (
        [known[n % len(known)] for n in range(config.num_images)] if known else None
    )
    sampling = adversarial.ImageSamplingConfig(
        truncation=config.truncation, batch_size=config.batch_size, seed=config.seed
    )
    images = adversarial_sampling.sample_images(
        generator, config.num_images, sampling, labels
    )
    shown = _shown(held_out, config).transpose(0, 2, 3, 1)
    found = adversarial_inversion.invert_images(
        generator, shown, adversarial.InversionConfig(seed=config.seed)
    )
    pictures = {
        "interpolations": _interpolations(generator, config),
        "inversions": np.stack([shown, found.images]),
    }
    facts = {
        "inversion_errors": found.errors.tolist(),
        "inversion_labels": list(found.labels),
    }
    _write(folder, images, labels, pictures, {**config.model_dump(), **facts})


def _interpolations(
    generator: Generator, config: ImageGenerationConfig
) -> NDArray[np.uint8]:
    """A way a row; between two classes where there are some."""
    rows = config.num_shown // 2
    sampling = adversarial.ImageSamplingConfig(seed=config.seed + 1)
    size = generator.shape.latent_size
    latents = adversarial_sampling.draw_latents(_ENDS * rows, size, sampling)
    known = generator.shape.labels
    ways = []
    for row in range(rows):
        ends = (
            (known[row % len(known)], known[(row + 1) % len(known)]) if known else None
        )
        first, last = latents[_ENDS * row], latents[_ENDS * row + 1]
        ways.append(
            adversarial_sampling.interpolate_images(
                generator, first, last, config.num_steps, ends
            )
        )
    return np.stack(ways)


def _shown(held_out: ImageTensors, config: ImageGenerationConfig) -> NDArray[np.uint8]:
    """Held-out images by chance, ``[images, channels, height, width]``."""
    order = numbers_of(config.seed, "shown images").permutation(len(held_out))
    return np.asarray(held_out.pixels)[np.sort(order[: config.num_shown])]


def _write(
    folder: Path,
    images: NDArray[np.uint8],
    labels: list[str] | None,
    pictures: Mapping[str, NDArray[np.uint8]],
    facts: Mapping[str, Any],
) -> None:
    with atomic_directory(folder) as root:
        write_image_set(root / IMAGES, images, labels)
        (root / PICTURES).mkdir()
        factor = magnification(images.shape[1])
        for name, table in pictures.items():
            content = encode_pixels(enlarged(table_picture(table), factor))
            (root / PICTURES / f"{name}.png").write_bytes(content)
        text = json.dumps(dict(facts), indent=2, ensure_ascii=False) + "\n"
        (root / FACTS).write_text(text, encoding="utf-8")
