"""Generator and discriminator of codes as perceptrons of three layers."""

from torch import Tensor, nn

from taojin.models.text_codes.autoencoder import on_sphere
from taojin.models.text_codes.shapes import PerceptronShape

_SLOPE = 0.2


class CodeGenerator(nn.Module):
    """From normal numbers to codes on the sphere of the autoencoder's.

    Attributes:
        shape: The numbers it was built from.
    """

    def __init__(self, shape: PerceptronShape) -> None:
        super().__init__()
        self.shape = shape
        self.layers = _three_layers(shape.latent_size, shape.width, shape.code_size)

    def forward(self, latents: Tensor) -> Tensor:
        """Codes ``[n, code_size]`` of ``latents``, ``[n, latent_size]``."""
        return on_sphere(self.layers(latents))


class CodeDiscriminator(nn.Module):
    """From codes to scores; ``sigmoid(score)`` is the probability of being real.

    Attributes:
        shape: The numbers it was built from.
    """

    def __init__(self, shape: PerceptronShape) -> None:
        super().__init__()
        self.shape = shape
        self.layers = _three_layers(shape.code_size, shape.width, 1)

    def forward(self, codes: Tensor) -> Tensor:
        """Scores ``[n]`` of ``codes``, ``[n, code_size]``."""
        return self.layers(codes)[:, 0]


def _three_layers(before: int, width: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(before, width),
        nn.LeakyReLU(_SLOPE),
        nn.Linear(width, width),
        nn.LeakyReLU(_SLOPE),
        nn.Linear(width, after),
    )
