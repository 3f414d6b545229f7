import numpy as np
import pytest

from taojin.evaluation.distances.draws import DrawConfig
from taojin.evaluation.distances.frontier import (
    FrontierConfig,
    divergence_frontier,
    histograms,
    score_frontier,
    smoothed,
)
from taojin.evaluation.features import FeatureTable

COUNTS = np.array([[4, 0, 3, 9, 1, 3, 5], [2, 5, 3, 6, 0, 8, 1]])


@pytest.mark.parametrize(
    ("smoothing", "area", "integral"),
    # mauve-text 0.4.0, the functions that compare its histograms
    [
        (0.0, 0.4768765827000141, 0.20837046107257406),
        (0.5, 0.6870188923141518, 0.13264953853574593),
    ],
)
def test_mauve_gives_the_same(smoothing, area, integral):
    shares = [(row + smoothing) / (row + smoothing).sum() for row in COUNTS]

    found = divergence_frontier(shares[0], shares[1])

    assert found.area == pytest.approx(area, abs=1e-10)
    assert found.integral == pytest.approx(integral, abs=1e-12)


def test_equal_histograms_have_nothing_between_them():
    shares = smoothed(COUNTS[0])

    assert divergence_frontier(shares, shares) == pytest.approx((1.0, 0.0, 0.0, 0.0))


def test_histograms_without_a_common_bucket_are_as_far_apart_as_can_be():
    found = divergence_frontier(np.array([1.0, 0.0]), np.array([0.0, 1.0]))

    assert found.area == pytest.approx(0.0, abs=5e-3)  # never quite 0
    assert found[1:] == pytest.approx((1.0, 0.5, 0.5))


def test_what_is_missing_and_what_is_invented_add_up():
    few, all_four = np.array([0.5, 0.5, 0.0, 0.0]), np.full(4, 0.25)

    found = divergence_frontier(few, all_four)
    reverse = divergence_frontier(all_four, few)

    assert found.missing + found.invented == pytest.approx(found.integral)
    assert found.missing == pytest.approx(reverse.invented)
    assert found.missing > 2.0 * found.invented


def test_smoothing_leaves_no_bucket_empty():
    assert smoothed(np.array([0, 3])).tolist() == pytest.approx([0.125, 0.875])


def test_clusters_are_found_and_counted():
    centres = np.eye(6) * 10.0
    sizes = ([30, 30, 30, 30, 0, 0], [0, 30, 30, 0, 30, 30])
    random = np.random.default_rng(0)
    sets = [
        np.repeat(centres, size, axis=0) + 0.01 * random.standard_normal((120, 6))
        for size in sizes
    ]

    counts = histograms(sets[0], sets[1], FrontierConfig(), seed=0)

    expected = sorted(zip(*sizes, strict=True))
    found = sorted(zip(*(count.tolist() for count in counts), strict=True))
    assert found == expected


def test_the_missing_side_is_named():
    random = np.random.default_rng(0)
    centres = np.eye(8) * 10.0

    def table(num_kinds):
        kinds = random.integers(0, num_kinds, 240)
        return FeatureTable(centres[kinds] + random.standard_normal((240, 8)), "f")

    scores = {
        score.name: score.estimate.value
        for score in score_frontier(
            table(4), table(8), None, FrontierConfig(), DrawConfig(num_cuts=8)
        )
    }

    assert scores["frontier_missing"] > 2.0 * scores["frontier_invented"]
