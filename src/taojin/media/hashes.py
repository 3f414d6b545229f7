"""Perceptual hashes: 64 bits that survive what leaves a picture the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from taojin.core.errors import DataError
from taojin.core.fingerprints import fingerprint_of
from taojin.core.progress import track
from taojin.media.images import pillow

HashKind = Literal["difference", "frequency"]

_SIDE = 8
_FREQUENCY_SIDE = 32


@dataclass(frozen=True)
class HashTable:
    """Hashes of a set of items.

    Attributes:
        values: ``uint64 [items]``.
        extractor: Fingerprint of how they were computed.

    Raises:
        DataError: If there is no item.
    """

    values: NDArray[np.uint64]
    extractor: str

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or not len(self.values):
            message = (
                f"hashes have shape {self.values.shape}; [items] with at least one is "
                "needed"
            )
            raise DataError(message)

    def __len__(self) -> int:
        return len(self.values)


def hash_images(
    images: Iterable[NDArray[np.uint8]], kind: HashKind = "frequency"
) -> HashTable:
    """Hash images, each ``[height, width, 1 or 3]``.

    The hashes are those of N. Krawetz (hackerfactor.com, 2011 and 2013), bit for bit
    as the library ImageHash computes them as ``dhash`` and ``phash``: on grey, with
    the Lanczos filter. An image of one colour has a hash without information, equal
    to that of any other such image.

    Raises:
        ConfigurationError: If the extra ``image`` is not installed.
    """
    library = pillow()
    pictures = (
        library.fromarray(image[..., 0] if image.shape[2] == 1 else image).convert("L")
        for image in track(images, "hashing")
    )
    return hash_pictures(pictures, kind, fingerprint_of("image hash", kind))


def hash_pictures(
    pictures: Iterable[Any], kind: HashKind, fingerprint: str
) -> HashTable:
    """Hash pictures of Pillow, all grey; see :func:`hash_images`."""
    bits_of = _difference_bits if kind == "difference" else _frequency_bits
    rows = [bits_of(picture).ravel() for picture in pictures]
    packed = np.packbits(np.array(rows, dtype=bool).reshape(-1, 64), axis=1)
    values = packed.view(">u8").astype(np.uint64).ravel()
    return HashTable(values, fingerprint)


def _difference_bits(picture: Any) -> NDArray[np.bool_]:
    pixels = _shrunk(picture, _SIDE + 1, _SIDE)
    return pixels[:, 1:] > pixels[:, :-1]


def _frequency_bits(picture: Any) -> NDArray[np.bool_]:
    pixels = _shrunk(picture, _FREQUENCY_SIDE, _FREQUENCY_SIDE).astype(np.float64)
    low = np.asarray(dct(dct(pixels, axis=0), axis=1))[:_SIDE, :_SIDE]
    return low > np.median(low)


def _shrunk(picture: Any, width: int, height: int) -> NDArray[np.uint8]:
    lanczos = pillow().Resampling.LANCZOS
    return np.asarray(picture.resize((width, height), lanczos))
