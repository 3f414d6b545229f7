import pytest
from pydantic import ValidationError

from taojin.ingestion.config import SourceRegistry

NEWS = {"kind": "jsonl", "location": "data/news.jsonl"}


def message_of(declared):
    with pytest.raises(ValidationError) as caught:
        SourceRegistry.model_validate(declared)
    return str(caught.value)


def test_sources_come_in_the_order_of_their_names():
    text = {"kind": "text", "location": "data/texts"}
    registry = SourceRegistry.model_validate({"b": NEWS, "a": text})
    assert [source.name for source in registry] == ["a", "b"]
    assert len(registry) == 2
    assert registry["b"].location == "data/news.jsonl"


def test_a_registry_survives_dumping_and_validating_again():
    registry = SourceRegistry.model_validate({"news": {**NEWS, "licence": "MIT"}})
    assert SourceRegistry.model_validate(registry.model_dump()) == registry
    assert SourceRegistry.model_validate(registry.root) == registry


def test_all_mistakes_of_all_sources_stand_in_one_message():
    message = message_of(
        {
            "news": {"kind": "jsonlines", "location": "x", "licens": "MIT"},
            "wiki": {"kind": "parquet"},
            "docs": {"kind": "python_documentation", "location": "here"},
        }
    )
    assert "4 mistakes" in message
    assert "news: unknown kind 'jsonlines'; did you mean 'jsonl'?" in message
    assert "news: unknown field 'licens'; did you mean 'licence'?" in message
    assert "wiki: kind parquet needs a location" in message
    assert "docs: kind python_documentation finds its content itself" in message


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({**NEWS, "fields": {"txt": "body"}}, "unknown field 'fields.txt'"),
        ({**NEWS, "fields": {"title": "  "}}, "fields.title is empty"),
        ({**NEWS, "fields": {"title": 3}}, "fields.title"),
        ({**NEWS, "kind": "text", "fields": {"text": "a"}}, "no named fields"),
        ({**NEWS, "location": "s4://bucket/x"}, "unsupported scheme 's4'"),
        ({**NEWS, "location": ""}, "needs a location"),
        ({**NEWS, "max_megabytes": -1}, "max_megabytes"),
        ({**NEWS, "name": "other"}, "differs from its key"),
        ({"location": "x"}, "lacks kind"),
        ("jsonl", "must be a mapping of fields, found 'jsonl'"),
        ({}, "lacks kind"),
    ],
)
def test_a_mistake_is_told_in_words(fields, expected):
    assert expected in message_of({"news": fields})


def test_an_uninstalled_file_system_names_its_package(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    message = message_of({"news": {**NEWS, "location": "s3://bucket/x"}})
    assert "s3fs" in message


def test_a_bad_name_is_a_mistake():
    assert "lower-case letters" in message_of({"Bad Name": NEWS})
    assert "name" in message_of({3: NEWS})


def test_two_sources_that_read_the_same_are_a_mistake():
    assert "b: reads the same as source a" in message_of({"a": NEWS, "b": NEWS})
    documentation = {"kind": "python_documentation"}
    assert "reads the same" in message_of({"a": documentation, "b": documentation})


@pytest.mark.parametrize("nothing", [{}, None, [], "news"])
def test_no_sources_are_a_mistake(nothing):
    assert "at least one name to a source" in message_of(nothing)


def test_a_message_is_bounded():
    message = message_of({f"s{i}": {"kind": "nope"} for i in range(100)})
    assert "100 mistakes" in message
    assert "and 80 more" in message
    assert len(message) < 5000


def test_a_registry_cannot_be_changed():
    registry = SourceRegistry.model_validate({"news": NEWS})
    with pytest.raises(ValidationError):
        registry.root = {}


def test_null_takes_a_source_out_that_another_file_declares():
    registry = SourceRegistry.model_validate(
        {"python_documentation": None, "news": {"kind": "text", "location": "news"}}
    )
    assert [source.name for source in registry] == ["news"]


def test_a_project_without_any_source_left_is_refused():
    with pytest.raises(ValidationError, match="at least one"):
        SourceRegistry.model_validate({"python_documentation": None})
