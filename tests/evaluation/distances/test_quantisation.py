import numpy as np

from taojin.evaluation.distances.quantisation import quantise


def rows(num_items=200):
    return np.random.default_rng(0).standard_normal((num_items, 3))


def test_the_same_rows_always_give_the_same_buckets():
    first, second = (quantise(rows(), 10, np.random.default_rng(1)) for _ in range(2))

    assert np.array_equal(first, second)
    assert set(first) == set(range(10))


def test_every_row_is_in_the_bucket_with_the_nearest_mean():
    buckets = quantise(rows(), 8, np.random.default_rng(1))
    means = np.stack([rows()[buckets == bucket].mean(axis=0) for bucket in range(8)])
    distances = np.linalg.norm(rows()[:, None] - means, axis=-1)

    assert np.array_equal(distances.argmin(axis=1), buckets)


def test_fewer_different_rows_than_buckets_are_no_trouble():
    same = np.ones((10, 2))

    assert set(quantise(same, 4, np.random.default_rng(0))) == {0}
