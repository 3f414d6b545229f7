"""Pictures made of images: grids to look at, folders to judge."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from taojin.core.files import atomic_directory
from taojin.media.images import encode_pixels


def picture_grid(
    images: NDArray[np.uint8], num_columns: int, gap: int = 1
) -> NDArray[np.uint8]:
    """Lay images out side by side on white, row by row.

    Args:
        images: ``[images, height, width, 1 or 3]``, at least one.
        num_columns: Images in a row; the last row may be shorter.
        gap: Pixels between images.

    Returns:
        ``[height, width, 1 or 3]``.
    """
    number, height, width, channels = images.shape
    columns = min(num_columns, number)
    rows = -(-number // columns)
    down, across = height + gap, width + gap
    grid = np.full((rows * down - gap, columns * across - gap, channels), 255, np.uint8)
    for place, image in enumerate(images):
        top, left = (place // columns) * down, (place % columns) * across
        grid[top : top + height, left : left + width] = image
    return grid


def table_picture(table: NDArray[np.uint8], gap: int = 1) -> NDArray[np.uint8]:
    """Lay a table of images out as one picture; see :func:`picture_grid`.

    Args:
        table: ``[rows, columns, height, width, 1 or 3]``.
        gap: Pixels between images.
    """
    return picture_grid(table.reshape(-1, *table.shape[2:]), table.shape[1], gap)


def enlarged(picture: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Make every pixel a square of ``factor`` by ``factor``: small images stay sharp."""
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def write_image_set(
    folder: str | Path,
    images: Sequence[NDArray[np.uint8]] | NDArray[np.uint8],
    labels: Sequence[str] | None = None,
) -> None:
    """Write images as PNG files, whole or not at all; a subfolder a class.

    Args:
        folder: Where to; replaced if it exists.
        images: Each ``[height, width, 1 or 3]``.
        labels: Class of each; None puts all into the folder itself.
    """
    with atomic_directory(folder) as root:
        for number, image in enumerate(images):
            place = root if labels is None else root / labels[number]
            place.mkdir(exist_ok=True)
            (place / f"{number:06d}.png").write_bytes(encode_pixels(image))
