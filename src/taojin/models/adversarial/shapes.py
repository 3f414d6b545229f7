"""The numbers that a generator and a discriminator of images are built from."""

from typing import Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig

Backbone = Literal["residual", "dcgan", "plain"]

SMALLEST = 4
"""Rows and columns of the picture with which a generator starts."""
_WIDEST_RESOLUTION = 8
"""From here on the channels are halved whenever the picture doubles."""


class AdversarialShape(StageConfig):
    """The numbers that both networks are built from.

    Images are square, values in [-1, 1], ``[images, channels, rows, columns]``.
    """

    resolution: int = Field(ge=8, le=128)
    """Rows and columns of an image: 8, 16, 32, 64 or 128."""
    num_channels: int = Field(default=1, ge=1, le=3)
    """1 for grey, 3 for red, green and blue."""
    labels: tuple[str, ...] = ()
    """Names of the classes that images are made of on demand; empty for none."""
    backbone: Backbone = "residual"
    """``residual``: blocks without normalisation (Huang et al. 2024,
    arXiv:2501.05441); ``dcgan``: strided convolutions and batch norm (Radford et al.
    2016, arXiv:1511.06434); ``plain``: the same, with no norm in the discriminator,
    as gradient penalties need (Gulrajani et al. 2017, arXiv:1704.00028)."""
    width: int = Field(default=128, ge=8, le=2048)
    """Channels of the smallest pictures; the one dial of size."""
    num_blocks: int = Field(default=1, ge=1, le=8)
    """Residual blocks at each size of the picture."""
    patch_size: Literal[1, 2, 4] = 1
    """Pixels on a side of what the largest pictures hold in one place; 2 saves two
    thirds of the work, and the smallest of what can be drawn. Residual alone."""
    group_size: int = Field(default=16, ge=1, le=512)
    """Channels that a convolution of a residual block sees at once."""
    latent_size: int = Field(default=64, ge=1, le=4096)
    """Normal numbers that an image is made of."""

    @model_validator(mode="after")
    def _check_numbers(self) -> Self:
        if self.resolution & (self.resolution - 1):
            message = (
                f"resolution {self.resolution} must be a power of two from 8 to 128; "
                "pad or resize the images to one"
            )
            raise ValueError(message)
        odd = [size for size in self.widths if size % min(size, self.group_size)]
        if odd and self.backbone == "residual":
            message = (
                f"width {self.width} gives stages of {odd} channels, which group_size "
                f"{self.group_size} does not divide; choose width and group_size as "
                "powers of two"
            )
            raise ValueError(message)
        if self.patch_size > 1 and (
            self.backbone != "residual" or self.resolution < SMALLEST * self.patch_size
        ):
            message = (
                f"patch_size {self.patch_size} does not go with backbone "
                f"{self.backbone} and resolution {self.resolution}; set it to 1"
            )
            raise ValueError(message)
        if len(self.labels) == 1 or len(set(self.labels)) < len(self.labels):
            message = (
                f"labels are {list(self.labels)[:5]}; name two or more different "
                "classes, or none"
            )
            raise ValueError(message)
        return self

    @property
    def resolutions(self) -> tuple[int, ...]:
        """Sizes of the pictures in the network, from the smallest to the largest."""
        powers = range(
            SMALLEST.bit_length() - 1, (self.resolution // self.patch_size).bit_length()
        )
        return tuple(1 << power for power in powers)

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels at each of the resolutions."""
        least = min(self.width, max(8, self.width // 8))
        return tuple(
            max(least, min(self.width, self.width * _WIDEST_RESOLUTION // resolution))
            for resolution in self.resolutions
        )
