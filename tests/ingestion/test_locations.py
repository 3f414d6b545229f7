import os

import fsspec
import pytest

from taojin.core.errors import SourceReadError
from taojin.core.records import Source
from taojin.ingestion.locations import list_files
from taojin.ingestion.streams import open_stream


def labels(location, kind="jsonl"):
    declared = {"name": "news", "kind": kind, "location": str(location)}
    source = Source.model_validate(declared)
    return [item.label for item in list_files(source)]


@pytest.fixture
def folder(tmp_path):
    for name in ("b.jsonl", "a.jsonl.gz", "notes.txt", ".hidden.jsonl", "_SUCCESS"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "2024").mkdir()
    (tmp_path / "2024" / "c.jsonl").write_bytes(b"xyz")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "d.jsonl").write_bytes(b"x")
    return tmp_path


def test_a_folder_yields_the_files_of_its_kind_in_order(folder):
    assert labels(folder) == ["2024/c.jsonl", "a.jsonl.gz", "b.jsonl"]
    assert labels(f"{folder}/") == labels(folder)
    assert labels(folder, kind="text") == ["notes.txt"]


def test_wild_cards_choose_files_whatever_their_endings(folder):
    assert labels(folder / "*") == ["a.jsonl.gz", "b.jsonl", "notes.txt"]
    assert labels(folder / "*" / "*.jsonl") == ["2024/c.jsonl"]
    assert labels(folder / "**" / "[bc].jsonl") == ["2024/c.jsonl", "b.jsonl"]


def test_a_file_that_is_named_outright_is_read_whatever_its_name(folder):
    assert labels(folder / ".hidden.jsonl") == [".hidden.jsonl"]
    assert labels(folder / "notes.txt") == ["notes.txt"]


def test_a_file_with_brackets_in_its_name_is_found(tmp_path):
    (tmp_path / "a[1].jsonl").write_bytes(b"x")
    assert labels(tmp_path / "a[1].jsonl") == ["a[1].jsonl"]


def test_relative_locations_and_absolute_ones_give_the_same_labels(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert labels("2024") == labels(folder / "2024") == ["c.jsonl"]


def test_a_changed_file_has_another_identity(folder):
    source = Source(name="news", kind="jsonl", location=f"{folder}/b.jsonl")
    (before,) = list_files(source)
    assert list_files(source) == (before,)
    os.utime(folder / "b.jsonl", (1, 1))
    (after,) = list_files(source)
    assert (before.size, before.label) == (after.size, after.label)
    assert before.identity != after.identity


def test_other_file_systems_are_listed():
    system = fsspec.filesystem("memory")
    system.pipe("/bucket/news/a.jsonl", b"xyz")
    source = Source(name="news", kind="jsonl", location="memory://bucket/news/*.jsonl")
    (item,) = list_files(source)
    assert (item.path, item.label, item.size) == (
        "memory:///bucket/news/a.jsonl",
        "a.jsonl",
        3,
    )
    with open_stream(item.path) as stream:
        assert stream.read() == b"xyz"
    system.rm("/bucket", recursive=True)


def test_files_in_an_archive_are_listed(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in/b.jsonl", "{}")
    location = f"zip://in/*.jsonl::{tmp_path}/a.zip"
    (item,) = list_files(Source(name="news", kind="jsonl", location=location))
    with open_stream(item.path) as stream:
        assert stream.read() == b"{}"


@pytest.mark.parametrize("rest", ["none.jsonl", "*.csv", "2025", "empty"])
def test_a_location_without_files_is_an_error_that_names_it(folder, rest):
    (folder / "empty").mkdir()
    with pytest.raises(SourceReadError) as caught:
        labels(folder / rest)
    assert str(folder / rest) in str(caught.value)
    assert "sources.news.location" in str(caught.value)


def test_an_address_that_cannot_be_reached_is_an_error():
    with pytest.raises(SourceReadError, match="cannot be listed"):
        labels("http://127.0.0.1:9/x.jsonl")
