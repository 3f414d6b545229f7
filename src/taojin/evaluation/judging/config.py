"""Which sets of generated items are judged, and by what."""

from typing import Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.evaluation.audits.canaries import ExposureConfig
from taojin.evaluation.audits.canary_texts import Canary
from taojin.evaluation.comparison.corrections import Correction
from taojin.evaluation.distances.measure import DistancesConfig
from taojin.evaluation.extractors.ngrams import NgramConfig
from taojin.evaluation.extractors.text import HiddenStateConfig
from taojin.evaluation.items.config import ItemsConfig


class CandidateConfig(StageConfig):
    """A set of generated items, or a model that writes one for each temperature."""

    kind: Literal["model", "file"]
    """``model``: a folder of a model of ours or of Transformers, which is asked to
    write. ``file``: texts that lie there, as ``items`` says."""
    location: str | None = None
    """The folder or file; null is the model of this run."""
    temperatures: tuple[float, ...] = Field(default=(), max_length=20)
    """Of a model: one set each. None takes the one of the sampling settings."""
    items: ItemsConfig = ItemsConfig(modality="text")
    """Of a file."""
    label_field: str | None = None
    """Of a file: column or key that says what each text was asked to be, such as its
    topic. With it usability is measured: what the texts teach, and whether they are
    what was asked for."""

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if self.kind == "file" and self.location is None:
            message = "a candidate of kind file needs a location"
            raise ValueError(message)
        if self.kind == "file" and self.temperatures:
            message = "temperatures are of models; a file has none"
            raise ValueError(message)
        if self.kind == "model" and self.label_field is not None:
            message = "label_field is of files; a model writes without being asked"
            raise ValueError(message)
        return self


class PlantedConfig(StageConfig):
    """Canaries that were put into sources, to see what a model remembers of them."""

    location: str | None = None
    """File that :func:`taojin.evaluation.audits.canary_texts.save_canaries` wrote."""
    canaries: tuple[Canary, ...] = ()
    """Or the canaries themselves."""
    exposure: ExposureConfig = ExposureConfig()

    @model_validator(mode="after")
    def _check_canaries(self) -> Self:
        if (self.location is None) != bool(self.canaries):
            message = "canaries need a location or a list of canaries, one of the two"
            raise ValueError(message)
        return self


class JudgingConfig(StageConfig):
    """How sets of generated texts are judged."""

    candidates: dict[str, CandidateConfig | None] = Field(
        default={"pretrained": CandidateConfig(kind="model")}
    )
    """By name; null leaves one out."""
    num_texts: int = Field(default=200, ge=16, le=100_000)
    """Texts of each model and temperature."""
    extractor: Literal["ngrams", "hidden_states"] = "ngrams"
    """What makes features of texts: their n-grams, or the states of a language model
    that is none of the candidates."""
    extractor_model: str | None = None
    """Folder of that language model; needed for ``hidden_states``."""
    independent_model: str | None = None
    """Folder of a language model that none of the candidates learned from; with it
    bits per byte are measured. Null leaves that out."""
    canaries: PlantedConfig | None = None
    """Random secrets that were planted in the training text, all that were made; what
    the model of this run remembers of them is measured. Null: none were."""
    max_fitting_texts: int = Field(default=2000, ge=100)
    """Training texts that n-grams are weighted by."""
    ngrams: NgramConfig = NgramConfig()
    hidden_states: HiddenStateConfig = HiddenStateConfig()
    distances: DistancesConfig = DistancesConfig()
    correction: Correction = "holm"
    """Over all differences between candidates."""
    baseline: str | None = None
    """Set that all others are compared with; null compares all pairs."""

    @model_validator(mode="after")
    def _check_models(self) -> Self:
        if self.extractor == "hidden_states" and self.extractor_model is None:
            message = "extractor hidden_states needs extractor_model, a model's folder"
            raise ValueError(message)
        if not any(self.candidates.values()):
            message = "candidates names no set to judge; name one"
            raise ValueError(message)
        return self
