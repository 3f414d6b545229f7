"""Images as one array: what generators of images learn from.

Layout of the folder::

    manifest.json     written last; a folder without it is unfinished
    pixels.npy        uint8 [items, channels, height, width]
    items.parquet     image_id, split, target, caption, caption_zh; in the same order

Items lie in the order of their splits, so that a split is one piece of the file and
is mapped, not read.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import CorruptArtifactError, DataError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import fingerprint_of
from taojin.core.progress import track
from taojin.core.shards import Shards
from taojin.features.images import RESIZING, ImageForm, resized
from taojin.features.splits import Split
from taojin.features.tensor_folders import (
    ITEMS,
    NO_TARGET,
    REMEDY,
    items_in_order,
    numbered,
    texts_of,
    verified_tensor_manifest,
    write_tensor_manifest,
)
from taojin.media.images import open_pixels

PIXELS = "pixels.npy"

Fit = Literal["stretch", "crop", "contain"]


class ImageTensorsConfig(StageConfig):
    """What images are brought to before a generator sees them."""

    form: ImageForm = ImageForm(height=32, width=32)
    """Size and channels."""
    fit: Fit = "contain"
    """How proportions become those of the form: ``stretch`` changes them, ``crop``
    cuts the longer sides off, ``contain`` adds borders to the shorter ones."""
    enlarge: bool = True
    """Enlarge images smaller than the form; false puts them into its middle."""
    background: int = Field(default=255, ge=0, le=255)
    """Of borders: 0 is black, 255 is white."""


@dataclass(frozen=True, eq=False)
class ImageTensors:
    """Images of one form, with what is known of each.

    Attributes:
        pixels: ``uint8 [items, channels, height, width]``; mapped from a file.
        labels: Names of the classes, sorted; empty if no item has a label.
        targets: ``int64 [items]``, index into ``labels``; -1 without a label.
        captions: One an item, empty where an item has none; None if none has one.
        ids: ``image_id`` of each item.
        split: ``train``, ``validation`` or ``test`` of each item.
        fingerprint: Hash of all this; not of the place.
        captions_zh: Chinese captions, as ``captions``.

    Raises:
        DataError: If the parts do not belong together.
    """

    pixels: NDArray[np.uint8]
    labels: tuple[str, ...]
    targets: NDArray[np.int64]
    captions: tuple[str, ...] | None
    ids: NDArray[np.str_]
    split: NDArray[np.str_]
    fingerprint: str
    captions_zh: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.pixels.ndim != 4 or self.pixels.dtype != np.uint8:
            found = f"{self.pixels.dtype} of {self.pixels.shape}"
            message = (
                f"pixels are {found}; uint8 [items, channels, height, width] is needed"
            )
            raise DataError(message)
        parts: dict[str, Any] = {
            "targets": self.targets,
            "captions": self.captions,
            "captions_zh": self.captions_zh,
            "ids": self.ids,
            "split": self.split,
        }
        wrong = {
            name: len(part)
            for name, part in parts.items()
            if part is not None and len(part) != len(self.pixels)
        }
        if wrong:
            message = f"{len(self.pixels)} images have {wrong}; one an image is needed"
            raise DataError(message)
        if len(self.targets) and not (
            NO_TARGET <= self.targets.min() <= self.targets.max() < len(self.labels)
        ):
            message = f"targets name classes that {len(self.labels)} labels do not have"
            raise DataError(message)

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def form(self) -> ImageForm:
        """Size and channels of every image."""
        channels, height, width = self.pixels.shape[1:]
        return ImageForm(height=height, width=width, num_channels=channels)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open what :func:`write_image_tensors` wrote; every file is verified.

        Raises:
            CorruptArtifactError: If a file is missing, was altered, or was written
                by another version.
        """
        root = Path(folder)
        manifest = verified_tensor_manifest(root)
        try:
            items = pd.read_parquet(root / ITEMS)
            pixels = np.load(root / PIXELS, mmap_mode="r", allow_pickle=False)
            return cls(
                pixels=pixels,
                labels=tuple(manifest["labels"]),
                targets=items["target"].to_numpy(dtype=np.int64),
                captions=texts_of(items, "caption"),
                ids=np.asarray(items["image_id"], dtype=np.str_),
                split=np.asarray(items["split"], dtype=np.str_),
                fingerprint=fingerprint_of(manifest),
                captions_zh=texts_of(items, "caption_zh"),
            )
        except (OSError, ValueError, KeyError, TypeError, DataError) as error:
            message = f"{root} holds no image tensors: {error!s:.300}; {REMEDY}"
            raise CorruptArtifactError(message) from error

    def take(self, split: Split) -> Self:
        """Take the items of one split; their labels keep their numbers.

        Raises:
            DataError: If it has none.
        """
        rows = np.flatnonzero(self.split == split)
        if not len(rows):
            found = ", ".join(sorted(set(self.split.tolist())))
            message = f"there are no images for {split}; the splits are {found}"
            raise DataError(message)
        consecutive = rows[-1] - rows[0] == len(rows) - 1
        chosen: Any = slice(rows[0], rows[-1] + 1) if consecutive else rows
        return type(self)(
            pixels=self.pixels[chosen],
            labels=self.labels,
            targets=self.targets[chosen],
            captions=_chosen(self.captions, rows),
            ids=self.ids[chosen],
            split=self.split[chosen],
            fingerprint=fingerprint_of(self.fingerprint, split),
            captions_zh=_chosen(self.captions_zh, rows),
        )


def write_image_tensors(
    folder: str | Path,
    images: Shards,
    splits: pd.DataFrame,
    config: ImageTensorsConfig,
) -> ImageTensors:
    """Write curated images as tensors, whole or not at all; one image in memory.

    Args:
        folder: Where to; replaced if it exists.
        images: Rows of :data:`taojin.core.media_records.IMAGE_SCHEMA`.
        splits: ``image_id`` and ``split`` of exactly these images.
        config: The form.

    Raises:
        CountMismatchError: If the splits are not of exactly these images.
        EmptyStageError: If there is no image.
    """
    known = ["label", "caption", "caption_zh"]
    items, places = items_in_order(images, splits, "image_id", known)
    labels, items["target"] = numbered(items, "label")
    form = config.form
    shape = (len(items), form.num_channels, form.height, form.width)
    with atomic_directory(folder) as root:
        pixels = open_memmap(root / PIXELS, mode="w+", dtype=np.uint8, shape=shape)
        contents = (
            content.as_py()
            for table in images.tables(["image"])
            for content in table["image"]
        )
        for place, content in zip(places, track(contents, "images"), strict=True):
            pixels[place] = fitted(open_pixels(content), config).transpose(2, 0, 1)
        pixels.flush()
        del pixels  # unmapped: the file is complete
        columns = ["image_id", "split", "target", "caption", "caption_zh"]
        items[columns].to_parquet(root / ITEMS, index=False)
        content = {
            "labels": labels,
            "config": config.model_dump(mode="json"),
            "resizing": RESIZING,
        }
        write_tensor_manifest(root, content, (PIXELS, ITEMS))
    return ImageTensors.open(folder)


def fitted(image: NDArray[np.uint8], config: ImageTensorsConfig) -> NDArray[np.uint8]:
    """Bring an image to the form.

    Args:
        image: ``[height, width, 1 or 3]``.
        config: The form, and how proportions are treated.

    Returns:
        ``[height, width, channels]`` of the form.
    """
    form = config.form
    height, width = image.shape[:2]
    ratios = (form.height / height, form.width / width)
    scale = max(ratios) if config.fit == "crop" else min(ratios)
    if scale > 1.0 and not config.enlarge:
        scale = 1.0
    elif config.fit == "stretch":
        return resized(image, form)
    inner = ImageForm(
        height=min(max(1, round(height * scale)), 4096),
        width=min(max(1, round(width * scale)), 4096),
        num_channels=form.num_channels,
    )
    return _placed(resized(image, inner), form, config.background)


def _placed(
    image: NDArray[np.uint8], form: ImageForm, background: int
) -> NDArray[np.uint8]:
    """Put the middle of an image into the middle of a canvas."""
    shape = (form.height, form.width, form.num_channels)
    canvas = np.full(shape, background, dtype=np.uint8)
    source, target = [], []
    for have, want in zip(image.shape[:2], shape[:2], strict=True):
        size = min(have, want)
        source.append(slice((have - size) // 2, (have - size) // 2 + size))
        target.append(slice((want - size) // 2, (want - size) // 2 + size))
    canvas[tuple(target)] = image[tuple(source)]
    return canvas


def _chosen(
    captions: tuple[str, ...] | None, rows: NDArray[np.int64]
) -> tuple[str, ...] | None:
    return None if captions is None else tuple(captions[row] for row in rows)
