from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from taojin.core.errors import CorruptArtifactError, CountMismatchError, DataError
from taojin.core.shards import Shards, write_shards
from taojin.engines import EngineConfig, RowWise, map_partitions


def double(log: Path, table: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    with log.open("a") as stream:
        stream.write(f"{table.num_rows}\n")
    numbers = [2 * n for n in table.column("n").to_pylist()]
    return pa.table({"n": numbers}), {"num_doubled": len(numbers)}


def add(left: pa.Table, right: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    numbers = left.column("n").to_numpy() + right.column("n").to_numpy()
    return pa.table({"n": numbers}), {}


def numbers(root: Path) -> Shards:
    return write_shards(
        [
            pa.table({"n": [1, 2], "other": ["a", "b"]}),
            pa.table({"n": [3], "other": ["c"]}),
        ],
        root,
    )


def run(tmp_path: Path, *, fingerprint="f") -> Shards:
    root = tmp_path / "in"
    given = Shards.open(root) if root.exists() else numbers(root)
    return map_partitions(
        partial(double, tmp_path / "log"),
        [given],
        tmp_path / "out",
        engine=EngineConfig(num_workers=1),
        fingerprint=fingerprint,
        label="double",
        columns=[["n"]],
    )


def calls(tmp_path: Path) -> int:
    return len((tmp_path / "log").read_text().splitlines())


def test_each_part_is_mapped_and_counts_add_up(tmp_path):
    result = run(tmp_path)

    assert result.read().column("n").to_pylist() == [2, 4, 6]
    assert result.counts == {"num_doubled": 3}
    assert Shards.open(tmp_path / "out") == result


def test_finished_parts_are_not_done_twice(tmp_path):
    first = run(tmp_path)
    assert run(tmp_path) == first
    assert calls(tmp_path) == 2


def test_another_configuration_does_all_parts_again(tmp_path):
    run(tmp_path, fingerprint="old")
    run(tmp_path, fingerprint="new")
    assert calls(tmp_path) == 4


@pytest.mark.parametrize("content", [b"", b"truncated"])
def test_a_damaged_part_is_done_again(tmp_path, content):
    first = run(tmp_path)
    (tmp_path / "out" / "part-00001.parquet").write_bytes(content)

    assert run(tmp_path) == first
    assert calls(tmp_path) == 3


def parts_of(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


@pytest.fixture
def many(tmp_path):
    return write_shards(
        [pa.table({"n": [n, n + 10]}) for n in range(6)], tmp_path / "in"
    )


def run_on(engine, operator, given, output) -> Shards:
    return map_partitions(
        operator, [given], output, engine=engine, fingerprint="f", label="double"
    )


@pytest.mark.slow
def test_every_engine_makes_the_same_bytes(engine, operators, many, tmp_path):
    alone = EngineConfig(num_workers=1)
    expected = run_on(alone, operators.double, many, tmp_path / "alone")

    found = run_on(engine, operators.double, many, tmp_path / "out")

    assert found.parts == expected.parts
    assert found.fingerprint == expected.fingerprint
    assert parts_of(tmp_path / "out") == parts_of(tmp_path / "alone")
    assert found.counts == {"num_doubled": 12}


@pytest.mark.slow
def test_workers_killed_half_way_lose_nothing(engine, operators, many, tmp_path):
    alone = EngineConfig(num_workers=1)
    expected = run_on(alone, operators.double, many, tmp_path / "alone")
    marks = tmp_path / "marks"
    marks.mkdir()

    found = run_on(
        engine,
        partial(operators.double_but_die_once, str(marks)),
        many,
        tmp_path / "out",
    )

    assert len(list(marks.iterdir())) == 3
    assert found.parts == expected.parts
    assert parts_of(tmp_path / "out") == parts_of(tmp_path / "alone")


@pytest.mark.slow
def test_an_error_of_the_operator_comes_as_it_is_and_is_not_tried_again(
    engine, operators, many, tmp_path
):
    operator = partial(operators.refuse_three, str(tmp_path))

    with pytest.raises(
        DataError, match=r"in/part-00003\.parquet: three is not allowed"
    ) as caught:
        run_on(engine, operator, many, tmp_path / "out")

    assert type(caught.value) is DataError
    calls = (tmp_path / "calls").read_text().split()
    assert len(calls) == len(set(calls))


@pytest.mark.slow
def test_what_was_finished_before_an_error_is_kept(engine, operators, many, tmp_path):
    operator = partial(operators.refuse_three, str(tmp_path))
    with pytest.raises(DataError):
        run_on(engine, operator, many, tmp_path / "out")
    before = set((tmp_path / "calls").read_text().split())

    with pytest.raises(DataError):
        run_on(engine, operator, many, tmp_path / "out")

    after = (tmp_path / "calls").read_text().split()[len(before) :]
    assert {"0", "1", "2"} <= before
    assert set(after) & before == {"3"}


@pytest.mark.slow
def test_a_defect_keeps_its_type_and_is_told_with_its_part(
    engine, operators, many, tmp_path
):
    with pytest.raises(ZeroDivisionError, match="a defect") as caught:
        run_on(engine, operators.break_down, many, tmp_path / "out")

    assert any("in/part-0000" in note for note in caught.value.__notes__)


def text_lengths(sizes, table):
    sizes.append(table.num_rows)
    lengths = [len(text) for text in table.column("text").to_pylist()]
    return pa.table({"length": lengths, "text": table.column("text")}), {
        "num_chars": sum(lengths)
    }


def longer(sizes, left, right):
    sizes.append(left.num_rows)
    assert left.column("n").equals(right.column("n"))
    return right, {}


def texts(root) -> Shards:
    column = ["x" * (number % 97) for number in range(1000)]
    return write_shards([pa.table({"n": range(1000), "text": column})], root)


@pytest.mark.parametrize("batch_bytes", [1, 500, 20_000])
def test_a_part_too_large_is_worked_on_in_pieces_with_the_same_result(
    tmp_path, batch_bytes
):
    given = texts(tmp_path / "in")
    alone = EngineConfig(num_workers=1)
    whole, pieces = [], []
    expected = run_on(alone, partial(text_lengths, whole), given, tmp_path / "whole")

    found = run_on(
        alone,
        RowWise(partial(text_lengths, pieces), batch_bytes),
        given,
        tmp_path / "pieces",
    )

    assert found.parts == expected.parts
    assert whole == [1000]
    assert sum(pieces) == 1000
    assert max(pieces) <= max(1, batch_bytes // 16)
    assert found.counts == {"num_chars": sum(n % 97 for n in range(1000))}


def test_pieces_of_several_inputs_hold_the_same_rows(tmp_path):
    wide = texts(tmp_path / "wide")
    narrow = write_shards([wide.read(["n"])], tmp_path / "narrow")
    sizes = []

    map_partitions(
        RowWise(partial(longer, sizes), 5000),
        [wide, narrow],
        tmp_path / "out",
        engine=EngineConfig(num_workers=1),
        fingerprint="f",
        label="longer",
    )

    assert sum(sizes) == 1000
    assert len(sizes) > 5


def test_pieces_of_a_part_without_rows_keep_its_columns(tmp_path):
    column = pa.array([], pa.string())
    given = write_shards([pa.table({"text": column})], tmp_path / "in")

    found = run_on(
        EngineConfig(num_workers=1),
        RowWise(partial(text_lengths, [])),
        given,
        tmp_path / "out",
    )

    assert found.read().column_names == ["length", "text"]


def test_inputs_with_different_rows_are_refused(tmp_path):
    two = write_shards([pa.table({"n": [1, 2]})], tmp_path / "two")
    one = write_shards([pa.table({"n": [1]})], tmp_path / "one")

    with pytest.raises(CountMismatchError, match=r"two/part-.*\[2, 1\] rows"):
        map_partitions(
            RowWise(add),
            [two, one],
            tmp_path / "out",
            engine=EngineConfig(num_workers=1),
            fingerprint="f",
            label="add",
        )


@pytest.mark.parametrize("columns", [None, ["absent"]])
def test_a_part_that_cannot_be_read_in_pieces_is_named(tmp_path, columns):
    given = texts(tmp_path / "in")
    if columns is None:
        given.path(given.parts[0]).write_bytes(b"PAR1")

    with pytest.raises(CorruptArtifactError, match=r"part-00000\.parquet is not a"):
        map_partitions(
            RowWise(add),
            [given],
            tmp_path / "out",
            engine=EngineConfig(num_workers=1),
            fingerprint="f",
            label="add",
            columns=[columns],
        )


def test_several_inputs_are_taken_part_by_part(tmp_path):
    given = numbers(tmp_path / "in")

    result = map_partitions(
        add,
        [given, given],
        tmp_path / "out",
        engine=EngineConfig(num_workers=1),
        fingerprint="f",
        label="add",
    )

    assert result.read().column("n").to_pylist() == [2, 4, 6]


def test_inputs_with_different_parts_are_refused(tmp_path):
    two = numbers(tmp_path / "two")
    one = write_shards([pa.table({"n": [1]})], tmp_path / "one")

    with pytest.raises(CountMismatchError, match=r"add: .*\[2, 1\] parts"):
        map_partitions(
            add,
            [two, one],
            tmp_path / "out",
            engine=EngineConfig(),
            fingerprint="f",
            label="add",
        )
