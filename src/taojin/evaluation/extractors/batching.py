"""Features of many items, some at a time."""

import copy
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError

from taojin.core.errors import CorruptArtifactError, DataError
from taojin.core.progress import progress_bar
from taojin.evaluation.features import FeatureTable
from taojin.models.image_network import ImageNetwork, load_image_network

Form = TypeVar("Form")

_ITEMS_AT_ONCE = 64
"""Bounds the memory; the features do not depend on it."""

Extraction = Callable[[Sequence[Any]], NDArray[np.floating]]
"""From some items to their features, ``[items, dims]``."""


def extract_in_batches(
    items: Sequence[Any], extract: Extraction, fingerprint: str, label: str
) -> FeatureTable:
    """Compute features of all items, a bounded number at a time.

    Raises:
        DataError: If there is no item, or a feature is not finite.
    """
    num_items = len(items)
    if not num_items:
        message = f"there is no item to extract {label} features of; give at least one"
        raise DataError(message)
    parts: list[NDArray[np.floating]] = []
    with progress_bar(f"{label} features", num_items, unit="item") as bar:
        for start in range(0, num_items, _ITEMS_AT_ONCE):
            some = items[start : start + _ITEMS_AT_ONCE]
            parts.append(extract(some))
            bar.update(len(some))
    return FeatureTable(np.concatenate(parts).astype(np.float64), fingerprint)


def load_network(
    directory: str | Path, form: Callable[..., Form], content: str, items: str
) -> tuple["NetworkFeatures", Form, str]:
    """Load a network that was trained here, and the form of what it reads.

    Args:
        directory: What :func:`taojin.training.extractors.save_extractor` wrote.
        form: Makes the form of the inputs from its settings.
        content: What the network knows, for the error.
        items: What it was to be trained on, for the error.

    Returns:
        The network, the form, and the identity of the folder's content.

    Raises:
        CorruptArtifactError: If the folder is damaged, or holds another network.
    """
    network, settings, identity = load_image_network(directory)
    try:
        return NetworkFeatures(network), form(**settings), identity
    except (ValidationError, TypeError) as error:
        message = (
            f"{directory} holds no network of {content}: {error!s:.200}; give the "
            f"folder of an extractor that was trained on {items}"
        )
        raise CorruptArtifactError(message) from error


class NetworkFeatures:
    """What the last layer but one of a network gives.

    Computed in double precision: in single, sums depend on how many images are
    convolved at once.
    """

    def __init__(self, network: ImageNetwork) -> None:
        self._network = copy.deepcopy(network).double().eval()

    @torch.no_grad()
    def of_planes(self, planes: NDArray[np.float32]) -> NDArray[np.float64]:
        """Features of inputs ``[items, channels, height, width]``."""
        return self._network.features(torch.from_numpy(planes).double()).numpy()
