import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.distances import neighbourhoods as module
from taojin.evaluation.distances.neighbourhoods import (
    NeighbourhoodConfig,
    neighbourhood_shares,
    project,
)

PLAIN = NeighbourhoodConfig(num_dims=None)


def rows(seed, num_items=60, num_dims=6):
    return np.random.default_rng(seed).standard_normal((num_items, num_dims))


def direct(items, reference, k):
    """All four, from whole matrices of distances."""

    def distances(first, second):
        return np.linalg.norm(first[:, None] - second[None], axis=-1)

    own, real = (
        np.sort(distances(side, side), axis=1)[:, k] for side in (items, reference)
    )
    between = distances(reference, items)
    inside = between < real[:, None]
    return np.array(
        [
            inside.any(axis=0).mean(),
            (between < own).any(axis=1).mean(),
            inside.sum(axis=0).mean() / k,
            inside.any(axis=1).mean(),
        ]
    )


def test_prdc_gives_the_same():
    random = np.random.default_rng(7)
    generated = random.standard_normal((60, 6)) * 0.9 + 0.2
    real = random.standard_normal((60, 6))

    # prdc 0.2, nearest_k=5
    expected = [58 / 60, 52 / 60, 1.3833333333333335, 59 / 60]
    found = neighbourhood_shares(generated, real, PLAIN)
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("k", [1, 5, 11])
def test_the_shares_are_those_of_the_definition(k):
    items, reference = rows(1, 90) * 0.8, rows(2, 70)
    config = NeighbourhoodConfig(num_neighbours=k, num_dims=None)

    found = neighbourhood_shares(items, reference, config)

    assert found == pytest.approx(direct(items, reference, k), abs=1e-12)


def test_neither_order_nor_size_of_blocks_makes_a_difference(monkeypatch):
    items, reference = rows(1) * 0.8, rows(2)
    expected = neighbourhood_shares(items, reference, PLAIN)
    monkeypatch.setattr(module, "_ROWS", 7)

    found = neighbourhood_shares(items[::-1], reference[::-1], PLAIN)

    assert found == pytest.approx(expected, abs=1e-12)


def test_a_tight_cluster_inside_wide_real_items_is_precise_and_recalls_nothing():
    reference = rows(2, 500)
    precision, recall, _, _ = neighbourhood_shares(rows(1, 500) * 0.1, reference, PLAIN)

    assert precision > 0.8
    assert recall < 0.3


def test_items_far_away_have_no_share_in_anything():
    assert neighbourhood_shares(rows(1) + 100.0, rows(2), PLAIN).tolist() == [0.0] * 4


def test_recall_in_few_dimensions_sees_shrinking_that_coverage_does_not():
    random = np.random.default_rng(0)
    reference, items = random.standard_normal((2, 400, 64))
    _, recall, _, coverage = neighbourhood_shares(
        items * 0.5, reference, NeighbourhoodConfig()
    )

    assert coverage > 0.9
    assert recall < 0.05


def test_the_reference_alone_chooses_the_directions():
    reference = rows(2, 300) * [1.0, 5.0, 1.0, 3.0, 1.0, 1.0]
    items = rows(1) * [50.0, 1.0, 1.0, 1.0, 1.0, 1.0]

    kept, kept_reference = project(items, reference, 2)

    spread = (reference - reference.mean(axis=0)).std(axis=0)[[1, 3]]
    assert kept_reference.std(axis=0) == pytest.approx(spread, rel=0.01)
    assert np.abs(kept).max() < 20.0


def test_too_few_items_for_a_neighbourhood_are_an_error():
    with pytest.raises(DataError, match="5 real items, and at least 6 are needed"):
        neighbourhood_shares(rows(1), rows(2, 5), PLAIN)


def test_the_library_itself_agrees_where_it_is_installed(capsys):
    prdc = pytest.importorskip("prdc")
    items, reference = rows(1, 200) * 0.9, rows(2, 150)

    expected = prdc.compute_prdc(reference, items, nearest_k=5)

    capsys.readouterr()
    found = neighbourhood_shares(items, reference, PLAIN)
    names = ("precision", "recall", "density", "coverage")
    assert found == pytest.approx([expected[name] for name in names], abs=1e-12)
