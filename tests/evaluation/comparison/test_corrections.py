import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.comparison import adjust, benjamini_hochberg, holm

# statsmodels 0.15.0, multipletests of default_rng(0).beta(0.3, 1.0, 12).
HOLM = [
    *[1.0, 0.015760512045, 1.0, 1.0, 1.0, 1.0],
    *[0.40882063189, 0.000668402985, 1.0, 1.0, 1.0, 1.0],
]
BENJAMINI_HOCHBERG = [
    *[0.602412634393, 0.008596642934, 0.583969513711, 0.994632139412],
    *[0.994632139412, 0.798791951925, 0.163528252756, 0.000668402985],
    *[0.583969513711, 0.583969513711, 0.583969513711, 0.602412634393],
]


def p_values():
    return np.random.default_rng(0).beta(0.3, 1.0, 12)


def test_corrections_equal_those_of_statsmodels():
    assert holm(p_values()) == pytest.approx(HOLM, abs=1e-11)
    assert benjamini_hochberg(p_values()) == pytest.approx(
        BENJAMINI_HOCHBERG, abs=1e-11
    )


def test_corrections_equal_those_of_the_installed_statsmodels():
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    for seed in range(20):
        raw = np.random.default_rng(seed).beta(0.3, 1.0, 15)
        for correction, name in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
            expected = multitest.multipletests(raw, method=name)[1]
            assert correction(raw) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("correction", ["holm", "benjamini_hochberg", "none"])
def test_the_order_of_questions_makes_no_difference(correction):
    raw = np.array([0.01, 0.04, 0.01, 0.9, 0.03])
    order = np.array([3, 1, 4, 0, 2])

    assert np.array_equal(
        adjust(raw[order], correction), adjust(raw, correction)[order]
    )


def test_one_question_needs_no_correction():
    assert holm([0.03]).tolist() == benjamini_hochberg([0.03]).tolist() == [0.03]


def test_holm_bounds_the_chance_of_any_false_finding():
    random = np.random.default_rng(5)
    num_false = sum((holm(random.random(10)) <= 0.05).any() for _ in range(2000))

    assert num_false / 2000 < 0.065


@pytest.mark.parametrize("bad", [1.2, -0.1, float("nan")])
def test_what_is_no_p_value_is_refused(bad):
    with pytest.raises(DataError, match="no p-value"):
        holm([0.2, bad])
