"""Settings of the training of a codec."""

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.models.codecs.shape import CodecShape
from taojin.training.config import TrainingConfig


class SpectralLossConfig(StageConfig):
    """How the spectra of a recording are compared with those of the codec."""

    num_bands: int = Field(default=48, ge=2, le=512)
    """Mel bands."""
    floor: float = Field(default=1e-7, gt=0.0, le=1.0)
    """Power below which all is silence; a sine at full scale has 1/4."""
    bin_weight: float = Field(default=1.0, ge=0.0, le=1000.0)
    """Of the logarithms of magnitudes."""
    band_weight: float = Field(default=1.0, ge=0.0, le=1000.0)
    """Of the logarithms of the power in mel bands."""
    magnitude_weight: float = Field(default=1.0, ge=0.0, le=1000.0)
    """Of the relative error of magnitudes."""


class CodecConfig(StageConfig):
    """A codec and how it is trained."""

    shape: CodecShape = CodecShape()
    training: TrainingConfig
    """The batch is of segments; Muon trains the matrices of the layers."""
    loss: SpectralLossConfig = SpectralLossConfig()
    segment_seconds: float = Field(default=0.5, gt=0.0, le=60.0)
    """Length of what is cut from recordings; rounded up to whole codes."""
    gain_decibels: float = Field(default=6.0, ge=0.0, le=40.0)
    """Segments are made louder or softer by up to this, by chance."""
    validation_fraction: float = Field(default=0.05, gt=0.0, lt=1.0)
    """Share of the recordings that is held out to choose the best weights."""
