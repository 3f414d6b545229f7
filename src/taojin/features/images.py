"""Images of one size: the one way in which they are resized."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.media.images import pillow

RESIZING = "Pillow, bicubic, antialiased, uint8"
"""Part of every fingerprint: features depend on it more than on many a network
(Parmar, Zhang and Zhu 2022, arXiv:2104.11222)."""


class ImageForm(StageConfig):
    """What images are brought to before anything is computed of them."""

    height: int = Field(ge=1, le=4096)
    """Pixels."""
    width: int = Field(ge=1, le=4096)
    """Pixels; the proportions of an image are not kept."""
    num_channels: int = Field(default=3, ge=1, le=3)
    """3 for red, green and blue, 1 for grey."""


def resized(image: NDArray[np.uint8], form: ImageForm) -> NDArray[np.uint8]:
    """Bring an image to a form; see :data:`RESIZING`.

    Colours become grey by their luma (ITU-R BT.601), grey becomes three equal
    channels.

    Args:
        image: ``[height, width, 1 or 3]``.
        form: Size and channels.

    Returns:
        ``[height, width, channels]`` of the form; the image itself where it fits.

    Raises:
        ConfigurationError: If the extra ``image`` is needed and not installed.
    """
    wanted = (form.height, form.width, form.num_channels)
    if image.shape == wanted:
        return image
    library = pillow()
    picture = library.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    picture = picture.convert("L" if form.num_channels == 1 else "RGB")
    if image.shape[:2] != wanted[:2]:
        bicubic = library.Resampling.BICUBIC
        picture = picture.resize((form.width, form.height), bicubic)
    return np.asarray(picture, dtype=np.uint8).reshape(wanted)


def image_planes(
    images: Iterable[NDArray[np.uint8]], form: ImageForm
) -> NDArray[np.float32]:
    """Images as a network takes them: ``[images, channels, height, width]``, 0 to 1."""
    planes = [resized(image, form).transpose(2, 0, 1) for image in images]
    return np.asarray(planes, dtype=np.float32) / np.float32(255.0)
