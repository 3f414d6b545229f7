"""The loss of a codec, and the optimisers of its weights."""

from torch import nn

from taojin.models.codecs.network import Codec
from taojin.training.codecs.losses import SpectralLoss
from taojin.training.codecs.segments import SegmentBatch
from taojin.training.config import TrainingConfig
from taojin.training.objectives import Loss, ParameterGroup

_MATRIX = 2


class Reconstruction:
    """Distance of the spectra that leave a codec from those that entered.

    The unit is a segment.
    """

    name = "codec"

    def __init__(self, model: Codec, distance: SpectralLoss) -> None:
        self.model = model
        self.distance = distance

    def loss(self, batch: SegmentBatch) -> Loss:
        """Sum of :class:`SpectralLoss` over the segments."""
        made, real = self.model(batch.samples), self.model.heard(batch.samples)
        distances = self.distance.to(made.device)(made, real)
        return Loss(distances.sum(), len(distances), {})

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """Matrices of the blocks; all else, kernels and ends included, to AdamW."""
        return codec_groups(self.model, config)


def codec_groups(model: nn.Module, config: TrainingConfig) -> list[ParameterGroup]:
    """Divide the weights of a codec: matrices inside the blocks, and the rest."""
    named = dict(model.named_parameters())
    matrices = tuple(
        name
        for name, weight in named.items()
        if weight.ndim == _MATRIX and ("wider" in name or "narrower" in name)
    )
    rest = tuple(name for name in named if name not in matrices)
    rate, decay = config.matrix_learning_rate, config.weight_decay
    return [
        ParameterGroup("matrices", config.optimiser, rate, decay, matrices),
        ParameterGroup("rest", "adamw", config.head_learning_rate, 0.0, rest),
    ]
