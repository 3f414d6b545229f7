"""What counts as a copy."""

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.media.hashes import HashKind


class CopyConfig(StageConfig):
    """Copies by the distance of features."""

    max_ratio: float = Field(default=0.5, gt=0.0, lt=1.0)
    """A generated item is taken for a copy if the nearest training item is at most
    this share as far as the nearest held-out one."""
    max_pairs: int = Field(default=100, ge=0)
    """Suspected copies that are listed, nearest first."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)
    """Nominal coverage of intervals."""


class HashConfig(StageConfig):
    """Copies by perceptual hashes."""

    kind: HashKind = "frequency"
    """``difference``: which of neighbouring pixels is brighter; ``frequency``: which
    low frequencies are above their median. Both keep what resizing and compression
    leave alone."""
    max_bits: int = Field(default=6, ge=0, le=32)
    """Of 64, that may differ between near duplicates."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)
    """Nominal coverage of intervals."""
    seed: int = Field(default=0, ge=0)
    """Of the cut to equal numbers."""
