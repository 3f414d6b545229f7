import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.human import cohen_kappa, fleiss_kappa, krippendorff_alpha
from taojin.evaluation.intervals import IntervalConfig

CONFIG = IntervalConfig(num_resamples=300)


def ratings(seed=2, num_units=40, share=0.7, missing=0.2):
    random = np.random.default_rng(seed)
    truth = random.integers(0, 4, num_units)
    agreeing = random.random((num_units, 4)) < share
    given = np.where(agreeing, truth[:, None], random.integers(0, 4, (num_units, 4)))
    found = given.astype(float)
    found[random.random((num_units, 4)) < missing] = np.nan
    return found


# krippendorff 0.9.0
@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("nominal", 0.50234375),
        ("ordinal", 0.533889706050717),
        ("interval", 0.5308947108255067),
    ],
)
def test_alpha_equals_that_of_krippendorff(level, expected):
    found = krippendorff_alpha(ratings(), CONFIG, level)

    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.low < found.value < found.high
    reference = pytest.importorskip("krippendorff")
    for seed in range(10):
        given = ratings(seed)
        wanted = reference.alpha(given.T, level_of_measurement=level)
        assert krippendorff_alpha(given, CONFIG, level).value == pytest.approx(wanted)


def test_fleiss_kappa_equals_that_of_statsmodels():
    counts = np.random.default_rng(1).multinomial(5, [0.2, 0.3, 0.5], size=30)

    # statsmodels 0.15.0
    assert fleiss_kappa(counts, CONFIG).value == pytest.approx(
        0.015942437923250515, abs=1e-12
    )


def test_cohen_kappa_equals_that_of_scikit_learn():
    from sklearn.metrics import cohen_kappa_score

    random = np.random.default_rng(4)
    first = random.integers(0, 3, 60)
    second = np.where(random.random(60) < 0.6, first, random.integers(0, 3, 60))
    found = cohen_kappa([*map(str, first)], [*map(str, second)], CONFIG)

    assert found.value == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)


def test_chance_agrees_with_0_in_its_interval_and_the_same_answers_with_1():
    chance = krippendorff_alpha(ratings(5, 80, share=0.0, missing=0.0), CONFIG)
    same = krippendorff_alpha(ratings(5, 80, share=1.0), CONFIG)

    assert chance.low < 0 < chance.high
    assert same.value == 1.0


def test_agreement_falls_with_noise():
    shares = (1.0, 0.8, 0.6, 0.4, 0.2)
    values = [krippendorff_alpha(ratings(6, 200, s), CONFIG).value for s in shares]

    assert values == sorted(values, reverse=True)


def test_the_order_of_units_makes_no_difference():
    given = ratings()

    assert krippendorff_alpha(given, CONFIG) == krippendorff_alpha(given[::-1], CONFIG)


def test_the_names_and_places_of_judges_make_no_difference():
    given = ratings(missing=0.0)
    first, second = ([str(int(one)) for one in given[:, column]] for column in (0, 1))

    moved = krippendorff_alpha(given[:, ::-1], CONFIG)
    assert moved == krippendorff_alpha(given, CONFIG)
    assert cohen_kappa(first, second, CONFIG).value == pytest.approx(
        cohen_kappa(second, first, CONFIG).value, abs=1e-12
    )
    counts = counted(given)
    assert fleiss_kappa(counts[:, ::-1], CONFIG).value == pytest.approx(
        fleiss_kappa(counts, CONFIG).value, abs=1e-12
    )
    assert fleiss_kappa(counts[::-1], CONFIG) == fleiss_kappa(counts, CONFIG)


def counted(given):
    return (given[:, :, None] == np.arange(4)).sum(axis=1)


def measure_alpha(given):
    return krippendorff_alpha(given, CONFIG)


def measure_fleiss(given):
    return fleiss_kappa(counted(given), CONFIG)


def measure_cohen(given):
    first, second = given[:, :2].astype(int).astype(str).T
    return cohen_kappa(first.tolist(), second.tolist(), CONFIG)


MEASURES = [measure_alpha, measure_fleiss, measure_cohen]


@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_falls_with_noise(measure):
    shares = (1.0, 0.8, 0.6, 0.4, 0.0)
    values = [measure(ratings(6, 300, share, missing=0.0)).value for share in shares]

    assert values == sorted(set(values), reverse=True)
    assert values[0] == pytest.approx(1.0)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("share", [0.0, 0.6])
def test_intervals_cover_the_true_agreement_as_often_as_they_say(measure, share):
    # A judge tells the truth with this chance, and else any of four answers: two agree
    # beyond chance with its square.
    found = [measure(ratings(seed, 80, share, missing=0.0)) for seed in range(120)]

    covered = np.mean([one.low <= share**2 <= one.high for one in found])
    assert covered > 0.87


def test_an_interval_is_as_wide_as_that_of_statsmodels():
    random = np.random.default_rng(4)
    first = random.integers(0, 3, 60)
    second = np.where(random.random(60) < 0.6, first, random.integers(0, 3, 60))
    config = IntervalConfig(num_resamples=4000)
    found = cohen_kappa([*map(str, first)], [*map(str, second)], config)

    # statsmodels 0.15.0, cohens_kappa: asymptotic, where this one resamples
    assert found.value == pytest.approx(0.5609126130004305, abs=1e-12)
    assert found.low == pytest.approx(0.3843975170337383, abs=0.03)
    assert found.high == pytest.approx(0.7374277089671226, abs=0.03)


def test_nothing_to_agree_about_is_refused():
    with pytest.raises(DataError, match="nothing to agree about"):
        krippendorff_alpha(np.ones((5, 3)), CONFIG)
    with pytest.raises(DataError, match="nothing to agree about"):
        cohen_kappa(["a"] * 4, ["a"] * 4, CONFIG)
    with pytest.raises(DataError, match="as many each are needed"):
        fleiss_kappa([[1, 1], [2, 1]], CONFIG)
