import numpy as np
import pytest

from taojin.curation.duplicates.components import connect
from taojin.curation.duplicates.spill import (
    RUN_SUFFIX,
    Layout,
    link_slice,
    read_edges,
    write_run,
)


def labels(folder, keys, layout, run_rows):
    """Components by equal keys of a table, by way of runs of so many rows."""
    folder.mkdir()
    for start in range(0, len(keys), run_rows):
        rows = np.arange(start, min(start + run_rows, len(keys)))
        write_run(folder / f"{start:03d}{RUN_SUFFIX}", keys[rows], rows, layout)
    for index in range(layout.num_slices):
        link_slice(folder, index, layout)
    return connect(np.arange(len(keys)), read_edges(folder)).tolist()


def spread(values):
    """Keys from the whole span of 64 bits, the least and the greatest included."""
    table = np.array([0, 2**64 - 1, 2**63, 2**62 + 5, 12345], dtype=np.uint64)
    return table[np.array(values)]


@pytest.mark.parametrize("run_rows", [1, 3, 7, 100])
@pytest.mark.parametrize("num_ranges", [1, 2, 5])
def test_equal_keys_meet_whatever_the_runs_and_ranges(tmp_path, run_rows, num_ranges):
    keys = spread([0, 1, 2, 0, 3, 1, 4, 1]).reshape(-1, 1, 1)
    found = labels(tmp_path / "runs", keys, Layout(1, 1, num_ranges), run_rows)
    assert found == [0, 1, 2, 0, 4, 1, 6, 1]


@pytest.mark.parametrize("run_rows", [1, 2, 4])
def test_keys_of_different_tables_are_not_linked(tmp_path, run_rows):
    keys = spread([[0, 1], [1, 0], [2, 3], [4, 3]]).reshape(4, 2, 1)
    found = labels(tmp_path / "runs", keys, Layout(2, 1, 2), run_rows)
    assert found == [0, 1, 2, 2]


@pytest.mark.parametrize("run_rows", [1, 4])
def test_all_words_of_a_key_have_to_be_equal(tmp_path, run_rows):
    keys = spread([[0, 1], [0, 2], [0, 1], [2, 1]]).reshape(4, 1, 2)
    found = labels(tmp_path / "runs", keys, Layout(1, 2, 3), run_rows)
    assert found == [0, 1, 0, 3]


def test_a_key_of_many_rows_takes_one_record_of_a_run(tmp_path):
    layout = Layout(1, 1, 1)
    run = tmp_path / f"one{RUN_SUFFIX}"
    write_run(run, np.zeros((1000, 1, 1), np.uint64), np.arange(1000), layout)
    assert run.stat().st_size == 2 * 8 + layout.record.itemsize


def test_runs_without_rows_are_read_as_such(tmp_path):
    keys = np.zeros((0, 2, 1), dtype=np.uint64)
    layout = Layout(2, 1, 3)
    write_run(tmp_path / f"a{RUN_SUFFIX}", keys, np.zeros(0, np.int64), layout)
    write_run(tmp_path / f"b{RUN_SUFFIX}", keys, np.zeros(0, np.int64), layout)
    for index in range(layout.num_slices):
        link_slice(tmp_path, index, layout)
    assert list(read_edges(tmp_path)) == []
