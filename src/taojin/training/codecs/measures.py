"""What a codec loses, and how well it uses its codes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.features.spectrograms import SpectrogramConfig, log_mel
from taojin.models.codecs.clips import Codes, Samples

_DECIBELS_A_NAT = 10.0 / np.log(10.0)


class CodebookUse(NamedTuple):
    """How a code book is used.

    Attributes:
        used_share: Share of the codes that occur at all.
        perplexity: How many codes the book amounts to: 2 to the power of the entropy
            of their shares in bits; all, if all are equally frequent.
        bits: That entropy: what a code takes at least, without its neighbours.
    """

    used_share: float
    perplexity: float
    bits: float


def codebook_use(codes: Sequence[Codes], codebook_size: int) -> list[CodebookUse]:
    """Measure the use of every code book.

    Args:
        codes: ``[moments, books]`` of each recording, at least one moment in all.
        codebook_size: Codes of a book.

    Returns:
        One a book.
    """
    found: list[CodebookUse] = []
    for column in np.concatenate(codes).T:
        counts = np.bincount(column, minlength=codebook_size)
        shares = counts[counts > 0] / counts.sum()
        bits = float(-(shares * np.log2(shares)).sum())
        found.append(CodebookUse(len(shares) / codebook_size, 2.0**bits, bits))
    return found


def mel_distances(
    made: Sequence[Samples], real: Sequence[Samples], config: SpectrogramConfig
) -> NDArray[np.float64]:
    """Mean absolute difference in decibels over bands and frames, ``[recordings]``.

    Args:
        made: What came out of a codec, as long as what went in.
        real: What went in.
        config: Of the log-mel spectrograms; what is below its floor is alike.
    """
    return np.array(
        [
            _DECIBELS_A_NAT
            * np.abs(log_mel(one, config) - log_mel(other, config)).mean()
            for one, other in zip(made, real, strict=True)
        ]
    )


def spectral_distances(
    made: Sequence[Samples], real: Sequence[Samples], config: SpectrogramConfig
) -> NDArray[np.float64]:
    """Log-spectral distance in decibels, ``[recordings]``.

    Root mean square over the bands, mean over the frames (Gray and Markel 1976); see
    :func:`mel_distances` for the arguments.
    """
    found = []
    for one, other in zip(made, real, strict=True):
        errors = _DECIBELS_A_NAT * (log_mel(one, config) - log_mel(other, config))
        found.append(np.sqrt(np.square(errors).mean(axis=0)).mean())
    return np.array(found)
