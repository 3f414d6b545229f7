import gzip
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taojin.core.errors import SourceReadError
from taojin.core.records import FieldMapping, Source
from taojin.ingestion.candidates import Candidate, Item, Refusal
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.readers.parquet import read_parquet
from taojin.ingestion.streams import READ_ERRORS

REAL = Path(__file__).parents[4] / "shared" / "data"


def read(path, fields=None):
    item = Item(str(path), path.name, path.stat().st_size, "")
    source = Source(name="news", kind="parquet", fields=fields or FieldMapping())
    return list(read_parquet(item, source, IngestionConfig()))


def write(path, columns):
    pq.write_table(pa.table(columns), path)
    return path


def test_a_row_is_a_record(tmp_path):
    day = datetime(2024, 5, 6, tzinfo=UTC)
    path = write(tmp_path / "a.parquet", {"text": ["a", None], "day": [day, day]})
    first, second = read(path, FieldMapping(created_at="day"))
    assert isinstance(first, Candidate)
    assert (first.text, first.created_at, first.uri) == ("a", day, "a.parquet#0")
    assert isinstance(second, Candidate)
    assert second.text is None


def test_a_table_of_several_row_groups_is_read_in_order(tmp_path):
    table = pa.table({"text": [str(i) for i in range(1000)]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=77)
    found = read(tmp_path / "a.parquet")
    assert [one.position for one in found] == list(range(1000))
    assert [one.text for one in found if isinstance(one, Candidate)] == [
        str(i) for i in range(1000)
    ]


def test_a_compressed_file_is_unpacked(tmp_path):
    path = write(tmp_path / "a.parquet", {"text": ["a"]})
    packed = tmp_path / "a.parquet.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert len(read(packed)) == 1


def test_text_stored_as_bytes_is_decoded(tmp_path):
    rows = ["金".encode(), b"\xff"]
    good, bad = read(write(tmp_path / "a.parquet", {"text": rows}))
    assert isinstance(good, Candidate)
    assert good.text == "金"
    assert isinstance(bad, Refusal)
    assert (bad.reason, bad.position) == ("wrong_encoding", 1)


def test_a_string_that_is_not_utf8_is_refused_alone(tmp_path):
    raw = pa.array([b"a", b"\xff", b"c"]).view(pa.string())
    pq.write_table(pa.table({"text": raw}), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert [type(one) for one in found] == [Candidate, Refusal, Candidate]
    assert isinstance(found[1], Refusal)
    assert found[1].reason == "wrong_encoding"


def test_a_table_without_its_columns_is_unreadable(tmp_path):
    path = write(tmp_path / "a.parquet", {"body": ["a"]})
    with pytest.raises(
        SourceReadError, match=r"no column 'text'; its columns are 'body'"
    ):
        read(path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all, just words"])
def test_a_file_that_is_no_table_is_unreadable(tmp_path, content):
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(READ_ERRORS):
        read(tmp_path / "a.parquet")


def test_a_corrupt_footer_is_unreadable(tmp_path):
    path = write(tmp_path / "a.parquet", {"text": ["a"] * 100})
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(READ_ERRORS):
        read(path)


def test_a_table_without_rows_has_no_records(tmp_path):
    path = write(tmp_path / "a.parquet", {"text": pa.array([], pa.string())})
    assert read(path) == []


@pytest.mark.skipif(not REAL.exists(), reason="the shared benchmark data is absent")
def test_a_real_chinese_table_is_read_whole():
    found = read(REAL / "cold" / "test.parquet", FieldMapping(text="TEXT"))
    assert len(found) == 5323
    assert all(isinstance(one, Candidate) for one in found)
