import pyarrow as pa
import pyarrow.parquet as pq

from taojin.ingestion.writing import PartWriter

SCHEMA = pa.schema([pa.field("text", pa.large_string(), nullable=False)])


def write(folder, texts, part_bytes):
    writer = PartWriter(folder, "part", SCHEMA, part_bytes)
    for text in texts:
        writer.add({"text": text}, len(text))
    return writer.close()


def test_rows_come_back_in_order_from_parts_of_bounded_size(tmp_path):
    texts = [str(i) * 100 for i in range(100)]
    parts = write(tmp_path, texts, part_bytes=5000)
    tables = [pq.read_table(tmp_path / part.name) for part in parts]
    assert [text for table in tables for text in table["text"].to_pylist()] == texts
    assert len(parts) > 3
    assert all(table.nbytes < 8000 for table in tables)
    assert all(table.schema == SCHEMA for table in tables)


def test_one_row_larger_than_a_part_is_a_part(tmp_path):
    parts = write(tmp_path, ["a" * 100, "b" * 9000, "c"], part_bytes=1000)
    assert [part.num_rows for part in parts] == [2, 1]


def test_no_rows_make_no_part(tmp_path):
    assert write(tmp_path, [], 1000) == []


def test_the_same_rows_make_the_same_bytes(tmp_path):
    texts = ["金" * i for i in range(50)]
    first = write(tmp_path / "a", texts, 1000)
    assert write(tmp_path / "b", texts, 1000) == first
