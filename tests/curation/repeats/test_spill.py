from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taojin.curation.repeats.spill import (
    KEY_LIMIT,
    RunWriter,
    group_starts,
    key_ranges,
    read_range,
    remember_runs,
    sort_by_key,
)

KEYS = st.lists(st.integers(0, KEY_LIMIT - 1), max_size=20)


def write(path, batches, num_values):
    with RunWriter(path) as writer:
        for batch in batches:
            keys = np.array(batch, np.uint64)
            writer.add(keys, *(keys.view(np.int64) + n for n in range(num_values)))
    return writer.runs


@given(
    batches=st.lists(KEYS, min_size=1, max_size=4),
    bounds=st.tuples(st.integers(0, KEY_LIMIT), st.integers(0, KEY_LIMIT)),
    num_values=st.integers(0, 3),
)
def test_a_range_of_keys_comes_back_with_its_values(
    tmp_path_factory, batches, bounds, num_values
):
    runs = write(tmp_path_factory.mktemp("runs") / "a.bin", batches, num_values)
    low, high = min(bounds), max(bounds)
    found = sort_by_key(read_range(runs, low, high))
    expected = sorted(key for keys in batches for key in keys if low <= key < high)
    assert found.keys.tolist() == expected
    assert found.values.shape == (len(expected), num_values)
    for number in range(num_values):
        values = found.values[:, number].view(np.uint64) - np.uint64(number)
        assert values.tolist() == expected


def test_a_run_lies_sorted_on_disk(tmp_path):
    (run,) = write(tmp_path / "a.bin", [[5, 1, KEY_LIMIT - 1]], 0)
    assert np.fromfile(run.path, np.uint64).tolist() == [1, 5, KEY_LIMIT - 1]


def test_an_unfinished_file_is_absent(tmp_path):
    with pytest.raises(KeyboardInterrupt), RunWriter(tmp_path / "a.bin") as writer:
        writer.add(np.zeros(3, np.uint64))
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_no_runs_have_no_records():
    assert len(read_range([], 0, KEY_LIMIT).keys) == 0


def test_key_ranges_follow_each_other_and_fit_the_limit(tmp_path):
    runs = write(tmp_path / "a.bin", [range(1000)], 2) * 1000  # 24 MB
    ranges = key_ranges(runs, 16)
    assert len(ranges) == 9
    assert ranges[0][0] == 0
    assert ranges[-1][1] == KEY_LIMIT
    assert all(a[1] == b[0] for a, b in pairwise(ranges))
    assert key_ranges([], 16) == [(0, KEY_LIMIT)]


def test_groups_start_where_keys_change():
    keys = np.array([1, 1, 2, 5, 5], np.uint64)
    assert group_starts(keys).tolist() == [0, 2, 3]
    assert group_starts(keys[:0]).tolist() == []


def test_finished_runs_are_not_written_again(tmp_path):
    path = tmp_path / "a.bin"
    first = remember_runs(path, lambda: write(path, [[1, 2]], 1))
    again = remember_runs(path, lambda: pytest.fail("was written again"))
    assert again == first
