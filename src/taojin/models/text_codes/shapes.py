"""The numbers that networks of sentence codes are built from."""

from pydantic import Field

from taojin.core.config import StageConfig


class TextCodeShape(StageConfig):
    """An autoencoder of sentences."""

    vocab_size: int = Field(ge=3)
    """Tokens of the vocabulary."""
    code_size: int = Field(default=128, ge=2, le=4096)
    """Numbers of a code."""
    embedding_size: int = Field(default=128, ge=2, le=4096)
    """Numbers of a word."""
    width: int = Field(default=192, ge=2, le=4096)
    """Of the recurrent networks."""


class PerceptronShape(StageConfig):
    """Generator and discriminator of codes: three layers each, as in textbooks."""

    code_size: int = Field(default=128, ge=2, le=4096)
    """Numbers of a code."""
    latent_size: int = Field(default=64, ge=1, le=4096)
    """Normal numbers that a code is made of."""
    width: int = Field(default=256, ge=2, le=4096)
    """Of the two hidden layers."""
