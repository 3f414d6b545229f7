import math

import numpy as np
import pytest

from taojin.evaluation.distances.draws import DrawConfig
from taojin.evaluation.distances.vendi import VendiConfig, score_vendi, vendi_score
from taojin.evaluation.features import FeatureTable


@pytest.mark.parametrize(
    ("order", "expected"),
    # vendi-score 0.0.3, score_dual of features of length 1
    [
        (0.5, 5.8227311110225735),
        (1.0, 5.660501691407556),
        (2.0, 5.383569627324596),
        (math.inf, 3.929460918554116),
    ],
)
def test_the_library_of_its_authors_gives_the_same(order, expected):
    items = np.random.default_rng(7).standard_normal((60, 6)) * 0.9 + 0.2

    assert vendi_score(items, order) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("order", [0.0, 1.0, 2.0, math.inf])
def test_it_counts_what_differs(order):
    items = np.repeat(np.eye(7)[:4], 5, axis=0)

    assert vendi_score(items, order) == pytest.approx(4.0)
    assert vendi_score(items[:1], order) == pytest.approx(1.0)
    assert vendi_score(np.eye(7), order) == pytest.approx(7.0)


def test_both_ways_to_compute_it_agree():
    items = np.random.default_rng(0).standard_normal((9, 8))
    padded = np.pad(items, ((0, 0), (0, 30)))

    assert vendi_score(padded) == pytest.approx(vendi_score(items), abs=1e-12)


def test_items_without_a_direction_are_like_nothing_but_themselves():
    assert vendi_score(np.zeros((3, 4))) == pytest.approx(3.0)
    assert vendi_score(np.eye(4)[[0, 0]]) == pytest.approx(1.0)
    assert vendi_score(np.diag([1.0, 0.0, 0.0])) == pytest.approx(3.0)


def test_a_mean_that_all_share_hides_variety_until_it_is_taken_off():
    random = np.random.default_rng(0)
    real, generated = (
        FeatureTable(random.standard_normal((80, 5)) + 20.0, "f") for _ in range(2)
    )
    draws = DrawConfig(num_cuts=8)

    plain = score_vendi(generated, real, None, VendiConfig(centre=False), draws)
    centred = score_vendi(generated, real, None, VendiConfig(), draws)

    assert plain.estimate.value < 1.1
    assert centred.estimate.value > 4.0
