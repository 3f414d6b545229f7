"""The numbers that a codec is built from."""

import math
from typing import Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig


class CodecShape(StageConfig):
    """A codec's rates, code books and layers.

    A code stands for ``hop_size * frames_per_code`` samples; the defaults, at 8 kHz,
    give 50 codes a second from each code book.
    """

    sample_rate: int = Field(default=8000, ge=1000, le=192_000)
    """Hertz."""
    fft_size: int = Field(default=320, ge=16, le=16_384)
    """Samples of a Fourier transform; a multiple of ``hop_size``."""
    hop_size: int = Field(default=80, ge=1, le=8192)
    """Samples from one frame to the next; of the parity of ``fft_size``."""
    frames_per_code: int = Field(default=2, ge=1, le=64)
    """Frames that are coded together."""
    levels: tuple[int, ...] = Field(default=(8, 6, 5), min_length=1, max_length=16)
    """Values that each number of a code may take; a book has as many codes as their
    product. Each from 2 to 64."""
    num_codebooks: int = Field(default=2, ge=1, le=32)
    """Codes that are given side by side."""
    width: int = Field(default=192, ge=8, le=4096)
    """Channels of all layers."""
    num_blocks: int = Field(default=4, ge=2, le=64)
    """Of the encoder and of the decoder, each; half of them work at the rate of
    frames, half at the rate of codes."""
    kernel_size: int = Field(default=7, ge=1, le=63)
    """Frames, or codes, that a block sees; odd."""

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        if self.fft_size % self.hop_size or (self.fft_size - self.hop_size) % 2:
            message = (
                f"fft_size {self.fft_size} must be a multiple of hop_size "
                f"{self.hop_size}, and both even or both odd; correct one of them"
            )
            raise ValueError(message)
        if not all(_FEWEST_LEVELS <= level <= _MOST_LEVELS for level in self.levels):
            message = (
                f"levels are {self.levels}, and each must be from {_FEWEST_LEVELS} to "
                f"{_MOST_LEVELS}"
            )
            raise ValueError(message)
        if self.kernel_size % 2 == 0:
            message = f"kernel_size is {self.kernel_size} and must be odd"
            raise ValueError(message)
        return self

    @property
    def code_samples(self) -> int:
        """Samples that a code stands for."""
        return self.hop_size * self.frames_per_code

    @property
    def codebook_size(self) -> int:
        """Codes of a book."""
        return math.prod(self.levels)

    @property
    def latent_size(self) -> int:
        """Numbers that the encoder gives for the codes of a moment."""
        return self.num_codebooks * len(self.levels)

    @property
    def num_bins(self) -> int:
        """Frequencies of a spectrum."""
        return self.fft_size // 2 + 1

    @property
    def tokens_per_second(self) -> float:
        """Codes of all books in a second."""
        return self.sample_rate / self.code_samples * self.num_codebooks

    @property
    def bits_per_second(self) -> float:
        """What the codes of a second take if all are equally likely."""
        return self.tokens_per_second * math.log2(self.codebook_size)


_FEWEST_LEVELS = 2
_MOST_LEVELS = 64
