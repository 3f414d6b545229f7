import numpy as np
import pytest

from taojin.training.shuffled_rows import ShuffledRows


def test_every_row_comes_once_an_epoch_in_another_order():
    rows = ShuffledRows(10, 5, seed=0, purpose="images")
    epochs = [
        np.concatenate([rows.batch(2 * n), rows.batch(2 * n + 1)]) for n in (0, 1)
    ]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert not np.array_equal(epochs[0], epochs[1])


@pytest.mark.parametrize("size", [3, 4, 25])
def test_a_batch_goes_on_in_the_next_epoch(size):
    rows = ShuffledRows(10, size, seed=1, purpose="images")
    stream = np.concatenate([rows.batch(index) for index in range(20)])
    assert len(stream) == 20 * size
    whole = len(stream) // 10 * 10
    for epoch in stream[:whole].reshape(-1, 10):
        assert sorted(epoch) == list(range(10))


def test_a_batch_is_the_same_whatever_was_asked_before():
    rows = ShuffledRows(10, 4, seed=2, purpose="codes")
    late = rows.batch(7)
    assert np.array_equal(ShuffledRows(10, 4, 2, "codes").batch(7), late)
    rows.batch(0)
    assert np.array_equal(rows.batch(7), late)
    assert not np.array_equal(ShuffledRows(10, 4, 2, "images").batch(7), late)
