import pytest
from pydantic import ValidationError

from taojin.curation.duplicates.config import (
    DuplicatesConfig,
    MinHashConfig,
    ParagraphsConfig,
)


@pytest.mark.parametrize("config", [DuplicatesConfig, MinHashConfig, ParagraphsConfig])
def test_defaults_are_accepted(config):
    assert config() == config(**config().model_dump())


@pytest.mark.parametrize(
    ("config", "settings"),
    [
        (DuplicatesConfig, {"keep_highest": "beauty"}),
        (DuplicatesConfig, {"memory_limit_mb": 1}),
        (DuplicatesConfig, {"min_shingles": 0}),
        (MinHashConfig, {"unit": "sentence"}),
        (MinHashConfig, {"seed": 2**32}),
        (ParagraphsConfig, {"min_shingles": 0}),
    ],
)
def test_impossible_settings_are_refused_by_name(config, settings):
    with pytest.raises(ValidationError, match=next(iter(settings))):
        config(**settings)
