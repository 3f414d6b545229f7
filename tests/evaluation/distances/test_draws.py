import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.distances.draws import DrawConfig, Measured, compare
from taojin.evaluation.features import FeatureTable

CONFIG = DrawConfig(num_cuts=16)


def table(seed, num_items=80, shift=0.0):
    rows = np.random.default_rng(seed).standard_normal((num_items, 2)) + shift
    return FeatureTable(rows, "f")


def difference(items, reference):
    return items.mean(axis=0) - reference.mean(axis=0)


def mean(items, reference):
    del reference
    return items.mean(axis=0)


@pytest.mark.parametrize("with_other", [True, False])
def test_the_error_of_a_mean_is_the_known_one(with_other):
    errors, null_errors = [], []
    for seed in range(0, 90, 3):
        other = table(seed + 2) if with_other else None
        sets = (table(seed), table(seed + 1), other)
        found = compare("m", difference, sets, 4, CONFIG)
        errors.append(found.errors**2)
        null_errors.append(found.null_errors**2)

    known = np.sqrt(2.0 / 80.0)
    assert np.sqrt(np.mean(errors)) == pytest.approx(known, rel=0.15)
    assert np.sqrt(np.mean(null_errors)) == pytest.approx(known, rel=0.15)


def test_the_error_of_squares_is_that_of_repeated_experiments():
    def square(items, reference):
        return np.array([(difference(items, reference) ** 2).sum()])

    found = [
        compare(
            "m", square, (table(3 * seed), table(3 * seed + 1), None), 4, CONFIG,
            null_order=2,
        )
        for seed in range(60)
    ]  # fmt: skip

    spread = np.std([one.values for one in found])
    for errors in ("errors", "null_errors"):
        estimated = np.sqrt(np.mean([getattr(one, errors) ** 2 for one in found]))
        assert 0.8 * spread < estimated < 2.0 * spread


def test_a_statistic_of_items_alone_has_the_error_of_two_of_them():
    sets = (table(1, 160), table(2, 160), None)

    once = compare("m", mean, sets, 4, CONFIG)
    twice = compare("m", mean, sets, 4, CONFIG, ignores_reference=True)

    assert twice.null_errors == pytest.approx(np.sqrt(2.0) * once.null_errors)
    assert np.array_equal(twice.errors, once.errors)


def test_as_many_items_of_all_sets_are_compared():
    sizes = set()

    def record(items, reference):
        sizes.add((len(items), len(reference)))
        return np.zeros(1)

    found = compare("m", record, (table(1, 50), table(2, 90), None), 4, CONFIG)
    assert (found.num_items, found.num_samples) == (25, 50)
    assert sizes == {(25, 25), (12, 12)}

    few = DrawConfig(num_cuts=8, max_items=20)
    found = compare("m", record, (table(1), table(2), table(3)), 4, few)
    assert found.num_items == 10


def test_every_side_with_too_few_items_is_named():
    with pytest.raises(DataError, match="m: 7 generated items, and at least 8"):
        compare("m", mean, (table(1, 7), table(2), None), 4, CONFIG)
    with pytest.raises(DataError, match="m: 15 real items, and at least 16"):
        compare("m", mean, (table(1), table(2, 15), None), 4, CONFIG)
    with pytest.raises(DataError, match="m: 7 other real items, and at least 8"):
        compare("m", mean, (table(1), table(2), table(3, 7)), 4, CONFIG)


def test_a_share_of_all_is_not_taken_for_certain():
    def all_of_them(items, reference):
        del items, reference
        return np.ones(1)

    found = compare("m", all_of_them, (table(1), table(2), None), 4, CONFIG)
    share = found.score(0, Measured("s", "realism", "higher", 0.0, 1.0, is_share=True))
    plain = found.score(0, Measured("s", "realism", "higher"))

    assert 0.9 < share.estimate.low < share.estimate.high == 1.0
    assert (share.min_detectable or 0.0) > 0.0
    assert plain.estimate.low == plain.estimate.high == 1.0
