import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from taojin.core.records import FieldMapping, Source
from taojin.ingestion.candidates import Candidate, Item, Refusal
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.readers.jsonl import read_jsonl

REAL = Path(__file__).parents[4] / "shared" / "data" / "dolma_fixtures"


def read(tmp_path, content, name="a.jsonl", fields=None, **config):
    path = tmp_path / name
    path.write_bytes(content)
    item = Item(str(path), name, len(content), "")
    source = Source(name="news", kind="jsonl", fields=fields or FieldMapping())
    return list(read_jsonl(item, source, IngestionConfig(**config)))


def test_one_object_a_line_is_one_record(tmp_path):
    content = '{"text": "黄金"}\n\n  \n{"text": "gold", "id": 7}\r\n'.encode()
    first, second = read(tmp_path, content)
    assert isinstance(first, Candidate)
    assert (first.text, first.position) == ("黄金", 0)
    assert isinstance(second, Candidate)
    assert (second.text, second.position, second.metadata) == ("gold", 3, {"id": 7})


def test_a_compressed_file_is_read(tmp_path):
    found = read(tmp_path, gzip.compress(b'{"text": "a"}\n'), name="a.jsonl.gz")
    assert isinstance(found[0], Candidate)


def test_a_byte_order_mark_is_no_part_of_the_first_record(tmp_path):
    (found,) = read(tmp_path, b'\xef\xbb\xbf{"text": "a"}')
    assert isinstance(found, Candidate)


@pytest.mark.parametrize(
    ("line", "reason", "detail"),
    [
        (b'{"text": "a"', "unparsable", "not JSON"),
        (b"plain words", "unparsable", "plain words"),
        (b'["a"]', "unparsable", "a JSON list instead of an object"),
        (b'"a"', "unparsable", "str"),
        (b"[" * 100_000, "unparsable", "not JSON"),
        (b'{"text": "\xff"}', "wrong_encoding", "byte 0xff at 10"),
        ('{"text": "a"}'.encode("utf-16"), "wrong_encoding", "UTF-16"),
        (b'{"body": "a"}', "bad_field", "no field 'text'; the record has: body"),
        (b'{"text": ' + b"1" * 5000 + b"}", "unparsable", "not JSON"),
    ],
)
def test_a_bad_line_is_refused_and_the_next_is_read(tmp_path, line, reason, detail):
    refusal, *_, good = read(tmp_path, line + b'\n{"text": "good"}\n')
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.uri, refusal.position) == (reason, "a.jsonl", 0)
    assert detail in refusal.detail
    assert isinstance(good, Candidate)


def test_a_line_over_the_limit_is_refused(tmp_path):
    long = json.dumps({"text": "x" * 3000}).encode()
    limits: dict[str, Any] = {"max_record_bytes": 2000, "max_document_bytes": 1000}
    refusal, good = read(tmp_path, long + b'\n{"text": "a"}', **limits)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "too_large"
    assert isinstance(good, Candidate)


def test_numbers_that_are_not_json_are_kept_as_words(tmp_path):
    (found,) = read(tmp_path, b'{"text": "a", "score": NaN}')
    assert isinstance(found, Candidate)
    assert found.metadata == {"score": "NaN"}


def test_an_empty_file_has_no_records(tmp_path):
    assert read(tmp_path, b"") == []


@pytest.mark.skipif(not REAL.exists(), reason="the shared benchmark data is absent")
def test_a_real_crawl_is_read_whole(tmp_path):
    path = REAL / "cc_en_head-0091.jsonl.gz"
    fields = FieldMapping(uri="id", created_at="created")
    found = read(tmp_path, path.read_bytes(), name=path.name, fields=fields)
    lines = gzip.decompress(path.read_bytes()).splitlines()
    assert len(found) == len(lines)
    assert all(isinstance(one, Candidate) and one.text for one in found)
