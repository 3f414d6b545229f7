"""Images as other cameras, networks and hands give them.

Items are arrays of uint8, height by width or height by width by channels.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from taojin.core.errors import ConfigurationError, DataError
from taojin.evaluation.shifts.contracts import (
    Shifts,
    item_generator,
    require_strength,
)

Image = NDArray[np.uint8]
_MAX_BLUR = 0.08
"""Standard deviation of the strongest blur, as a share of the shorter side."""
_MAX_NOISE = 64.0
_MAX_BRIGHTNESS = 96.0
_MAX_DEGREES = 45.0
_BEST_QUALITY, _WORST_QUALITY = 95, 5
_MAX_DIMENSIONS = 3


def blur(images: Sequence[Image], strength: float, seed: int) -> list[Image]:
    """Blur by a Gaussian of up to 8 % of the shorter side."""

    def change(image: Image, random: np.random.Generator) -> NDArray[Any]:  # noqa: ARG001
        width = strength * _MAX_BLUR * min(image.shape[:2])
        widths = (width, width, 0.0)[: image.ndim]
        return ndimage.gaussian_filter(image.astype(np.float64), widths)

    return _changed("blur", change, (images, strength, seed))


def noise(images: Sequence[Image], strength: float, seed: int) -> list[Image]:
    """Add Gaussian noise with a standard deviation of up to 64 of 255."""

    def change(image: Image, random: np.random.Generator) -> NDArray[Any]:
        return image + strength * _MAX_NOISE * random.standard_normal(image.shape)

    return _changed("noise", change, (images, strength, seed))


def brightness(images: Sequence[Image], strength: float, seed: int) -> list[Image]:
    """Make brighter or darker by up to 96 of 255; which, is drawn an image."""

    def change(image: Image, random: np.random.Generator) -> NDArray[Any]:
        sign = 1.0 if random.random() < 0.5 else -1.0
        return image + sign * strength * _MAX_BRIGHTNESS

    return _changed("brightness", change, (images, strength, seed))


def rotation(images: Sequence[Image], strength: float, seed: int) -> list[Image]:
    """Turn by up to 45 degrees either way; borders repeat the edge."""

    def change(image: Image, random: np.random.Generator) -> NDArray[Any]:
        sign = 1.0 if random.random() < 0.5 else -1.0
        return ndimage.rotate(
            image.astype(np.float64),
            sign * strength * _MAX_DEGREES,
            reshape=False,
            order=1,
            mode="nearest",
        )

    return _changed("rotation", change, (images, strength, seed))


def compression(images: Sequence[Image], strength: float, seed: int) -> list[Image]:
    """Store as JPEG and read again, at a quality of 95 down to 5.

    Raises:
        ConfigurationError: If Pillow is not installed.
    """
    try:
        import PIL.Image
    except ImportError as error:
        message = (
            "shifts: compression needs Pillow; install it with pip install "
            "'taojin[image]', or leave the shift out"
        )
        raise ConfigurationError(message) from error
    quality = round(_BEST_QUALITY - strength * (_BEST_QUALITY - _WORST_QUALITY))

    def change(image: Image, random: np.random.Generator) -> NDArray[Any]:  # noqa: ARG001
        squeezed = image[..., 0] if image.shape[2:] == (1,) else image
        stored = io.BytesIO()
        PIL.Image.fromarray(squeezed).save(stored, "JPEG", quality=quality)
        return np.asarray(PIL.Image.open(stored)).reshape(image.shape)

    return _changed("compression", change, (images, strength, seed))


IMAGE_SHIFTS: Shifts[Image] = {
    "blur": blur,
    "noise": noise,
    "brightness": brightness,
    "rotation": rotation,
    "compression": compression,
}
"""All shifts of images; ``compression`` needs the extra ``images``."""


def _changed(
    name: str,
    change: Callable[[Image, np.random.Generator], NDArray[Any]],
    shifted: tuple[Sequence[Image], float, int],
) -> list[Image]:
    images, strength, seed = shifted
    require_strength(strength)
    for number, image in enumerate(images):
        if image.dtype != np.uint8 or image.ndim not in (2, _MAX_DIMENSIONS):
            message = (
                f"shifts: image {number} is {image.dtype} of shape {image.shape}; "
                "needed is uint8, height by width or height by width by channels"
            )
            raise DataError(message)
    if strength == 0.0:
        return [image.copy() for image in images]
    changed = [change(image, item_generator(seed, name, image)) for image in images]
    return [np.clip(np.rint(image), 0, 255).astype(np.uint8) for image in changed]
