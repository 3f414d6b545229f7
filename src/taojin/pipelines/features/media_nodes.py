"""Adapters from catalogue names to the features of images and of recordings."""

from pathlib import Path

import pandas as pd

from taojin.core.shards import Shards
from taojin.features.clip_tensors import ClipTensorsConfig, write_clip_tensors
from taojin.features.image_tensors import ImageTensorsConfig, write_image_tensors
from taojin.features.media_splits import split_items
from taojin.features.splits import SplitConfig


def split_images(
    images: Shards, clusters: pd.DataFrame, config: SplitConfig
) -> pd.DataFrame:
    """Divide; see :func:`taojin.features.media_splits.split_items`."""
    return split_items(images, clusters, config, "image_id")


def split_clips(
    clips: Shards, clusters: pd.DataFrame, config: SplitConfig
) -> pd.DataFrame:
    """Divide; see :func:`taojin.features.media_splits.split_items`."""
    return split_items(clips, clusters, config, "clip_id")


def make_image_tensors(
    images: Shards, splits: pd.DataFrame, config: ImageTensorsConfig, workspace: Path
) -> Path:
    """Bring to one form; see :func:`taojin.features.image_tensors.write_image_tensors`.

    Returns:
        The folder; the catalogue opens it as ``ImageTensors``.
    """
    folder = workspace / "image_tensors"
    write_image_tensors(folder, images, splits, config)
    return folder


def make_clip_tensors(
    clips: Shards, splits: pd.DataFrame, config: ClipTensorsConfig, workspace: Path
) -> Path:
    """Bring to one rate; see :func:`taojin.features.clip_tensors.write_clip_tensors`.

    Returns:
        The folder; the catalogue opens it as ``ClipTensors``.
    """
    folder = workspace / "clip_tensors"
    write_clip_tensors(folder, clips, splits, config)
    return folder
