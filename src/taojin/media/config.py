"""How files of images and recordings are decoded."""

from pydantic import Field

from taojin.core.config import StageConfig


class FileLimits(StageConfig):
    """What a file of an image or a recording may hold."""

    max_pixels: int = Field(default=40_000_000, ge=1, le=1_000_000_000)
    """Larger images are rejected unread; bounds the memory (3 bytes a pixel)."""
    max_seconds: float = Field(default=600.0, gt=0.0, le=86_400.0)
    """Longer recordings are rejected."""
    max_file_megabytes: float = Field(default=256.0, gt=0.0)
    """Larger files of an image or a recording are rejected unread."""


class DecodingConfig(FileLimits):
    """What a decoded file may be, and what it is brought to."""

    sample_rate: int = Field(default=16_000, ge=1000, le=192_000)
    """Hertz; recordings of another rate are resampled."""
