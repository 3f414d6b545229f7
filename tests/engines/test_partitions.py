import importlib
import os
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from taojin.core.errors import CountMismatchError, DataError
from taojin.core.shards import Shards, write_shards
from taojin.engines import EngineConfig, map_partitions, run_tasks


def double(log: Path, table: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    with log.open("a") as stream:
        stream.write(f"{table.num_rows}\n")
    numbers = [2 * n for n in table.column("n").to_pylist()]
    return pa.table({"n": numbers}), {"num_doubled": len(numbers)}


def add(left: pa.Table, right: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    numbers = left.column("n").to_numpy() + right.column("n").to_numpy()
    return pa.table({"n": numbers}), {}


def die(_: int) -> None:
    os._exit(9)


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


DOUBLING = """
import pyarrow as pa

def double(table):
    return pa.table({"n": [2 * n for n in table.column("n").to_pylist()]}), {"seen": 1}
"""


@pytest.mark.slow
def test_the_result_does_not_depend_on_the_number_of_workers(tmp_path, monkeypatch):
    (tmp_path / "doubling.py").write_text(DOUBLING)  # workers import it by name
    monkeypatch.syspath_prepend(tmp_path)
    operator = importlib.import_module("doubling").double
    given = numbers(tmp_path / "in")

    alone, together = (
        map_partitions(
            operator,
            [given],
            tmp_path / f"out{num_workers}",
            engine=EngineConfig(num_workers=num_workers),
            fingerprint="f",
            label="double",
        )
        for num_workers in (1, 2)
    )

    assert alone.parts == together.parts
    assert together.counts == {"seen": 2}


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


@pytest.mark.slow
def test_a_worker_that_dies_is_reported_not_waited_for():
    with pytest.raises(DataError, match=r"a worker process died.*engine\.num_workers"):
        list(run_tasks(die, [1, 2], EngineConfig(num_workers=2), "die"))


def test_results_come_in_the_order_of_tasks():
    words = ["c", "a", "b"]
    assert list(run_tasks(str.upper, words, EngineConfig(num_workers=1), "x")) == [
        "C",
        "A",
        "B",
    ]
