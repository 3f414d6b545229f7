import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from taojin.core.errors import DataError, SourceReadError
from taojin.core.shards import write_shards
from taojin.curation.learned.config import LearnedConfig, NgramModelConfig
from taojin.curation.learned.reference import (
    MODEL_FILE,
    QualityExamplesConfig,
    train_quality,
    train_trusted,
    with_models,
)


def test_without_a_trusted_source_there_is_no_model(tmp_path):
    documents = write_shards([pa.table({"text": ["a"], "source": ["s"]})], tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / MODEL_FILE).write_bytes(b"of an earlier run")
    folder = train_trusted(documents, (), NgramModelConfig(), tmp_path / "model")
    assert list(folder.iterdir()) == []


def test_without_examples_there_is_no_classifier(tmp_path):
    folder = train_quality(QualityExamplesConfig(), tmp_path / "model")
    assert list(folder.iterdir()) == []


def test_a_missing_file_of_examples_is_named(tmp_path):
    config = QualityExamplesConfig(file=tmp_path / "absent.parquet")
    with pytest.raises(SourceReadError, match=r"quality_examples\.file.*absent"):
        train_quality(config, tmp_path / "model")


def test_a_missing_column_of_examples_is_named(tmp_path):
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "some.parquet")
    config = QualityExamplesConfig(file=tmp_path / "some.parquet")
    with pytest.raises(DataError, match=r"lacks the columns \['label'\]"):
        train_quality(config, tmp_path / "model")


def test_examples_of_another_kind_of_file_are_refused():
    with pytest.raises(ValidationError, match=r"\.parquet"):
        QualityExamplesConfig.model_validate({"file": "some.csv"})


def test_models_that_were_not_trained_are_not_named(tmp_path):
    config = LearnedConfig()
    assert with_models(config, tmp_path / "a", tmp_path / "b") == config


def test_models_that_were_trained_are_named(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / MODEL_FILE).touch()
    found = with_models(LearnedConfig(), tmp_path / "a", tmp_path / "b")
    assert found.trusted_model == tmp_path / "a" / MODEL_FILE
    assert found.quality_model == tmp_path / "b" / MODEL_FILE


def test_a_trusted_model_that_the_configuration_names_is_left(tmp_path):
    (tmp_path / MODEL_FILE).touch()
    config = LearnedConfig(trusted_model=tmp_path / "mine.safetensors")
    found = with_models(config, tmp_path, tmp_path / "none")
    assert found.trusted_model == tmp_path / "mine.safetensors"
