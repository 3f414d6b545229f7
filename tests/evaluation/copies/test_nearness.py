import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import mannwhitneyu

from taojin.core.errors import DataError
from taojin.evaluation.copies import CopyConfig, measure_copies
from taojin.evaluation.copies.nearness import nearest, nearest_other
from taojin.evaluation.features import FeatureTable

DIMS = 8


def rows(count, seed):
    return np.random.default_rng(seed).standard_normal((count, DIMS))


def table(values, extractor="e"):
    return FeatureTable(values, extractor)


TRAINING, HELD_OUT = rows(400, 1), rows(300, 2)


def copying(share, count=300, seed=3):
    """Generated items, some of them training items with a little noise."""
    draw = np.random.default_rng(seed)
    values = draw.standard_normal((count, DIMS))
    num_copies = round(share * count)
    chosen = draw.integers(0, len(TRAINING), num_copies)
    values[:num_copies] = TRAINING[chosen] + 1e-3 * draw.standard_normal(
        (num_copies, DIMS)
    )
    return values


def measure(generated, training=TRAINING, held_out=HELD_OUT, **config):
    report = measure_copies(
        table(generated), table(training), table(held_out), CopyConfig(**config)
    )
    return {score.name: score for score in report.scores}, report.pairs


def test_real_items_are_inside_their_own_band():
    scores, _ = measure(rows(300, 7))

    for score in scores.values():
        assert score.null is not None
        assert score.estimate.low <= score.null.high
        assert score.null.low <= score.estimate.high


def test_more_copies_move_every_score_one_way():
    shares = [0.0, 0.1, 0.2, 0.4, 0.8]
    found = [measure(copying(share))[0] for share in shares]

    for name, direction in [
        ("training_nearness", 1),
        ("copied_share", 1),
        ("authenticity", -1),
    ]:
        values = [scores[name].estimate.value for scores in found]
        assert values == sorted(values, reverse=direction < 0)
        assert len(set(values)) == len(values)


def test_the_order_of_items_does_not_matter():
    generated = copying(0.2)
    draw = np.random.default_rng(0)
    shuffled = [draw.permutation(part) for part in (generated, TRAINING, HELD_OUT)]

    first, second = measure(generated)[0], measure(*shuffled)[0]

    for name, score in first.items():
        assert second[name].estimate.value == pytest.approx(
            score.estimate.value, abs=1e-12
        )
        assert second[name].estimate.low == pytest.approx(score.estimate.low, abs=1e-12)
        assert second[name].null == score.null


def test_nearness_is_the_statistic_of_mann_and_whitney():
    generated = copying(0.1)
    own = cdist(generated, TRAINING).min(axis=1)
    real = cdist(HELD_OUT, TRAINING).min(axis=1)

    score = measure(generated)[0]["training_nearness"]

    wins = mannwhitneyu(own, real).statistic
    assert score.estimate.value == pytest.approx(1 - wins / (300 * 300), abs=1e-12)


def test_authenticity_follows_its_definition():
    generated = copying(0.3)
    far = cdist(generated, TRAINING)
    among = cdist(TRAINING, TRAINING) + np.diag([np.inf] * len(TRAINING))
    expected = (far.min(axis=1) > among.min(axis=1)[far.argmin(axis=1)]).mean()

    assert measure(generated)[0]["authenticity"].estimate.value == expected


def test_planted_copies_are_named_with_their_originals():
    generated = rows(100, 5)
    generated[[3, 50]] = TRAINING[[17, 200]]

    _, pairs = measure(generated, max_ratio=0.05)

    assert [(pair.generated, pair.training) for pair in pairs] == [(3, 17), (50, 200)]
    assert [pair.distance for pair in pairs] == [0.0, 0.0]


def test_a_copy_of_held_out_items_is_no_copy_of_training():
    generated = rows(100, 5)
    generated[:50] = HELD_OUT[:50]

    assert measure(generated)[0]["copied_share"].estimate.value < 0.05


def test_items_that_both_sets_hold_are_not_called_copies():
    shared = rows(100, 5)
    training, held_out = (
        np.concatenate([TRAINING, shared]),
        np.concatenate([HELD_OUT, shared]),
    )

    scores, _ = measure(shared, training, held_out)

    assert scores["copied_share"].estimate.value == 0.0


def is_found(score):
    """Whether a test of 5 % tells the generated items from real ones."""
    if score.name == "training_nearness":
        return score.estimate.value > score.null.high
    # Two proportions, by arcsine roots.
    angles = np.arcsin(np.sqrt([score.estimate.value, score.null.value]))
    numbers = [score.estimate.num_samples, score.null.num_samples]
    return 2 * (angles[0] - angles[1]) > 1.96 * np.sqrt(sum(1 / n for n in numbers))


@pytest.mark.parametrize(
    ("name", "effect"), [("training_nearness", 0.5), ("copied_share", 1.0)]
)
def test_a_difference_of_the_detectable_size_is_found_four_times_in_five(name, effect):
    draw = np.random.default_rng(0)
    found = []
    smallest = None
    for _ in range(150):
        generated, training, held_out = draw.standard_normal((3, 80, DIMS))
        if smallest is None:
            smallest = measure(generated, training, held_out)[0][name].min_detectable
        copied = draw.random(80) < smallest / effect
        generated[copied] = training[copied] + 1e-3
        found.append(is_found(measure(generated, training, held_out)[0][name]))

    assert 0.65 < np.mean(found) < 0.92


def test_nearest_neighbours_agree_with_a_direct_search_to_the_last_digit():
    items = np.concatenate([rows(50, 5), TRAINING[:20] + 1e-9])

    found = nearest(items, TRAINING)
    among = nearest_other(TRAINING)

    direct = cdist(items, TRAINING)
    np.testing.assert_array_equal(found.rows, direct.argmin(axis=1))
    np.testing.assert_allclose(found.distances, direct.min(axis=1), rtol=1e-12)
    within = cdist(TRAINING, TRAINING) + np.diag([np.inf] * len(TRAINING))
    np.testing.assert_allclose(among.distances, within.min(axis=1), rtol=1e-12)


def test_near_copies_are_told_apart_far_from_the_origin():
    # Squares of 1e6 leave no digit for differences of 1e-3.
    reference = np.concatenate([TRAINING + 1e6, rows(3, 9) + 1e6])
    reference[:3] = reference[-1] + np.array([[3e-3], [1e-3], [2e-3]])

    found = nearest(reference[-1:], reference[:-1])

    assert found.rows.tolist() == [1]
    np.testing.assert_allclose(found.distances, 1e-3 * DIMS**0.5, rtol=1e-6)


def test_too_few_items_and_other_extractors_are_refused():
    few, other = table(rows(10, 0)), table(rows(50, 0), "f")

    with pytest.raises(DataError, match="10 generated items, and at least 30"):
        measure_copies(few, table(TRAINING), table(HELD_OUT))
    with pytest.raises(DataError, match="10 held-out items"):
        measure_copies(table(rows(50, 0)), table(TRAINING), few)
    with pytest.raises(DataError, match="not comparable"):
        measure_copies(other, table(TRAINING), table(HELD_OUT))
