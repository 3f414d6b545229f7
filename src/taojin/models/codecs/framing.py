"""Sound as overlapping spectra and back, with exactly one frame a hop.

Shapes: R rows, N samples, T frames, F frequencies.
"""

import torch
from torch import Tensor
from torch.nn import functional

_NOTHING = 1e-8
_MOMENTUM = 0.99


def spectra(samples: Tensor, fft_size: int, hop_size: int) -> Tensor:
    """Complex spectra ``[R, T, F]`` under a Hann window, ``T = N / hop_size``.

    Frame ``t`` is centred on the middle of hop ``t``; beyond the ends is silence.

    Args:
        samples: ``[R, N]``; ``N`` is a multiple of ``hop_size``.
        fft_size: Samples of a frame.
        hop_size: Samples from one frame to the next; of the parity of ``fft_size``.
    """
    beyond = (fft_size - hop_size) // 2
    padded = functional.pad(samples, (beyond, beyond))
    frames = padded.unfold(-1, fft_size, hop_size)
    return torch.fft.rfft(frames * _window(fft_size, samples))


def sound(spectrum: Tensor, fft_size: int, hop_size: int) -> Tensor:
    """Samples ``[R, T * hop_size]`` whose spectra are nearest to the given ones.

    The inverse of :func:`spectra` where the spectra are those of a sound; otherwise
    the answer of least squares (Griffin and Lim 1984).

    Args:
        spectrum: ``[R, T, F]``.
        fft_size: Samples of a frame; a multiple of ``hop_size``.
        hop_size: Samples from one frame to the next.
    """
    frames = torch.fft.irfft(spectrum, n=fft_size)
    window = _window(fft_size, frames)
    added = _overlapped(frames * window, hop_size)
    weights = window.square().expand(1, frames.shape[1], -1)
    total = added / (_overlapped(weights, hop_size) + _NOTHING)
    beyond = (fft_size - hop_size) // 2
    return total[:, beyond : total.shape[1] - beyond]


def sound_of_magnitudes(
    magnitudes: Tensor, fft_size: int, hop_size: int, num_rounds: int
) -> Tensor:
    """Samples ``[R, T * hop_size]`` whose spectra have nearly the given magnitudes.

    From the phases of :func:`guessed_phases`, by the rounds of Griffin and Lim (1984)
    with the momentum of Perraudin et al. (2013).

    Args:
        magnitudes: ``[R, T, F]``, not negative.
        fft_size: Samples of a frame.
        hop_size: Samples from one frame to the next.
        num_rounds: 0 leaves the phases as they were guessed.
    """
    guess = torch.polar(magnitudes, guessed_phases(magnitudes, fft_size, hop_size))
    before: Tensor | None = None
    for _ in range(num_rounds):
        found = spectra(sound(guess, fft_size, hop_size), fft_size, hop_size)
        ahead = found if before is None else found + _MOMENTUM * (found - before)
        guess = magnitudes * ahead / (ahead.abs() + _NOTHING)
        before = found
    return sound(guess, fft_size, hop_size)


def guessed_phases(magnitudes: Tensor, fft_size: int, hop_size: int) -> Tensor:
    """Phases ``[R, T, F]`` that tones under these magnitudes would have.

    How magnitudes fall off to both sides of a tone tells where it lies between the
    frequencies of the transform, and so how far the phase turns from frame to frame
    (after Průša et al. 2017, arXiv:1609.00291). Where the tone is ``d`` above
    frequency ``m``, of the spectrum of a Hann window the magnitudes at ``m + 1`` and
    ``m - 1`` are as ``(1 + d)(2 + d)`` to ``(1 - d)(2 - d)``, which is solved for
    ``d``: exact for a steady tone, up to a frequency to either side.

    Args:
        magnitudes: ``[R, T, F]``.
        fft_size: Samples of a frame.
        hop_size: Samples from one frame to the next.
    """
    logs = torch.log(magnitudes + _NOTHING)
    ends = functional.pad(logs, (1, 1), mode="replicate")
    contrast = torch.tanh(0.5 * (ends[..., 2:] - ends[..., :-2]))
    offsets = 4.0 * contrast / (3.0 + torch.sqrt(9.0 - 8.0 * contrast.square()))
    bins = torch.arange(logs.shape[-1], device=logs.device)
    turns = (bins + offsets) * (hop_size / fft_size)
    # All tones begin in the middle of the first frame, half a frame after its start.
    total = turns.cumsum(1) - turns[:, :1] - 0.5 * bins
    return 2.0 * torch.pi * (total % 1.0)


def _overlapped(frames: Tensor, hop_size: int) -> Tensor:
    """Add frames ``[R, T, size]``, each a hop after the one before."""
    num_hops = frames.shape[-1] // hop_size
    hops = frames.unflatten(-1, (num_hops, hop_size))
    total = sum(
        functional.pad(hops[:, :, place], (0, 0, place, num_hops - 1 - place))
        for place in range(num_hops)
    )
    return torch.as_tensor(total).flatten(1)


def _window(size: int, like: Tensor) -> Tensor:
    return torch.hann_window(size, device=like.device, dtype=torch.float32)
