"""An encoder of spectra, a grid of codes, and a decoder to spectra and sound.

All layers work on frames, none on samples, as in Vocos (Siuzdak 2023,
arXiv:2306.00814): an inverse Fourier transform does what else takes transposed
convolutions at the rate of samples, at a small part of their cost. Phases are not
coded: networks that are right about them take adversaries and days, and those that
are wrong hum; they are searched for afterwards.

Shapes: R rows, N samples, T frames, C moments with codes, K code books, W width.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from taojin.models.codecs.framing import sound_of_magnitudes, spectra
from taojin.models.codecs.quantisation import ScalarQuantiser
from taojin.models.codecs.shape import CodecShape

_FLOOR = 1e-3
"""Magnitude below which the encoder hears nothing; -105 dB of a sine at full scale
under a window of 320 samples."""
_INPUT_SCALE = 0.3
_HIGHEST = 6.0
"""Bounds the logarithm of magnitudes before it becomes an exponent."""
_EXPANSION = 3
_LAYER_SCALE = 0.1


class ConvolutionBlock(nn.Module):
    """Convolution of each channel over time, then two linear layers, residual.

    The block of ConvNeXt (Liu et al. 2022, arXiv:2201.03545), over time alone.
    """

    def __init__(self, width: int, kernel_size: int) -> None:
        super().__init__()
        self.across_time = nn.Conv1d(
            width, width, kernel_size, padding=kernel_size // 2, groups=width
        )
        self.norm = nn.LayerNorm(width)
        self.wider = nn.Linear(width, _EXPANSION * width)
        self.narrower = nn.Linear(_EXPANSION * width, width)
        self.scale = nn.Parameter(torch.full((width,), _LAYER_SCALE))

    def forward(self, states: Tensor) -> Tensor:
        """Map ``[R, T, W]`` to the same shape."""
        found = self.across_time(states.mT).mT
        found = self.narrower(functional.gelu(self.wider(self.norm(found))))
        return states + self.scale * found


class Codec(nn.Module):
    """Sound to codes and back.

    Attributes:
        shape: The numbers it was built from.
    """

    def __init__(self, shape: CodecShape) -> None:
        super().__init__()
        self.shape = shape
        width, together = shape.width, shape.frames_per_code
        self.hear = nn.Linear(shape.num_bins, width)
        self.encoder_frames = _blocks(shape, shape.num_blocks // 2)
        self.join = nn.Linear(together * width, width)
        self.encoder_codes = _blocks(shape, shape.num_blocks - shape.num_blocks // 2)
        self.encoder_norm = nn.LayerNorm(width)
        self.to_latents = nn.Linear(width, shape.latent_size)
        self.quantiser = ScalarQuantiser(shape.levels, shape.num_codebooks)
        self.from_latents = nn.Linear(shape.latent_size, width)
        self.decoder_codes = _blocks(shape, shape.num_blocks - shape.num_blocks // 2)
        self.part = nn.Linear(width, together * width)
        self.decoder_frames = _blocks(shape, shape.num_blocks // 2)
        self.decoder_norm = nn.LayerNorm(width)
        self.speak = nn.Linear(width, shape.num_bins)

    def heard(self, samples: Tensor) -> Tensor:
        """Magnitudes of the spectra of samples, ``[R, T, F]``; no weights are used.

        Args:
            samples: ``[R, N]``; ``N`` is a multiple of ``shape.code_samples``.

        Raises:
            ValueError: If it is not.
        """
        shape = self.shape
        if not samples.shape[1] or samples.shape[1] % shape.code_samples:
            message = (
                f"{samples.shape[1]} samples for a codec whose codes stand for "
                f"{shape.code_samples} samples each; pad them to a multiple"
            )
            raise ValueError(message)
        return spectra(samples.float(), shape.fft_size, shape.hop_size).abs()

    def latents(self, samples: Tensor) -> Tensor:
        """Latents before rounding, ``[R, C, books * levels]``, in fp32.

        See :meth:`heard` for the samples.
        """
        shape = self.shape
        states = self.hear(_INPUT_SCALE * torch.log(self.heard(samples) + _FLOOR))
        states = self.encoder_frames(states)
        states = states.unflatten(1, (-1, shape.frames_per_code)).flatten(2)
        states = self.encoder_codes(self.join(states))
        return self.to_latents(self.encoder_norm(states)).float()

    def encode(self, samples: Tensor) -> Tensor:
        """Codes ``[R, C, K]`` of samples ``[R, N]``; see :meth:`latents`."""
        return self.quantiser.codes(self.quantiser(self.latents(samples)))

    def magnitudes(self, values: Tensor) -> Tensor:
        """Magnitudes of spectra ``[R, T, F]`` of rounded latents ``[R, C, ...]``."""
        states = self.decoder_codes(self.from_latents(values))
        states = self.part(states).unflatten(2, (self.shape.frames_per_code, -1))
        states = self.decoder_frames(states.flatten(1, 2))
        logs = self.speak(self.decoder_norm(states)).float()
        return logs.clamp(max=_HIGHEST).exp()

    def decode(self, codes: Tensor, num_rounds: int) -> Tensor:
        """Samples ``[R, N]`` of codes ``[R, C, K]``.

        Args:
            codes: From 0 to ``shape.codebook_size - 1``.
            num_rounds: Of the search for phases, see
                :func:`~taojin.models.codecs.framing.sound_of_magnitudes`.
        """
        magnitudes = self.magnitudes(self.quantiser.values(codes))
        shape = self.shape
        return sound_of_magnitudes(
            magnitudes, shape.fft_size, shape.hop_size, num_rounds
        )

    def forward(self, samples: Tensor) -> Tensor:
        """Magnitudes ``[R, T, F]`` of samples ``[R, N]`` as they come out again."""
        return self.magnitudes(self.quantiser(self.latents(samples)))


def _blocks(shape: CodecShape, number: int) -> nn.Sequential:
    return nn.Sequential(
        *(ConvolutionBlock(shape.width, shape.kernel_size) for _ in range(number))
    )
