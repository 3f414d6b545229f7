import pytest

from taojin.core.records import FieldMapping
from taojin.ingestion.candidates import Candidate, Refusal, locate, map_fields


def test_mapped_fields_are_taken_and_the_others_are_metadata():
    mapping = FieldMapping(text="body", title="headline", licence="rights")
    record = {"body": "b", "headline": "h", "rights": "MIT", "likes": 3}
    found = map_fields(record, mapping, "a.jsonl", 7)
    assert isinstance(found, Candidate)
    assert (found.text, found.title, found.licence) == ("b", "h", "MIT")
    assert found.metadata == {"likes": 3}
    assert found.uri == "a.jsonl#7"
    assert found.language is None


def test_a_record_without_the_text_field_says_what_it_has():
    found = map_fields({"body": "b", "id": 1}, FieldMapping(), "a", 0)
    assert isinstance(found, Refusal)
    assert found.reason == "bad_field"
    assert found.detail == "no field 'text'; the record has: body, id"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"text": "t", "meta": {"url": "u"}}, "u"),
        ({"text": "t", "meta.url": "plain"}, "plain"),
        ({"text": "t", "meta": "no object"}, None),
        ({"text": "t"}, None),
    ],
)
def test_a_name_may_lead_into_nested_objects(record, expected):
    found = map_fields(record, FieldMapping(title="meta.url"), "a", 0)
    assert isinstance(found, Candidate)
    assert found.title == expected


def test_nested_objects_that_were_looked_into_stay_in_the_metadata():
    record = {"text": "t", "meta": {"url": "u", "likes": 3}}
    found = map_fields(record, FieldMapping(title="meta.url"), "a", 0)
    assert isinstance(found, Candidate)
    assert found.metadata == {"meta": {"url": "u", "likes": 3}}


def test_records_with_the_same_address_have_different_places():
    mapping = FieldMapping(uri="url")
    record = {"text": "t", "url": "https://a.b/c"}
    places = {
        found.uri
        for label in ("1.jsonl", "2.jsonl")
        for position in (0, 1)
        if isinstance(found := map_fields(record, mapping, label, position), Candidate)
    }
    assert len(places) == 4
    assert "https://a.b/c#1.jsonl:0" in places


def test_an_empty_address_is_none():
    assert locate("a.jsonl", 3, "") == "a.jsonl#3"


def test_the_record_is_not_changed():
    record = {"text": "t", "title": "x"}
    map_fields(record, FieldMapping(title="title"), "a", 0)
    assert record == {"text": "t", "title": "x"}
