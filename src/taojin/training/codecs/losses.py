"""How far the spectra of one sound are from those of another, to the ear."""

import torch
from torch import Tensor, nn

from taojin.features.spectrograms import mel_filters
from taojin.training.codecs.config import SpectralLossConfig

_NOTHING = 1e-7


class SpectralLoss(nn.Module):
    """Differences of magnitudes, bin by bin and in mel bands.

    The sum of three: mean absolute difference of the logarithms of the magnitudes of
    all bins, which keeps pitch; the same of the power in mel bands, which keeps
    timbre, and the energy of noise, whose bins no code can tell; and the distance of
    the magnitudes over their size, which minds what is loud (Arik et al. 2018,
    arXiv:1808.06719).

    Args:
        config: Weights and floor.
        sample_rate: Hertz.
        fft_size: Samples of the frames whose spectra are compared.
    """

    filters: Tensor

    def __init__(
        self, config: SpectralLossConfig, sample_rate: int, fft_size: int
    ) -> None:
        super().__init__()
        self._config = config
        # The sum of a Hann window; magnitudes over it do not grow with its length.
        self._size = fft_size / 2.0
        filters = torch.from_numpy(mel_filters(sample_rate, fft_size, config.num_bands))
        # Of area 1 in hertz; brought to a sum of about 1 over the bins.
        scaled = (filters.T * (sample_rate / fft_size)).float()
        self.register_buffer("filters", scaled, persistent=False)

    def forward(self, made: Tensor, real: Tensor) -> Tensor:
        """Distance of each row, ``[rows]``.

        Args:
            made: Magnitudes ``[rows, frames, bins]``.
            real: Of the same shape.
        """
        config = self._config
        ours, theirs = made / self._size, real / self._size
        floor = config.floor**0.5
        bins = (torch.log(ours + floor) - torch.log(theirs + floor)).abs()
        bands = (self._bands(ours) - self._bands(theirs)).abs()
        error = (ours - theirs).square().sum((1, 2))
        size = theirs.square().sum((1, 2))
        relative = torch.sqrt((error + _NOTHING) / (size + _NOTHING))
        return (
            config.bin_weight * bins.mean((1, 2))
            + config.band_weight * bands.mean((1, 2))
            + config.magnitude_weight * relative
        )

    def _bands(self, magnitudes: Tensor) -> Tensor:
        """Logarithm of the power in each band."""
        return torch.log(magnitudes.square() @ self.filters + self._config.floor)
