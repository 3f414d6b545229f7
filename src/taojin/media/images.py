"""Image files as arrays of one form."""

import functools
import importlib
import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.media.config import FileLimits
from taojin.media.decoded import Decoded, RejectedItemError, opened, require_size

IMAGE_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
    *(".ppm", ".pgm"),
)

_GREY = {"1", "L", "LA", "La", "I;16", "I;16B", "I;16L", "I;16N"}
_COLOUR = {"P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"}
_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    struct.error,
    zlib.error,
    MemoryError,
)
"""What Pillow raises at damaged files."""

_COMPRESSION = 3
"""Of 9; more costs several times the time for a few percent of the size."""


def decode_image(
    source: Path | bytes, config: FileLimits
) -> Decoded[NDArray[np.uint8]]:
    """Read an image, a file or its content, as ``uint8 [height, width, 1 or 3]``, one channel if it is grey.

    16 bits a channel become 8 by rounding; CMYK, palettes and other colour spaces
    become RGB; what is transparent lies on white; of an animation the first picture
    is taken; a photograph is turned as its camera noted.

    Raises:
        RejectedItemError: If it is damaged, too large, or of numbers without a scale.
        ConfigurationError: If the extra ``image`` is not installed.
    """
    require_size(source, config)
    library = pillow()
    try:
        with warnings.catch_warnings():
            # Sizes are limited below, by our own setting.
            warnings.simplefilter("ignore", library.DecompressionBombWarning)
            with library.open(opened(source)) as image:
                return _converted(image, config.max_pixels)
    except library.DecompressionBombError as error:
        raise RejectedItemError("too_large", str(error)) from error
    except library.UnidentifiedImageError as error:
        # Its own words name an object in memory, unlike in every run.
        raise RejectedItemError("unreadable", "it is of no known format") from error
    except _FAULTS as error:
        reason = "truncated" if "truncated" in str(error).lower() else "unreadable"
        raise RejectedItemError(reason, f"{type(error).__name__}: {error}") from error


def encode_pixels(pixels: NDArray[np.uint8]) -> bytes:
    """Write ``uint8 [height, width, 1 or 3]`` as PNG, without loss.

    Raises:
        ConfigurationError: If the extra ``image`` is not installed.
    """
    picture = pillow().fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    stream = io.BytesIO()
    picture.save(stream, format="PNG", compress_level=_COMPRESSION)
    return stream.getvalue()


def open_pixels(content: bytes) -> NDArray[np.uint8]:
    """Read back what :func:`encode_pixels` wrote.

    Raises:
        CorruptArtifactError: If it is no such PNG.
        ConfigurationError: If the extra ``image`` is not installed.
    """
    try:
        with pillow().open(io.BytesIO(content), formats=("PNG",)) as picture:
            mode = picture.mode
            pixels = np.array(picture, dtype=np.uint8)
    except _FAULTS as error:
        message = (
            f"a record's image cannot be read ({error!s:.200}); delete the table and "
            "run the stage that writes it again"
        )
        raise CorruptArtifactError(message) from error
    if mode not in {"L", "RGB"}:
        message = f"a record's image has mode {mode}; L or RGB is needed"
        raise CorruptArtifactError(message)
    return pixels.reshape(*pixels.shape[:2], -1)


@functools.cache
def pillow() -> Any:
    """Pillow's module ``Image``.

    Raises:
        ConfigurationError: If it is not installed; names the extra.
    """
    try:
        return importlib.import_module("PIL.Image")
    except ImportError as error:
        message = (
            f"images need a package that is not installed ({error}); install it: "
            "pip install 'taojin[image]'"
        )
        raise ConfigurationError(message) from error


def _converted(image: Any, max_pixels: int) -> Decoded[NDArray[np.uint8]]:
    width, height = image.size
    if width * height > max_pixels:
        raise RejectedItemError("too_large", f"{width} x {height} pixels")
    mode = image.mode
    if mode not in _GREY | _COLOUR:
        detail = f"mode {mode}: its numbers have no known range"
        raise RejectedItemError("unknown_range", detail)
    notes = ["first_frame"] if getattr(image, "is_animated", False) else []
    image.load()
    turned = importlib.import_module("PIL.ImageOps").exif_transpose(image)
    if turned.size != image.size or image.getexif().get(_ORIENTATION, 1) > 1:
        notes.append("turned")
    if mode.startswith("I;16"):
        wide = np.asarray(turned, dtype=np.float64)
        return Decoded(_rounded(wide / 257.0)[..., None], (*notes, "16_bit"))
    transparent = mode in {"LA", "La", "PA", "RGBA", "RGBa"} or (
        "transparency" in image.info
    )
    if transparent:
        notes.append("on_white")
        turned = _on_white(turned)
    if mode not in {"L", "LA", "La", "RGB", "RGBA", "RGBa", "RGBX"}:
        notes.append("colour_space")
    wanted = "L" if mode in _GREY else "RGB"
    pixels = np.array(turned.convert(wanted), dtype=np.uint8)
    return Decoded(pixels.reshape(*pixels.shape[:2], -1), tuple(notes))


def _on_white(image: Any) -> Any:
    layered = image.convert("RGBA")
    white = pillow().new("RGBA", layered.size, (255, 255, 255, 255))
    return pillow().alpha_composite(white, layered).convert("RGB")


def _rounded(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


_ORIENTATION = 0x0112
"""Tag of Exif."""
