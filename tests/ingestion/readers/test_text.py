import gzip

import pytest

from taojin.core.records import Source
from taojin.ingestion.candidates import Candidate, Item, Refusal
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.readers.text import read_text


def read(tmp_path, content, name="notes.md", **config):
    path = tmp_path / name
    path.write_bytes(content)
    item = Item(str(path), name, len(content), "")
    source = Source(name="notes", kind="text")
    (found,) = read_text(item, source, IngestionConfig(**config))
    return found


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("notes.md", "# 标题 \n\ntext", "标题"),
        ("notes.md", "\n\n## Two #\ntext", "Two"),
        ("notes.md", "text\n# later", "notes"),
        ("notes.txt", "# not a heading", "notes"),
        ("notes.txt", "", "notes"),
    ],
)
def test_the_title_is_the_first_heading_or_the_name(tmp_path, name, content, title):
    found = read(tmp_path, content.encode(), name)
    assert isinstance(found, Candidate)
    assert (found.title, found.text, found.uri) == (title, content, name)


def test_a_compressed_file_has_the_title_of_what_is_in_it(tmp_path):
    found = read(tmp_path, gzip.compress(b"words"), "notes.txt.gz")
    assert isinstance(found, Candidate)
    assert (found.text, found.title) == ("words", "notes")


def test_a_byte_order_mark_is_no_text(tmp_path):
    found = read(tmp_path, b"\xef\xbb\xbfwords")
    assert isinstance(found, Candidate)
    assert found.text == "words"


@pytest.mark.parametrize(
    "content",
    ["中文".encode("gb18030"), "words".encode("utf-16"), b"\x89PNG\r\n\x1a\n\0\0"],
)
def test_other_encodings_are_refused(tmp_path, content):
    found = read(tmp_path, content)
    assert isinstance(found, Refusal)
    assert (found.reason, found.uri, found.position) == (
        "wrong_encoding",
        "notes.md",
        None,
    )


def test_a_file_over_the_limit_is_refused(tmp_path):
    found = read(tmp_path, b"x" * 101, max_record_bytes=100, max_document_bytes=100)
    assert isinstance(found, Refusal)
    assert found.reason == "too_large"
