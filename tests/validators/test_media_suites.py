"""The suites of images and recordings agree with their data model."""

import pyarrow as pa
import pytest

from taojin.core.errors import DataCheckError
from taojin.core.media_records import (
    CLIP_SCHEMA,
    IMAGE_SCHEMA,
    MEDIA_REJECTION_REASONS,
)
from taojin.core.records import REJECTED_SCHEMA, REJECTION_REASONS
from taojin.core.shards import write_shards
from taojin.validators.great_expectations import ExpectationSuiteValidator
from taojin.validators.suites import load_suite

SUITES = "conf/base/expectations"

RECORDS = [
    ("raw_images", IMAGE_SCHEMA),
    ("curated_images", IMAGE_SCHEMA),
    ("raw_clips", CLIP_SCHEMA),
    ("curated_clips", CLIP_SCHEMA),
]

VALUES = {
    "string": "a",
    "large_binary": b"content",
    "int32": 8000,
    "int64": 1,
    "list<element: string>": ["resampled"],
}
SPECIAL = {
    "image_id": "0" * 32,
    "clip_id": "0" * 32,
    "mode": "L",
    "encoding": "pcm_16",
    "metadata": "{}",
}


def suite_of(request, name):
    return load_suite(request.config.rootpath / SUITES / f"{name}.yml")


@pytest.mark.parametrize(
    ("name", "schema"), [*RECORDS, ("rejected_media", REJECTED_SCHEMA)]
)
def test_suites_state_the_types_of_the_data_model(request, name, schema):
    found = suite_of(request, name).types
    assert found == {field.name: kind_of(field) for field in schema}


def kind_of(field):
    return str(field.type).replace("list<item:", "list<element:")


def test_rejected_media_know_the_reasons_of_the_data_model(request):
    checks = suite_of(request, "rejected_media").checks
    (words,) = (check for check in checks if "value_set" in check.arguments)
    readers = {"unparsable", "wrong_encoding", "no_text"}  # of a manifest's rows
    assert readers <= set(REJECTION_REASONS)
    assert set(words.arguments["value_set"]) == {*MEDIA_REJECTION_REASONS, *readers}


@pytest.mark.parametrize(("name", "schema"), RECORDS)
def test_records_pass_and_broken_ones_do_not(request, tmp_path, name, schema):
    row = {
        field.name: SPECIAL.get(field.name, VALUES[kind_of(field)]) for field in schema
    }
    table = pa.Table.from_pylist([row], schema=schema)
    suite = str(request.config.rootpath / SUITES / f"{name}.yml")
    validator = ExpectationSuiteValidator(suite=suite, results=str(tmp_path / "r.json"))
    validator.validate(write_shards([table], tmp_path / "good"))

    twice = write_shards([table, table], tmp_path / "twice")
    with pytest.raises(DataCheckError, match="ExpectColumnValuesToBeUnique"):
        validator.validate(twice)
    row |= {"uri": "", "metadata": "no JSON"}
    bad = pa.Table.from_pylist([row], schema=schema)
    with pytest.raises(DataCheckError) as caught:
        validator.validate(write_shards([bad], tmp_path / "bad"))
    assert "uri: " in str(caught.value)
    assert "metadata: " in str(caught.value)
