"""Models that a project trains for itself: of what it trusts, of what it calls good."""

from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import model_validator

from taojin.core.config import StageConfig
from taojin.core.errors import DataError, SourceReadError
from taojin.core.shards import Shards
from taojin.curation.learned.config import (
    ClassifierConfig,
    LearnedConfig,
    NgramModelConfig,
)
from taojin.curation.learned.ngram_model import train_ngram_model
from taojin.curation.learned.storage import save_linear_model, save_ngram_model
from taojin.curation.learned.training import train_classifier

MODEL_FILE = "model.safetensors"


class QualityExamplesConfig(StageConfig):
    """Labelled texts that a quality classifier is trained on; null ``file``: none."""

    file: Path | None = None
    """A Parquet file, one example a row."""
    text: str = "text"
    label: str = "label"
    """Column whose values name the class."""
    classifier: ClassifierConfig = ClassifierConfig()

    @model_validator(mode="after")
    def _file_is_parquet(self) -> Self:
        if self.file is not None and self.file.suffix != ".parquet":
            message = f"file must be a .parquet file, found {self.file}"
            raise ValueError(message)
        return self


def train_trusted(
    documents: Shards, trusted: tuple[str, ...], config: NgramModelConfig, output: Path
) -> Path:
    """Train the n-gram model by which documents are compared with trusted sources.

    Args:
        documents: All documents.
        trusted: Names of the trusted sources; without any there is no model.
        config: Size.
        output: Folder to write to.

    Returns:
        The folder; it holds the model, or nothing.
    """
    output.mkdir(parents=True, exist_ok=True)
    (output / MODEL_FILE).unlink(missing_ok=True)
    if trusted:
        chosen = config.model_copy(update={"trusted_sources": trusted})
        model = train_ngram_model(documents, chosen)
        save_ngram_model(model, output / MODEL_FILE)
    return output


def train_quality(config: QualityExamplesConfig, output: Path) -> Path:
    """Train the quality classifier on labelled examples.

    Returns:
        The folder; it holds the model, or nothing where no examples are named.

    Raises:
        SourceReadError: If the file cannot be read.
        DataError: If it lacks a column, or the examples cannot be learned from.
    """
    output.mkdir(parents=True, exist_ok=True)
    (output / MODEL_FILE).unlink(missing_ok=True)
    if config.file is not None:
        model = train_classifier(_read_examples(config, config.file), config.classifier)
        save_linear_model(model, output / MODEL_FILE)
    return output


def with_models(config: LearnedConfig, trusted: Path, quality: Path) -> LearnedConfig:
    """Name the project's own models where they were trained.

    A model that the configuration names itself is left as it is.
    """
    found: dict[str, Path | None] = {}
    if config.trusted_model is None and (trusted / MODEL_FILE).is_file():
        found["trusted_model"] = trusted / MODEL_FILE
    if (quality / MODEL_FILE).is_file():
        found |= {"quality_model": quality / MODEL_FILE, "quality_languages": None}
    return config.model_copy(update=found)


def _read_examples(config: QualityExamplesConfig, file: Path) -> pa.Table:
    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError) as error:
        message = f"curation.quality_examples.file {file} cannot be read: {error}"
        raise SourceReadError(message) from error
    missing = {config.text, config.label} - set(table.column_names)
    if missing:
        message = (
            f"curation.quality_examples.file {file} lacks the columns "
            f"{sorted(missing)}; it has {table.column_names}"
        )
        raise DataError(message)
    return pa.table(
        {
            "text": table[config.text].cast(pa.large_string()),
            "label": table[config.label].cast(pa.string()),
        }
    )
