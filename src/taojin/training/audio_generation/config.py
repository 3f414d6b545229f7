"""Settings of the training of a generator of sounds."""

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.features.augmentation.recordings import RecordingAugmentationConfig
from taojin.models.config import LanguageModelConfig
from taojin.training.config import TrainingConfig


def _small_changes() -> RecordingAugmentationConfig:
    return RecordingAugmentationConfig(
        speed_probability=1.0,
        speed_most=0.05,
        shift_probability=0.0,
        gain_probability=1.0,
        gain_decibels=3.0,
        noise_probability=0.0,
    )


class AudioGenerationConfig(StageConfig):
    """The language model of a generator of sounds, and how it is trained."""

    model: LanguageModelConfig
    """Its context must hold the longest sound: two tokens, and all of its codes."""
    training: TrainingConfig
    """The batch is of sounds."""
    open_share: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share of the sounds whose label is withheld, and of those whose speaker is:
    what guidance steers away from. Both are withheld together half of the time."""
    noise_share: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of the codes read that are replaced by others of their book by chance;
    keeps a large model from learning few sounds by heart."""
    num_variants: int = Field(default=1, ge=1, le=1000)
    """Versions of each sound that are coded: it, and changed ones."""
    changes: RecordingAugmentationConfig = Field(default_factory=_small_changes)
    """How versions beyond the first are changed."""
    validation_fraction: float = Field(default=0.05, gt=0.0, lt=1.0)
    """Share of the sounds that is held out to choose the best weights."""
