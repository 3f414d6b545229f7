import numpy as np
import pytest
from scipy.linalg import sqrtm

from taojin.core.errors import DataError
from taojin.evaluation.distances.draws import DrawConfig
from taojin.evaluation.distances.frechet import frechet_distance, score_frechet
from taojin.evaluation.features import FeatureTable


def rows(seed, num_items=60, num_dims=6):
    return np.random.default_rng(seed).standard_normal((num_items, num_dims))


def test_torch_fidelity_gives_the_same():
    random = np.random.default_rng(7)
    generated = random.standard_normal((60, 6)) * 0.9 + 0.2
    real = random.standard_normal((60, 6))

    # torch-fidelity 0.4.0
    assert frechet_distance(generated, real) == pytest.approx(
        0.7789825766273957, abs=1e-10
    )


def test_the_formula_of_gaussians_holds():
    items, reference = rows(1) @ np.diag([1.0, 2, 3, 1, 1, 1]), rows(2) + 0.3
    covariances = [np.cov(side, rowvar=False) for side in (items, reference)]
    shift = items.mean(axis=0) - reference.mean(axis=0)
    root = np.real(np.asarray(sqrtm(covariances[0] @ covariances[1])))
    expected = shift @ shift + np.trace(sum(covariances) - 2.0 * root)

    assert frechet_distance(items, reference) == pytest.approx(expected, abs=1e-9)


def test_fewer_items_than_features_stay_real_and_above_zero():
    items = rows(1, num_items=20, num_dims=50)

    assert frechet_distance(items, items) == pytest.approx(0.0, abs=1e-6)
    assert frechet_distance(items, rows(2, 20, 50)) > 0.0


def test_a_single_feature_is_enough():
    items = rows(1, num_dims=1)

    assert frechet_distance(items, items + 2.0) == pytest.approx(4.0)


@pytest.mark.parametrize("sizes", [(60, 59), (1, 1)])
def test_unequal_numbers_of_items_are_refused(sizes):
    with pytest.raises(DataError, match="must be equal and at least 2"):
        frechet_distance(rows(1, sizes[0]), rows(2, sizes[1]))


def test_the_larger_side_is_cut_and_the_score_says_to_how_many():
    generated, real = FeatureTable(rows(1, 80), "f"), FeatureTable(rows(2, 300), "f")

    plain, excess = score_frechet(generated, real, None, DrawConfig(num_cuts=8))

    assert plain.num_generated == plain.num_real == 40
    assert plain.null is not None
    assert plain.null.value > 0.1  # the bias that real items have, too
    assert excess.estimate.value == pytest.approx(
        plain.estimate.value - plain.null.value
    )
    assert excess.null is not None
    assert excess.null.value == 0.0
