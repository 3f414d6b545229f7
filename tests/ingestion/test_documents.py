import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taojin.core.records import REJECTION_REASONS, document_id
from taojin.ingestion.candidates import Candidate, Refusal
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.documents import dump_metadata, parse_time, to_row

CONFIG = IngestionConfig(max_document_bytes=100)


def judge(text="Some text.", **fields):
    return to_row(Candidate(text, uri="a#0", position=0, **fields), "news", CONFIG)


def test_a_good_record_becomes_a_row():
    row = judge(title=" A title ", language="en", metadata={"likes": 3})
    assert isinstance(row, dict)
    assert row["document_id"] == document_id("news", "a#0", "Some text.")
    assert row["text"] == "Some text."
    assert row["title"] == "A title"
    assert row["licence_declared"] is None
    assert json.loads(row["metadata"]) == {"likes": 3}


@pytest.mark.parametrize(
    ("text", "reason", "detail"),
    [
        (None, "no_text", "null"),
        ("", "no_text", "0 characters"),
        (" \n\u3000", "no_text", "white space"),
        (3, "bad_field", "int: 3"),
        (["a"], "bad_field", "list"),
        (b"a", "bad_field", "bytes"),
        ("a\0b", "wrong_encoding", "NUL at character 1"),
        ("a\ud800b", "wrong_encoding", "\\ud800 at character 1"),
        ("a" * 101, "too_large", "101 bytes, over max_document_bytes 100"),
        ("金" * 34, "too_large", "102 bytes"),
    ],
)
def test_a_bad_text_is_refused_with_its_reason(text, reason, detail):
    refusal = judge(text)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason
    assert detail in refusal.detail
    assert refusal.position == 0
    assert reason in REJECTION_REASONS


@pytest.mark.parametrize("text", ["a" * 100, "金" * 33, "👩‍👩‍👧 emoji", "x"])
def test_a_text_within_the_limit_is_kept_as_it_is(text):
    row = judge(text)
    assert isinstance(row, dict)
    assert row["text"] == text


def test_optional_fields_of_any_type_become_legible_words():
    row = judge(title=["a", 1], language=5, licence={"id": "MIT"})
    assert isinstance(row, dict)
    assert row["title"] == '["a", 1]'
    assert row["language"] == "5"
    assert row["licence_declared"] == '{"id": "MIT"}'


def test_odd_characters_in_optional_fields_lose_no_document():
    row = judge(title="a\ud800\0b", metadata={"k\ud800": "\udfff"})
    assert isinstance(row, dict)
    assert row["title"] == "a\\ud800\\0b"
    assert json.loads(row["metadata"]) == {"k\ud800": "\udfff"}
    row["metadata"].encode()


@pytest.mark.parametrize(
    "value",
    [
        "2024-05-06T07:08:09Z",
        "2024-05-06T09:08:09+02:00",
        "2024-05-06 07:08:09",
        "Mon, 06 May 2024 07:08:09 GMT",
        1714979289,
        1714979289.0,
        1714979289000,
        datetime(2024, 5, 6, 7, 8, 9),  # noqa: DTZ001 - a table without zones
        datetime(2024, 5, 6, 9, 8, 9, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_times_are_read_in_utc(value):
    assert parse_time(value) == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_a_date_is_its_midnight():
    assert parse_time(date(2024, 5, 6)) == datetime(2024, 5, 6, tzinfo=UTC)
    assert parse_time("2024-05-06") == datetime(2024, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "yesterday",
        True,
        [],
        {},
        1e300,
        float("nan"),
        "0001-01-01T00:00:00+09:00",
    ],
)
def test_what_is_no_time_is_none(value):
    assert parse_time(value) is None


def test_a_time_that_cannot_be_read_is_kept_in_the_metadata():
    row = judge(created_at="yesterday")
    assert isinstance(row, dict)
    assert row["created_at"] is None
    assert json.loads(row["metadata"]) == {"created_at": "yesterday"}


def test_metadata_is_bounded_and_names_what_it_leaves_out():
    fields = {"a": 1, "b": "x" * 1000, "c": 2, "d": None, "e": ""}
    found = json.loads(dump_metadata(fields, 100))
    assert found == {"a": 1, "c": 2, "_omitted": ["b"]}


def test_metadata_keeps_chinese_legible_and_names_bytes_by_size():
    words = dump_metadata({"词": "金", "raw": b"123", "day": date(2024, 5, 6)}, 1000)
    assert words == '{"day": "2024-05-06", "raw": "<3 bytes>", "词": "金"}'


def test_metadata_is_json_even_with_numbers_that_are_not():
    found = dump_metadata({"a": float("nan"), "b": [float("inf")]}, 1000)
    assert json.loads(found, parse_constant=pytest.fail) == {"a": "nan", "b": "[inf]"}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON, JSON, st.dictionaries(st.text(), JSON))
def test_no_record_whatever_breaks_the_judge(text, field, metadata):
    found = judge(text, title=field, created_at=field, metadata=metadata)
    if isinstance(found, dict):
        json.loads(found["metadata"])
        (found["text"] + (found["title"] or "")).encode()
    else:
        assert found.reason in REJECTION_REASONS
