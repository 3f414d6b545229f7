"""How sets of items are read."""

from typing import Literal

from pydantic import Field

from taojin.core.config import StageConfig

Modality = Literal["text", "image", "audio"]


class ItemsConfig(StageConfig):
    """How a set of items is read."""

    modality: Modality | None = None
    """What the items are; null tells it by the names of the files, which must then
    all be of one kind."""
    text_field: str = "text"
    """Column of a table, or key of a JSON object, that holds the text."""
    id_field: str | None = None
    """Column or key that names the item; null names it by its file and place."""
    max_items: int | None = Field(default=None, ge=1)
    """A random sample of so many sound items; null takes all."""
    max_pixels: int = Field(default=40_000_000, ge=1, le=1_000_000_000)
    """Larger images are rejected unread; bounds the memory (3 bytes a pixel)."""
    sample_rate: int = Field(default=16_000, ge=1000, le=192_000)
    """Hertz; recordings of another rate are resampled."""
    max_seconds: float = Field(default=600.0, gt=0.0, le=86_400.0)
    """Longer recordings are rejected."""
    max_file_megabytes: float = Field(default=256.0, gt=0.0)
    """Larger files of an image or a recording are rejected unread."""
    seed: int = Field(default=0, ge=0)
    """Of the sample."""
