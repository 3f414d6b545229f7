import pyarrow as pa
import pytest

from taojin.core.errors import CorruptArtifactError, CountMismatchError
from taojin.core.shards import (
    MANIFEST,
    Shards,
    read_part,
    require_same_rows,
    write_part,
    write_shards,
)


def table(*numbers: int) -> pa.Table:
    return pa.table({"n": list(numbers), "t": [f"text {n}" for n in numbers]})


def test_what_is_written_is_read_in_order(tmp_path):
    write_shards([table(1, 2), table(3)], tmp_path / "d")

    shards = Shards.open(tmp_path / "d")

    assert shards.num_rows == 3
    assert shards.read(["n"]).column("n").to_pylist() == [1, 2, 3]
    assert [part.num_rows for part in shards.tables()] == [2, 1]


def test_the_fingerprint_knows_content_not_place(tmp_path):
    here = write_shards([table(1, 2)], tmp_path / "a")
    there = write_shards([table(1, 2)], tmp_path / "b")
    other = write_shards([table(2, 1)], tmp_path / "c")

    assert here.fingerprint == there.fingerprint != other.fingerprint


def test_counts_add_up_over_parts(tmp_path):
    parts = tuple(
        write_part(table(n), tmp_path / f"{n}.parquet", {"seen": n, f"only_{n}": 1})
        for n in (1, 2)
    )

    counts = Shards(tmp_path, parts).counts

    assert counts == {"seen": 3, "only_1": 1, "only_2": 1}


def damage_manifest(root):
    (root / MANIFEST).write_text("{")


def remove_manifest(root):
    (root / MANIFEST).unlink()


def remove_part(root):
    next(root.glob("*.parquet")).unlink()


@pytest.mark.parametrize("damage", [damage_manifest, remove_manifest, remove_part])
def test_an_unfinished_folder_is_refused(tmp_path, damage):
    write_shards([table(1)], tmp_path / "d")
    damage(tmp_path / "d")

    with pytest.raises(CorruptArtifactError, match=r"d .*run again"):
        Shards.open(tmp_path / "d")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all" * 100])
def test_a_damaged_part_is_named(tmp_path, content):
    (tmp_path / "x.parquet").write_bytes(content)

    with pytest.raises(CorruptArtifactError, match=r"x\.parquet is not a readable"):
        read_part(tmp_path / "x.parquet")


def test_lost_rows_are_an_error(tmp_path):
    before = write_shards([table(1, 2, 3)], tmp_path / "before")
    kept = write_shards([table(1)], tmp_path / "kept")

    with pytest.raises(CountMismatchError, match="given 3 records and accounts for 1"):
        require_same_rows(before, kept, stage="curation")
