import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.distances.draws import DrawConfig
from taojin.evaluation.distances.kernel_distance import KernelConfig
from taojin.evaluation.distances.measure import DistancesConfig, measure_distances
from taojin.evaluation.distances.two_sample import TwoSampleConfig
from taojin.evaluation.features import FeatureTable

NUM_DIMS = 6
NUM_ITEMS = 160
CONFIG = DistancesConfig(
    draws=DrawConfig(num_cuts=10),
    kernel_distance=KernelConfig(num_null_splits=200),
    two_sample=TwoSampleConfig(num_permutations=10, num_folds=3),
)
NAMES = [
    "kernel_distance",
    "frechet_distance",
    "frechet_excess",
    "precision",
    "recall",
    "density",
    "coverage",
    "frontier_area",
    "frontier_integral",
    "frontier_missing",
    "frontier_invented",
    "two_sample_auc",
    "vendi_score",
    "near_duplicate_rate",
]


def null_of(score):
    assert score.null is not None
    return score.null


def real_rows(seed, num_items=NUM_ITEMS):
    rows = np.random.default_rng(seed).standard_normal((num_items, NUM_DIMS))
    return rows * [2.0, 1.5, 1.0, 1.0, 0.7, 0.5] + 0.3


def table(rows):
    return FeatureTable(rows, "features")


def scores_of(generated, real, other=None, distances=CONFIG.distances):
    config = CONFIG.model_copy(update={"distances": distances})
    tables = (table(generated), table(real), None if other is None else table(other))
    found = measure_distances(*tables, config)
    return {score.name: score for score in found}


def corrupted(rows, kind, level, seed=5):
    noise = np.random.default_rng([seed, 1]).standard_normal(rows.shape)
    if kind == "noise":
        return rows + 3.0 * level * noise
    if kind == "shrunk":
        return rows * (1.0 - level)
    if kind == "shifted":
        return rows + 3.0 * level
    if kind == "stretched":
        return rows * np.where(np.arange(NUM_DIMS) == 0, 1.0 + level, 1.0)
    if kind == "repeated":
        num_copies = round(level * len(rows))
        return np.concatenate([rows[-num_copies:], rows[num_copies:]])
    # All items become noisy copies of ever fewer.
    num_left = max(1, round(len(rows) * (1.0 - level)))
    return rows[np.arange(len(rows)) % num_left] + 1e-3 * noise


@pytest.mark.parametrize("with_other", [False, True])
def test_real_items_are_inside_the_band_of_real_items(with_other):
    other = real_rows(3) if with_other else None
    scores = scores_of(real_rows(1), real_rows(2), other)

    assert list(scores) == NAMES
    for score in scores.values():
        assert null_of(score).low <= score.estimate.value <= null_of(score).high, (
            score.name
        )
        assert score.estimate.low <= score.estimate.value <= score.estimate.high
        assert (score.min_detectable or 0.0) > 0.0
        assert score.extractor == "features"


@pytest.mark.parametrize(
    ("distance", "name", "kind", "sign"),
    [
        ("kernel_distance", "kernel_distance", "noise", 1),
        ("kernel_distance", "kernel_distance", "collapsed", 1),
        ("frechet", "frechet_distance", "noise", 1),
        ("frechet", "frechet_excess", "shifted", 1),
        ("neighbourhoods", "precision", "noise", -1),
        ("neighbourhoods", "density", "noise", -1),
        ("neighbourhoods", "recall", "shrunk", -1),
        ("neighbourhoods", "recall", "collapsed", -1),
        ("neighbourhoods", "coverage", "collapsed", -1),
        ("frontier", "frontier_area", "shifted", -1),
        ("frontier", "frontier_integral", "shifted", 1),
        ("frontier", "frontier_missing", "shifted", 1),
        ("frontier", "frontier_invented", "shifted", 1),
        ("two_sample", "two_sample_auc", "shifted", 1),
        ("vendi", "vendi_score", "noise", 1),
        ("vendi", "vendi_score", "collapsed", -1),
        ("near_duplicates", "near_duplicate_rate", "collapsed", 1),
    ],
)
def test_a_score_follows_graded_corruption(distance, name, kind, sign):
    levels = np.array([0.0, 0.2, 0.4, 0.6, 0.8])
    if kind == "collapsed":
        few = name == "near_duplicate_rate"
        levels = np.array(
            [0.0, 0.1, 0.2, 0.3, 0.45] if few else [0.0, 0.5, 0.8, 0.9, 0.95]
        )
    real, clean = real_rows(2), real_rows(1)
    values = [
        scores_of(corrupted(clean, kind, level), real, distances=(distance,))[
            name
        ].estimate.value
        for level in levels
    ]

    # Strictly monotone: Spearman's correlation is 1 or -1.
    assert np.all(sign * np.diff(values) > 0.0), values


@pytest.mark.long
@pytest.mark.parametrize(
    ("distance", "name", "kind", "level"),
    [
        ("kernel_distance", "kernel_distance", "shifted", 0.08),
        ("frechet", "frechet_distance", "shifted", 0.06),
        ("two_sample", "two_sample_auc", "shifted", 0.05),
        ("neighbourhoods", "precision", "noise", 0.145),
        ("neighbourhoods", "recall", "shrunk", 0.11),
        ("vendi", "vendi_score", "stretched", 0.33),
        ("near_duplicates", "near_duplicate_rate", "repeated", 0.09),
        ("frontier", "frontier_integral", "shifted", 0.085),
    ],
)
def test_the_least_detectable_difference_is_found_most_of_the_time(
    distance, name, kind, level
):
    differences, detectable, found = [], [], []
    for seed in range(100, 124, 2):
        generated = corrupted(real_rows(seed, 240), kind, level, seed)
        real = real_rows(seed + 1, 240)
        score = scores_of(generated, real, distances=(distance,))[name]
        differences.append(score.estimate.value - null_of(score).value)
        detectable.append(score.min_detectable)
        found.append(
            not null_of(score).low <= score.estimate.value <= null_of(score).high
        )

    # The planted difference is the one that is named, and about four in five are found.
    assert 0.75 < abs(np.mean(differences)) / np.mean(detectable) < 1.3
    assert np.mean(found) >= 0.58


def test_the_order_of_the_items_makes_no_difference():
    random = np.random.default_rng(0)
    sets = [corrupted(real_rows(1), "noise", 0.2), real_rows(2), real_rows(3)]
    shuffled = [random.permutation(rows) for rows in sets]

    assert scores_of(*sets) == scores_of(*shuffled)
    assert scores_of(*sets[:2]) == scores_of(*shuffled[:2])


def test_only_what_is_asked_for_is_computed():
    scores = scores_of(real_rows(1), real_rows(2), distances=("vendi", "frechet"))

    assert list(scores) == ["vendi_score", "frechet_distance", "frechet_excess"]


def test_tables_of_different_extractors_are_refused():
    other = FeatureTable(real_rows(2), "other")

    with pytest.raises(DataError, match="features and of other"):
        measure_distances(table(real_rows(1)), other, None, CONFIG)
    with pytest.raises(DataError, match="features and of other"):
        measure_distances(table(real_rows(1)), table(real_rows(3)), other, CONFIG)


@pytest.mark.parametrize(
    ("distance", "num_generated", "num_real", "message"),
    [
        ("kernel_distance", 3, 50, "3 generated items, and at least 8"),
        ("kernel_distance", 50, 3, "3 real items, and at least 16"),
        ("frechet", 20, 90, "20 generated items, and at least 32"),
        ("frechet", 90, 20, "20 real items, and at least 64"),
        ("neighbourhoods", 20, 90, "20 generated items, and at least 24"),
        ("frontier", 20, 160, "20 generated items, and at least 60"),
        ("two_sample", 5, 50, "5 generated items, and at least 12"),
        ("vendi", 5, 50, "5 generated items, and at least 16"),
        ("near_duplicates", 50, 200, "50 generated items, and at least 64"),
    ],
)
def test_too_few_items_are_an_error_that_says_how_many_are_needed(
    distance, num_generated, num_real, message
):
    generated, real = real_rows(1, num_generated), real_rows(2, num_real)

    with pytest.raises(DataError, match=message):
        scores_of(generated, real, distances=(distance,))
