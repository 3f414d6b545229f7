"""Handwritten digits that scikit-learn brings along: 1,797 of 8 by 8 pixels."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from taojin.core.media_records import MediaSource
from taojin.ingestion.candidates import Item
from taojin.ingestion.media.config import (
    DIGIT_NAMES,
    DIGIT_NAMES_ZH,
    MediaIngestionConfig,
)
from taojin.ingestion.media.manifests import MediaFile
from taojin.ingestion.media.rows import image_row

_FULL = 16
"""Ink of a pixel, at most."""


def digits_item() -> Item:
    """The digits as one thing to read."""
    identity = f"scikit-learn {version('scikit-learn')}"
    return Item("digits", "digits", None, identity)


def read_digits(
    file: MediaFile, source: MediaSource, config: MediaIngestionConfig
) -> Iterator[dict[str, Any]]:
    """Read them as rows without a licence: white ink on black, as in MNIST.

    They are the test set of E. Alpaydin's and C. Kaynak's Optical Recognition of
    Handwritten Digits (UCI, 1998), by 13 writers.
    """
    del file, config
    data: Any = load_digits()
    for number, (ink, digit) in enumerate(zip(data.images, data.target, strict=True)):
        pixels = np.rint(ink * (255.0 / _FULL)).astype(np.uint8)[..., None]
        known = {
            "label": str(digit),
            "caption": f"a handwritten {DIGIT_NAMES[digit]}",
            "caption_zh": f"手写的数字{DIGIT_NAMES_ZH[digit]}",
        }
        uri = f"digits#{number}"
        yield image_row(pixels, pixels.tobytes(), source.name, uri, known)
