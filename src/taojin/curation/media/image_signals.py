"""Measure images: one row of numbers each, once."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.fingerprints import fingerprint_of, hash_bytes
from taojin.core.shards import Shards
from taojin.engines import EngineConfig, RowWise, map_partitions
from taojin.media.hashes import hash_pictures
from taojin.media.images import open_pixels, pillow

SIGNALS_VERSION = 1
"""Raised when a measurement changes, so that finished parts are measured anew."""

THUMBNAIL_SIDE = 16
THUMBNAIL_SIZE = 3 * THUMBNAIL_SIDE**2

IMAGE_SIGNALS = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("licence", pa.string()),
        pa.field("num_bytes", pa.int64(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("num_channels", pa.int32(), nullable=False),
        *(
            pa.field(name, pa.float64(), nullable=False)
            for name in (
                *("aspect_ratio", "value_range", "brightness", "contrast"),
                *("dark_share", "bright_share", "sharpness", "colourfulness"),
                "entropy",
            )
        ),
        pa.field("content_hash", pa.string(), nullable=False),
        pa.field("perceptual_hash", pa.uint64(), nullable=False),
        pa.field("thumbnail", pa.binary(THUMBNAIL_SIZE), nullable=False),
    ]
)
"""An image's measurements; see :class:`taojin.curation.media.config.ImageRules`.

* ``num_bytes``: of its PNG.
* ``content_hash``: of size, channels and pixels.
* ``perceptual_hash``: see :func:`taojin.media.hashes.hash_images`, by frequency.
* ``thumbnail``: 16 by 16 pixels in red, green and blue.
"""

_COLUMNS = ("image_id", "image", "source", "licence")

_DARK, _BRIGHT = 2, 253
_SHARPNESS_SIDE = 256
"""Larger images are shrunk to this before their sharpness is measured."""


def measure_images(images: Shards, output: Path, engine: EngineConfig) -> Shards:
    """Measure all images, part by part: rows of :data:`IMAGE_SIGNALS`, in order.

    Raises:
        ConfigurationError: If the extra ``image`` is not installed.
    """
    pillow()
    return map_partitions(
        RowWise(measure_part),
        [images],
        output,
        engine=engine,
        fingerprint=fingerprint_of("image signals", SIGNALS_VERSION),
        label="Measuring images",
        columns=[_COLUMNS],
    )


def measure_part(images: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    """Measure the images of one part."""
    rows: list[dict[str, Any]] = []
    num_bytes = 0
    for content in images["image"]:
        encoded = content.as_py()
        num_bytes += len(encoded)
        row = measure_image(open_pixels(encoded))
        rows.append({**row, "num_bytes": len(encoded)})
    measured = pa.Table.from_pylist(
        rows,
        schema=pa.schema(
            [
                field
                for field in IMAGE_SIGNALS
                if field.name not in {"image_id", "source", "licence"}
            ]
        ),
    )
    for name in ("image_id", "source", "licence"):
        measured = measured.append_column(name, images[name])
    table = measured.select(IMAGE_SIGNALS.names).cast(IMAGE_SIGNALS)
    return table, {"num_images": table.num_rows, "num_bytes": num_bytes}


def measure_image(pixels: NDArray[np.uint8]) -> dict[str, Any]:
    """Measure one image, ``[height, width, 1 or 3]``."""
    height, width, num_channels = pixels.shape
    library = pillow()
    picture = library.fromarray(pixels[..., 0] if num_channels == 1 else pixels)
    grey = picture.convert("L")
    values = np.asarray(grey)
    counts = np.bincount(values.ravel(), minlength=256)
    shares = counts / counts.sum()
    levels = np.arange(256)
    mean = float(shares @ levels)
    extremes = pixels.reshape(-1, num_channels)
    ranges = extremes.max(axis=0).astype(int) - extremes.min(axis=0)
    some = shares[shares > 0]
    small = picture.convert("RGB").resize(
        (THUMBNAIL_SIDE, THUMBNAIL_SIDE), library.Resampling.BOX
    )
    return {
        "width": width,
        "height": height,
        "num_channels": num_channels,
        "aspect_ratio": max(width, height) / min(width, height),
        "value_range": float(ranges.max()),
        "brightness": mean,
        "contrast": float(np.sqrt(max(0.0, shares @ (levels - mean) ** 2))),
        "dark_share": float(shares[: _DARK + 1].sum()),
        "bright_share": float(shares[_BRIGHT:].sum()),
        "sharpness": _sharpness(grey),
        "colourfulness": _colourfulness(pixels),
        "entropy": max(0.0, float(-(some @ np.log2(some)))),
        "content_hash": content_hash(pixels),
        "perceptual_hash": int(hash_pictures([grey], "frequency", "").values[0]),
        "thumbnail": small.tobytes(),
    }


def content_hash(pixels: NDArray[np.uint8]) -> str:
    """Hash an image by its pixels, whatever its file was."""
    head = "x".join(str(size) for size in pixels.shape).encode()
    return hash_bytes(head + b"\0" + pixels.tobytes())


def _sharpness(grey: Any) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al. 2000), of values of 0 to 1.

    Large images are shrunk first, so that it does not depend on their resolution.
    """
    longer = max(grey.size)
    if longer > _SHARPNESS_SIDE:
        scale = _SHARPNESS_SIDE / longer
        size = tuple(max(1, round(side * scale)) for side in grey.size)
        grey = grey.resize(size, pillow().Resampling.BOX)
    values = np.asarray(grey, dtype=np.float64) / 255.0
    if min(values.shape) < 3:
        return 0.0
    inner = values[1:-1, 1:-1]
    around = values[:-2, 1:-1] + values[2:, 1:-1]
    around = around + values[1:-1, :-2] + values[1:-1, 2:]
    return float((around - 4.0 * inner).var())


def _colourfulness(pixels: NDArray[np.uint8]) -> float:
    """Measure M3 of Hasler and Süsstrunk (2003)."""
    if pixels.shape[2] == 1:
        return 0.0
    red, green, blue = pixels.reshape(-1, 3).T.astype(np.float32)
    red_green = red - green
    yellow_blue = 0.5 * (red + green) - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    centre = np.hypot(red_green.mean(), yellow_blue.mean())
    return float(spread + 0.3 * centre)
