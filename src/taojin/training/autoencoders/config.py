"""Settings of the training of an autoencoder of images."""

from typing import Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.models.autoencoders.shape import AutoencoderShape, LikelihoodConfig
from taojin.training.config import TrainingConfig
from taojin.training.objectives.autoencoding import AutoencodingConfig

Binarisation = Literal["none", "static", "stochastic"]


class AutoencoderNetworkConfig(StageConfig):
    """The network; the images say the rest. See ``AutoencoderShape``."""

    network: Literal["convolutional", "linear"] = "convolutional"
    """Residual blocks of convolutions, or linear layers alone."""
    latent_size: int = Field(default=50, ge=1, le=4096)
    """Dimensions of the latent."""
    widths: tuple[int, ...] = Field(default=(16, 32, 32), min_length=1, max_length=7)
    """Channels of each level of a convolutional network."""
    num_blocks: int = Field(default=1, ge=0, le=16)
    """Residual blocks a level."""
    norm: Literal["none", "group"] = "none"
    """Of the blocks."""
    hidden_sizes: tuple[int, ...] = Field(default=(), max_length=8)
    """Linear layers between the levels, or the pixels, and the latent. On MNIST a
    convolutional network learns faster without; a linear one needs some."""
    activation: Literal["silu", "elu", "relu", "tanh"] = "silu"
    """Between layers."""
    likelihood: LikelihoodConfig = LikelihoodConfig()
    """What the decoder says of pixels."""

    def shape(
        self, num_channels: int, height: int, width: int, *, variational: bool = True
    ) -> AutoencoderShape:
        """The shape for images of this size."""
        return AutoencoderShape(
            num_channels=num_channels,
            height=height,
            width=width,
            variational=variational,
            **dict(self),
        )


class AutoencoderConfig(StageConfig):
    """How an autoencoder of images comes about."""

    network: AutoencoderNetworkConfig = AutoencoderNetworkConfig()
    """What is trained."""
    objective: AutoencodingConfig = AutoencodingConfig()
    """What it is trained for."""
    binarisation: Binarisation = "none"
    """``static``: pixels are drawn black or white once; ``stochastic``: anew for every
    batch, the validation images once; ``none``: as they are."""
    training: TrainingConfig
    """All weights are AdamW's, at ``head_learning_rate``: Muon takes none here."""

    @model_validator(mode="after")
    def _check_binarisation(self) -> Self:
        likelihood = self.network.likelihood.name
        if self.binarisation != "none" and likelihood != "bernoulli":
            message = (
                f"binarisation is {self.binarisation} and network.likelihood.name is "
                f"{likelihood}; pixels that are black or white are Bernoulli's: set "
                "binarisation to none, or the likelihood to bernoulli"
            )
            raise ValueError(message)
        return self
