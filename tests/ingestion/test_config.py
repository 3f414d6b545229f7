import pytest
from pydantic import ValidationError

from taojin.ingestion.config import IngestionConfig, PythonDocumentationConfig


def test_the_defaults_are_accepted():
    config = IngestionConfig()
    assert config.on_unreadable == "stop"
    assert config.python_documentation.distributions is None


def test_a_document_limit_over_the_record_limit_is_refused():
    with pytest.raises(ValidationError, match="max_document_bytes 100 exceeds"):
        IngestionConfig(max_document_bytes=100, max_record_bytes=99)


@pytest.mark.parametrize(
    "settings",
    [
        {"on_unreadable": "ignore"},
        {"max_document_bytes": 0},
        {"max_metadata_bytes": 1},
        {"part_bytes": 0},
        {"html": {"favour": "speed"}},
        {"python_documentation": {"min_chars": 0}},
        {"partbytes": 1},
    ],
)
def test_a_wrong_setting_is_refused(settings):
    with pytest.raises(ValidationError):
        IngestionConfig.model_validate(settings)


def test_lists_of_the_configuration_files_are_accepted():
    config = PythonDocumentationConfig.model_validate(
        {"distributions": ["numpy"], "skipped_folders": ["tests"]}
    )
    assert config.distributions == ("numpy",)
