"""Features of images: of a network trained here, of random filters, or of pixels."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from taojin.core.errors import ConfigurationError, DataError
from taojin.core.fingerprints import fingerprint_of, hash_bytes
from taojin.core.randomness import generator
from taojin.evaluation.extractors.batching import extract_in_batches, load_network
from taojin.evaluation.features import FeatureTable, canonical_rows
from taojin.features.images import RESIZING, ImageForm, image_planes

Images = Sequence[NDArray[np.uint8]]
"""Each ``[height, width, 1 or 3]``."""


class ImageNetworkExtractor:
    """Features of a classifier that was trained here, its last layer but one.

    Args:
        directory: What :func:`taojin.training.extractors.save_extractor` wrote.

    Raises:
        CorruptArtifactError: If the folder is damaged, or holds no network of images.
    """

    def __init__(self, directory: str | Path) -> None:
        self._features, self.form, identity = load_network(
            directory, ImageForm, "images", "images"
        )
        self.fingerprint = fingerprint_of("image network", identity, RESIZING)

    def extract(self, items: Images) -> FeatureTable:
        """Features of images; see :class:`~taojin.evaluation.features.FeatureTable`."""

        def compute(images: Images) -> NDArray[np.float64]:
            return self._features.of_planes(image_planes(images, self.form))

        return extract_in_batches(items, compute, self.fingerprint, "image")


class RandomFilterConfig(ImageForm):
    """Features of filters that nobody trained."""

    height: int = Field(default=32, ge=8, le=1024)
    """Pixels."""
    width: int = Field(default=32, ge=8, le=1024)
    """Pixels."""
    num_filters: int = Field(default=24, ge=1, le=1024)
    """Filters at each scale."""
    num_scales: int = Field(default=2, ge=1, le=6)
    """Each halves the picture once more."""
    grid: int = Field(default=2, ge=1, le=16)
    """Responses are averaged in so many rows and columns of cells."""
    seed: int = Field(default=0, ge=0)
    """Of the filters."""


class RandomFilterExtractor:
    """How strongly random filters respond, by scale and place.

    Needs no data and no training, and is the same everywhere: filters of 5 x 5 with
    mean 0 and length 1, the size of their responses, averaged over cells; and the
    mean colour of each cell. Random filters with pooling are features of some use
    for telling images apart (Jarrett et al. 2009; Saxe et al. 2011), less than
    those of a trained network.
    """

    def __init__(self, config: RandomFilterConfig | None = None) -> None:
        self.config = config = config or RandomFilterConfig()
        smallest = min(config.height, config.width) >> (config.num_scales - 1)
        if smallest < max(config.grid, _FILTER_SIZE):
            message = (
                f"num_scales {config.num_scales} leaves {smallest} pixels of "
                f"{config.height} x {config.width}, and grid {config.grid} and filters "
                f"of {_FILTER_SIZE} pixels need more; lower num_scales or grid"
            )
            raise ConfigurationError(message)
        self.fingerprint = fingerprint_of("random filters", 1, config, RESIZING)

    def extract(self, items: Images) -> FeatureTable:
        """Features of images; see :class:`~taojin.evaluation.features.FeatureTable`."""
        return extract_in_batches(items, self._compute, self.fingerprint, "image")

    @torch.no_grad()
    def _compute(self, images: Images) -> NDArray[np.float64]:
        config = self.config
        pixels = torch.from_numpy(image_planes(images, config)).double()
        parts = [functional.adaptive_avg_pool2d(pixels, config.grid)]
        for scale in range(config.num_scales):
            if scale:
                pixels = functional.avg_pool2d(pixels, 2)
            filters = _filters(
                config.seed, scale, config.num_filters, config.num_channels
            )
            responses = functional.conv2d(pixels, filters).abs()
            parts.append(functional.adaptive_avg_pool2d(responses, config.grid))
        return torch.cat([part.flatten(1) for part in parts], dim=1).numpy()


class PixelComponents:
    """The main directions in which real images differ, pixel by pixel.

    Principal components of real images: for small and simple ones, such as digits.

    Attributes:
        form: What images are brought to.
        fingerprint: Of the form, and of what was fitted.
    """

    def __init__(
        self,
        form: ImageForm,
        mean: NDArray[np.float64],
        components: NDArray[np.float64],
    ) -> None:
        """Keep what was fitted.

        Args:
            form: Of the images.
            mean: ``[pixels]``.
            components: ``[dims, pixels]``, orthogonal and of length 1.
        """
        self.form = form
        self._mean = mean
        self._components = components
        fitted = hash_bytes(mean.tobytes() + components.tobytes())
        self.fingerprint = fingerprint_of("pixel components", form, RESIZING, fitted)

    @classmethod
    def fit(
        cls, real: Images, form: ImageForm, num_dims: int = 32
    ) -> "PixelComponents":
        """Find the components of real images, whatever their order.

        Args:
            real: More images than dims; not those that are judged.
            form: What they are brought to.
            num_dims: Components, at most one fewer than images.

        Raises:
            DataError: If there are too few images.
        """
        if len(real) <= num_dims:
            message = (
                f"pixel components: {len(real)} real images, and {num_dims} dims need "
                f"at least {num_dims + 1}; give more, or lower num_dims"
            )
            raise DataError(message)
        rows = canonical_rows(_pixel_rows(real, form))
        mean = rows.mean(axis=0)
        _, _, directions = np.linalg.svd(rows - mean, full_matrices=False)
        components = directions[:num_dims]
        largest = np.abs(components).argmax(axis=1)
        signs = np.sign(components[np.arange(len(components)), largest])
        return cls(form, mean, components * signs[:, None])

    def extract(self, items: Images) -> FeatureTable:
        """Features of images; see :class:`~taojin.evaluation.features.FeatureTable`."""

        def compute(images: Images) -> NDArray[np.float64]:
            centred = _pixel_rows(images, self.form) - self._mean
            return centred @ self._components.T

        return extract_in_batches(items, compute, self.fingerprint, "image")


def _pixel_rows(images: Images, form: ImageForm) -> NDArray[np.float64]:
    return image_planes(images, form).reshape(len(images), -1).astype(np.float64)


@functools.cache
def _filters(seed: int, scale: int, num_filters: int, num_channels: int) -> Tensor:
    draw = generator(seed, "random filters", scale)
    shape = (num_filters, num_channels, _FILTER_SIZE, _FILTER_SIZE)
    filters: Any = draw.standard_normal(shape)
    filters -= filters.mean(axis=(2, 3), keepdims=True)
    filters /= np.sqrt((filters**2).sum(axis=(1, 2, 3), keepdims=True))
    return torch.from_numpy(filters)


_FILTER_SIZE = 5
