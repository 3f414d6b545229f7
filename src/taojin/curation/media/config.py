"""Which images and recordings stay: bounds on what was measured of them."""

from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig


class Bounds(StageConfig):
    """Keep an item only if a signal lies within, both ends inclusive; null is off."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _leave_room(self) -> Self:
        low, high = self.at_least, self.at_most
        if low is not None and high is not None and low > high:
            message = f"bounds keep nothing: {low} is above {high}"
            raise ValueError(message)
        return self


class MediaRules(StageConfig):
    """Bounds by signal, applied in the order of the fields."""

    def bounds(self) -> Iterator[tuple[str, Bounds]]:
        """Each rule that is on: the signal, which is its name, and its bounds."""
        for name in type(self).model_fields:
            found = getattr(self, name)
            if found.at_least is not None or found.at_most is not None:
                yield name, found


class ImageRules(MediaRules):
    """Which images stay; a rule is named after its signal."""

    width: Bounds = Bounds(at_least=4)
    """Pixels."""
    height: Bounds = Bounds(at_least=4)
    """Pixels."""
    aspect_ratio: Bounds = Bounds(at_most=8)
    """The longer side over the shorter."""
    num_channels: Bounds = Bounds()
    """1 for grey, 3 for colour."""
    value_range: Bounds = Bounds(at_least=1)
    """Largest difference of two values of one channel; 0 is an image of one colour."""
    brightness: Bounds = Bounds()
    """Mean of the grey values, 0 to 255."""
    contrast: Bounds = Bounds()
    """Standard deviation of the grey values."""
    dark_share: Bounds = Bounds()
    """Share of pixels that are black, or all but."""
    bright_share: Bounds = Bounds()
    """Share of pixels that are white, or all but."""
    sharpness: Bounds = Bounds()
    """Variance of the Laplacian on a normalised size; low where all is blurred."""
    colourfulness: Bounds = Bounds()
    """0 for grey, above 80 for garish colours."""
    entropy: Bounds = Bounds()
    """Bits of the histogram of grey values, 0 to 8."""


class ClipRules(MediaRules):
    """Which recordings stay; a rule is named after its signal."""

    seconds: Bounds = Bounds(at_least=0.05)
    """Length."""
    sample_rate: Bounds = Bounds(at_least=4000)
    """Hertz."""
    num_channels: Bounds = Bounds()
    """Of the file."""
    peak: Bounds = Bounds(at_least=0.001)
    """Largest value, of 1; a peak of 0.001 is silence."""
    rms_db: Bounds = Bounds(at_least=-60)
    """Root mean square, in decibels of full scale."""
    clipped_share: Bounds = Bounds(at_most=0.01)
    """Share of samples at full scale, three or more in a row."""
    silent_share: Bounds = Bounds(at_most=0.95)
    """Share of frames of 20 ms that are silent."""
    bandwidth: Bounds = Bounds()
    """Hertz below which 99 % of the energy lie."""
    dc_offset: Bounds = Bounds(at_most=0.1)
    """Magnitude of the mean."""


class CopiesConfig(StageConfig):
    """Which items are copies of others; of those the best one stays."""

    exact: bool = True
    """Drop items whose pixels or samples are those of another, whatever the file."""
    near: bool = True
    """Drop images that look like another; recordings have no such rule."""
    radius: int = Field(default=6, ge=0, le=8)
    """Bits of 64 by which perceptual hashes of near copies may differ."""
    max_distance: float = Field(default=8.0, ge=0.0, le=255.0)
    """Root mean square difference of the shrunk pictures, of 255, that near copies
    may have: the hash alone takes different small drawings for the same."""


class ImageCurationConfig(StageConfig):
    """Everything that the curation of images can be told."""

    rules: ImageRules = ImageRules()
    copies: CopiesConfig = CopiesConfig()


class ClipCurationConfig(StageConfig):
    """Everything that the curation of recordings can be told."""

    rules: ClipRules = ClipRules()
    copies: CopiesConfig = CopiesConfig(near=False)
