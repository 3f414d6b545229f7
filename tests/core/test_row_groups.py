from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core import row_groups
from taojin.core.errors import CorruptArtifactError
from taojin.core.row_groups import (
    RowReader,
    cut_by_bytes,
    row_bytes,
    write_row_groups,
)

SCHEMA = pa.schema(
    [("n", pa.int64()), ("text", pa.large_string()), ("list", pa.list_(pa.int64()))]
)
ROWS = pa.table(
    {
        "n": range(5000),
        "text": [None if n % 7 == 3 else "金" * (n % 50) for n in range(5000)],
        "list": [[n] * (n % 3) for n in range(5000)],
    },
    schema=SCHEMA,
)


def table(first, last):
    return ROWS.slice(first, last - first)


def test_a_row_counts_its_texts_and_lists():
    rows = pa.table(
        {
            "text": ["金", None],
            "list": [[1, 2], None],
            "fixed": pa.array([[1, 2, 3], [4, 5, 6]], pa.list_(pa.int64(), 3)),
        }
    )

    assert row_bytes(rows).tolist() == [24 + 3 + 16 + 24, 24 + 24]
    assert row_bytes(rows.slice(1)).tolist() == [48]


@settings(max_examples=50, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 300), max_size=8),
    max_bytes=st.integers(1, 30_000),
)
def test_where_rows_are_cut_does_not_depend_on_how_they_come(cuts, max_bytes):
    bounds = [0, *sorted(cuts), 300]
    pieces = [table(a, b) for a, b in pairwise(bounds)]

    whole = list(cut_by_bytes([table(0, 300)], max_bytes))
    found = list(cut_by_bytes(pieces, max_bytes))

    assert [one.num_rows for one in found] == [one.num_rows for one in whole]
    assert pa.concat_tables(found).equals(table(0, 300))
    for one in whole[:-1]:
        sizes = row_bytes(one)
        assert sizes.sum() >= max_bytes > sizes[:-1].sum()


def test_no_rows_are_one_table_with_its_columns():
    (found,) = cut_by_bytes([table(0, 0), table(0, 0)], 1)

    assert found.num_rows == 0
    assert found.schema == table(0, 1).schema


@pytest.mark.parametrize("step", [1, 7, 100, 1000])
def test_the_same_rows_make_the_same_file(tmp_path, monkeypatch, step):
    monkeypatch.setattr(row_groups, "ROW_GROUP_BYTES", 5000)
    write_row_groups([table(0, 1000)], tmp_path / "whole")

    pieces = (table(at, min(at + step, 1000)) for at in range(0, 1000, step))
    num_rows = write_row_groups(pieces, tmp_path / "pieces")

    assert num_rows == 1000
    assert pq.ParquetFile(tmp_path / "whole").num_row_groups > 10
    assert (tmp_path / "pieces").read_bytes() == (tmp_path / "whole").read_bytes()
    assert pq.read_table(tmp_path / "pieces").equals(table(0, 1000))


def test_pages_do_not_show_how_the_rows_came(tmp_path):
    noise = np.random.default_rng(0).integers(97, 122, (3000, 1500), np.uint8)
    rows = pa.table({"text": [row.tobytes().decode() for row in noise]})
    write_row_groups([rows], tmp_path / "whole")

    write_row_groups((rows.slice(n, 7) for n in range(0, 3000, 7)), tmp_path / "pieces")

    assert (tmp_path / "pieces").read_bytes() == (tmp_path / "whole").read_bytes()


def test_a_row_group_is_bounded(tmp_path):
    texts = pa.table({"text": ["".join(map(chr, range(33, 1033)))] * 40_000})
    write_row_groups([texts], tmp_path / "x")

    metadata = pq.read_metadata(tmp_path / "x")

    rows = [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
    bytes_a_row = int(row_bytes(texts.slice(0, 1))[0])
    limit = row_groups.ROW_GROUP_BYTES + bytes_a_row
    assert all(number * bytes_a_row <= limit for number in rows)
    assert sum(rows) == 40_000


@pytest.mark.parametrize("columns", [None, ["text", "n"]])
def test_a_file_is_read_some_rows_at_a_time(tmp_path, columns):
    # One row group, as other programs write them.
    pq.write_table(table(0, 5000), tmp_path / "x")
    expected = table(0, 5000).select(columns or ["n", "text", "list"])

    with RowReader(tmp_path / "x", columns) as reader:
        batches = list(reader.batches(10_000))
    with RowReader(tmp_path / "x", columns) as reader:
        assert reader.num_rows == 5000
        taken = [reader.take(batch.num_rows) for batch in batches]
        assert reader.take(1).num_rows == 0

    assert len(batches) > 10
    assert pa.concat_tables(batches).equals(expected)
    assert all(a.equals(b) for a, b in zip(batches, taken, strict=True))


def test_reading_in_pieces_takes_little_memory(tmp_path):
    noise = np.random.default_rng(0).integers(97, 122, (30_000, 2000), np.uint8)
    texts = [row.tobytes().decode() for row in noise]
    pq.write_table(pa.table({"text": texts}), tmp_path / "x", use_dictionary=False)
    del texts
    before = pa.total_allocated_bytes()

    with RowReader(tmp_path / "x") as reader:
        peak = max(pa.total_allocated_bytes() - before for _ in reader.batches(4 << 20))

    assert peak < 20 << 20  # of 60 MB


@pytest.mark.parametrize("columns", [None, ["absent"]])
def test_a_damaged_file_or_column_is_named(tmp_path, columns):
    if columns:
        pq.write_table(table(0, 5), tmp_path / "x")
    else:
        (tmp_path / "x").write_bytes(b"PAR1")

    with pytest.raises(CorruptArtifactError, match="x is not a readable Parquet"):
        RowReader(tmp_path / "x", columns)


def test_a_file_damaged_in_the_middle_is_named(tmp_path):
    pq.write_table(table(0, 5000), tmp_path / "x", compression="zstd")
    content = bytearray((tmp_path / "x").read_bytes())
    content[4:3000] = bytes(2996)  # the head of the first page too
    (tmp_path / "x").write_bytes(content)

    with (
        pytest.raises(CorruptArtifactError, match="x is not a readable Parquet"),
        RowReader(tmp_path / "x") as reader,
    ):
        list(reader.batches(1000))
