import csv
import gzip
from pathlib import Path
from typing import Any

import pytest

from taojin.core.errors import SourceReadError
from taojin.core.records import FieldMapping, Source
from taojin.ingestion.candidates import Candidate, Item, Refusal
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.readers.csv import read_csv

REAL = Path(__file__).parents[4] / "shared" / "data"


def read(tmp_path, content, name="a.csv", fields=None, **config):
    path = tmp_path / name
    path.write_bytes(content)
    item = Item(str(path), name, len(content), "")
    source = Source(name="news", kind="csv", fields=fields or FieldMapping())
    return list(read_csv(item, source, IngestionConfig(**config)))


def test_a_row_is_a_record(tmp_path):
    content = 'id,text\n1,黄金\n\n2,"a, ""b""\nc"\n'.encode()
    first, second = read(tmp_path, content)
    assert isinstance(first, Candidate)
    assert (first.text, first.metadata, first.uri) == ("黄金", {"id": "1"}, "a.csv#0")
    assert isinstance(second, Candidate)
    assert (second.text, second.position) == ('a, "b"\nc', 1)


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_the_delimiter_is_the_one_that_yields_the_columns(tmp_path, mark):
    content = mark.join(["id", "text"]) + "\n" + mark.join(["1", "gold"]) + "\n"
    (found,) = read(tmp_path, content.encode())
    assert isinstance(found, Candidate)
    assert found.text == "gold"


def test_windows_files_with_a_byte_order_mark_are_read(tmp_path):
    (found,) = read(tmp_path, b"\xef\xbb\xbftext,id\r\na,1\r\n")
    assert isinstance(found, Candidate)
    assert (found.text, found.metadata) == ("a", {"id": "1"})


def test_a_compressed_table_is_read(tmp_path):
    assert len(read(tmp_path, gzip.compress(b"text\na\n"), name="a.csv.gz")) == 1


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        (b"1", "unparsable", "1 cells, the header has 2"),
        (b"1,a,b", "unparsable", "3 cells"),
        (b'1,"a"b', "unparsable", "up to line 2"),
        (b"1,\xd6\xd0", "wrong_encoding", "column 'text': not UTF-8: byte 0xd6"),
        (b"1,a\0b", "wrong_encoding", "NUL at 1"),
    ],
)
def test_a_bad_row_is_refused_and_the_next_is_read(tmp_path, row, reason, detail):
    refusal, good = read(tmp_path, b"id,text\n" + row + b"\n2,good\n")
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.position) == (reason, 0)
    assert detail in refusal.detail
    assert isinstance(good, Candidate)
    assert good.position == 1


def test_a_cell_larger_than_the_parser_likes_is_read(tmp_path):
    (found,) = read(tmp_path, b"text\n" + b"x" * 300_000 + b"\n")
    assert isinstance(found, Candidate)
    assert len(found.text) == 300_000


def test_the_limit_of_other_users_of_the_parser_is_left_alone(tmp_path):
    before = csv.field_size_limit(12_345)
    read(tmp_path, b"text\na\n")
    assert csv.field_size_limit(before) == 12_345


def test_a_quote_that_is_never_closed_swallows_no_more_than_the_limit(tmp_path):
    rows = b"".join(b"%d,word\n" % i for i in range(1000))
    found = read(tmp_path, b'id,text\n0,"open\n' + rows, max_document_bytes=500)
    refusal, *good = found
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "too_large"
    assert len(good) > 900
    assert all(isinstance(one, Candidate) for one in good)


def test_a_line_over_the_limit_is_refused(tmp_path):
    limits: dict[str, Any] = {"max_record_bytes": 100, "max_document_bytes": 100}
    found = read(tmp_path, b"text\na\n" + b"x" * 200 + b"\nb\n", **limits)
    assert [type(one) for one in found].count(Candidate) == 2
    assert (
        sum(isinstance(one, Refusal) and one.reason == "too_large" for one in found)
        == 1
    )


@pytest.mark.parametrize("content", [b"", b"body,id\na,1\n", b"text,text\na,b\n"])
def test_a_table_without_its_columns_is_unreadable(tmp_path, content):
    with pytest.raises(SourceReadError, match=r"correct sources\.news\.fields"):
        read(tmp_path, content)


def test_the_message_names_what_is_missing_and_what_is_there(tmp_path):
    fields = FieldMapping(text="body", title="headline")
    with pytest.raises(SourceReadError) as caught:
        read(tmp_path, b"body;id\na;1\n", fields=fields)
    assert "has no column 'headline'" in str(caught.value)
    assert "'body', 'id'" in str(caught.value)


def test_a_name_into_nested_objects_finds_nothing_in_a_table(tmp_path):
    (found,) = read(tmp_path, b"meta,id\na,1\n", fields=FieldMapping(text="meta.text"))
    assert isinstance(found, Refusal)
    assert found.reason == "bad_field"


def test_a_first_line_that_is_no_header_is_unreadable(tmp_path):
    with pytest.raises(SourceReadError, match="no column 'text'"):
        read(tmp_path, b"x" * 200_000 + b"\n")


def test_a_header_in_another_encoding_is_unreadable(tmp_path):
    with pytest.raises(SourceReadError, match="not UTF-8"):
        read(tmp_path, "文本\n中文\n".encode("gb18030"))


@pytest.mark.skipif(not REAL.exists(), reason="the shared benchmark data is absent")
@pytest.mark.parametrize(
    ("file", "column", "num_rows"),
    [
        ("banking77/test.csv", "text", 3080),
        ("sentfin/SEntFiN.csv", "Title", 10753),
    ],
)
def test_real_tables_are_read_whole(tmp_path, file, column, num_rows):
    content = (REAL / file).read_bytes()
    found = read(tmp_path, content, fields=FieldMapping(text=column))
    assert len(found) == num_rows
    assert all(isinstance(one, Candidate) for one in found)
