import numpy as np
import pytest

from taojin.evaluation.distances import kernel_distance as module
from taojin.evaluation.distances.kernel_distance import (
    KernelConfig,
    block_kernel_distance,
    kernel_distance,
    score_kernel_distance,
)
from taojin.evaluation.features import FeatureTable

CONFIG = KernelConfig()


def null_of(score):
    assert score.null is not None
    return score.null


def rows(seed, num_items=60, num_dims=6, scale=1.0, shift=0.0):
    random = np.random.default_rng(seed)
    return random.standard_normal((num_items, num_dims)) * scale + shift


def direct(items, reference):
    """The U-statistic, written down as it is defined."""

    def kernel(first, second):
        return (first @ second.T / first.shape[1] + 1.0) ** 3

    inner = [kernel(side, side) for side in (items, reference)]
    means = [
        (block.sum() - np.trace(block)) / (len(block) * (len(block) - 1))
        for block in inner
    ]
    return sum(means) - 2.0 * kernel(items, reference).mean()


@pytest.mark.parametrize("sizes", [(30, 30), (500, 41), (17, 1300)])
def test_the_distance_is_the_u_statistic_of_all_pairs(sizes):
    items, reference = rows(1, sizes[0]), rows(2, sizes[1], shift=0.2)

    value = kernel_distance(items, reference, CONFIG).value

    assert value == pytest.approx(direct(items, reference), abs=1e-12)


def test_torch_fidelity_gives_the_same():
    random = np.random.default_rng(7)
    generated = random.standard_normal((60, 6)) * 0.9 + 0.2
    real = random.standard_normal((60, 6))

    # torch-fidelity 0.4.0, one subset of all items.
    expected = 0.16843519026622333
    assert kernel_distance(generated, real, CONFIG).value == pytest.approx(
        expected, abs=1e-12
    )


def test_the_size_of_blocks_makes_no_difference(monkeypatch):
    items, reference = rows(1, 70), rows(2, 50)
    expected = kernel_distance(items, reference, CONFIG)
    monkeypatch.setattr(module, "_ROWS", 7)
    monkeypatch.setattr(module, "_COLUMNS", 13)

    found = kernel_distance(items, reference, CONFIG)

    assert found.value == pytest.approx(expected.value, abs=1e-12)
    assert found.variance == pytest.approx(expected.variance, abs=1e-12)


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_the_error_is_that_of_repeated_experiments(shift):
    found = [
        kernel_distance(rows(2 * seed), rows(2 * seed + 1, 80, shift=shift), CONFIG)
        for seed in range(150)
    ]

    spread = np.std([one.value for one in found])
    error = np.sqrt(np.mean([one.variance for one in found]))
    assert error == pytest.approx(spread, rel=0.25)


def test_the_distance_is_zero_on_average_where_nothing_differs():
    values = [
        kernel_distance(rows(2 * seed, 30), rows(2 * seed + 1, 40), CONFIG).value
        for seed in range(300)
    ]

    assert abs(np.mean(values)) < 3.0 * np.std(values) / np.sqrt(len(values))


def test_many_items_are_compared_in_blocks_whose_mean_is_as_good():
    config = KernelConfig(block_items=50)
    items, reference = rows(1, 400, shift=0.4), rows(2, 400)

    whole = kernel_distance(items, reference, CONFIG)
    blocks = block_kernel_distance(items, reference, config)

    assert blocks.value != whole.value
    assert abs(blocks.value - whole.value) < 3.0 * blocks.variance**0.5
    assert whole.variance < blocks.variance < 4.0 * whole.variance


@pytest.mark.parametrize("sizes", [(60, 60), (60, 240)])
def test_the_band_of_real_items_is_that_of_repeated_experiments(sizes):
    num_generated, num_real = sizes
    outside = []
    for seed in range(100):
        generated = FeatureTable(rows(2 * seed, num_generated), "features")
        real = FeatureTable(rows(2 * seed + 1, num_real), "features")
        score = score_kernel_distance(generated, real, None, CONFIG)
        outside.append(
            not null_of(score).low <= score.estimate.value <= null_of(score).high
        )

    assert 0.0 < np.mean(outside) < 0.13


def test_other_real_items_that_differ_move_the_null():
    generated, real, other = (
        FeatureTable(rows(seed, 200, shift=shift), "features")
        for seed, shift in ((1, 0.5), (2, 0.0), (3, 0.5))
    )

    alone = score_kernel_distance(generated, real, None, CONFIG)
    beside = score_kernel_distance(generated, real, other, CONFIG)

    assert null_of(alone).high < alone.estimate.value
    assert null_of(beside).low < beside.estimate.value < null_of(beside).high
