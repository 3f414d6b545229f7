"""The numbers that an autoencoder is built from."""

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig

LikelihoodName = Literal["bernoulli", "gaussian", "logistic_mixture"]


class LikelihoodConfig(StageConfig):
    """What a decoder says of the pixels of an image; see ``likelihoods``."""

    name: LikelihoodName = "bernoulli"
    """``bernoulli``: pixels that are black or white; ``gaussian``: a density over
    [0, 1]; ``logistic_mixture``: probabilities of the 256 levels of a byte."""
    scale: Literal["fixed", "shared", "pixel"] = "shared"
    """Of a Gaussian: a setting, one number that is learnt, or given by the decoder
    for every pixel."""
    fixed_scale: float = Field(default=0.1, gt=0.0, le=10.0)
    """Standard deviation, pixels being in [0, 1]; where a scale is learnt, the first
    one."""
    min_scale: float = Field(default=0.01, gt=0.0, le=1.0)
    """Least standard deviation that can be learnt: without one, the density of an
    image that is met exactly has no bound."""
    num_mixtures: int = Field(default=5, ge=1, le=32)
    """Logistic distributions a pixel and channel."""

    @model_validator(mode="after")
    def _check_scales(self) -> Self:
        if self.scale != "fixed" and self.fixed_scale <= self.min_scale:
            message = (
                f"fixed_scale {self.fixed_scale}, from which a scale is learnt, must be "
                f"more than min_scale {self.min_scale}"
            )
            raise ValueError(message)
        return self


class AutoencoderShape(StageConfig):
    """The numbers that an autoencoder is built from."""

    num_channels: int = Field(default=1, ge=1, le=4)
    """Of the images."""
    height: int = Field(ge=4, le=1024)
    """Of the images; other sizes are refused."""
    width: int = Field(ge=4, le=1024)
    """Of the images."""
    network: Literal["convolutional", "linear"] = "convolutional"
    """Residual blocks of convolutions, or linear layers alone."""
    variational: bool = True
    """Whether the encoder gives a distribution of latents, or one latent alone."""
    latent_size: int = Field(default=50, ge=1, le=4096)
    """Dimensions of the latent."""
    widths: tuple[int, ...] = Field(default=(16, 32, 32), min_length=1, max_length=7)
    """Channels of each level of a convolutional network; each level halves the
    picture."""
    num_blocks: int = Field(default=1, ge=0, le=16)
    """Residual blocks a level."""
    norm: Literal["none", "group"] = "none"
    """Of the blocks; nothing here is normalised over a batch."""
    hidden_sizes: tuple[int, ...] = Field(default=(), max_length=8)
    """Linear layers between the levels, or the pixels, and the latent. A linear network
    without any, with a Gaussian, is probabilistic principal component analysis."""
    activation: Literal["silu", "elu", "relu", "tanh"] = "silu"
    """Between layers."""
    likelihood: LikelihoodConfig = LikelihoodConfig()
    """What the decoder's outputs mean."""

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        num_halvings = len(self.widths)
        if self.network == "convolutional" and min(self.height, self.width) <= 2 ** (
            num_halvings - 1
        ):
            message = (
                f"widths has {num_halvings} levels, each of which halves a picture of "
                f"{self.height} x {self.width}; give fewer levels or larger pictures"
            )
            raise ValueError(message)
        return self

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        return self.num_channels, self.height, self.width

    @property
    def image_size(self) -> int:
        """Numbers of an image: over so many a likelihood is summed."""
        return math.prod(self.image_shape)

    def sizes(self) -> list[tuple[int, int]]:
        """Height and width before the first level, and after each; halves go up."""
        sizes = [(self.height, self.width)]
        for _ in self.widths:
            height, width = sizes[-1]
            sizes.append((-(-height // 2), -(-width // 2)))
        return sizes
