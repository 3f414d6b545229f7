import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.copies import (
    HashConfig,
    HashTable,
    score_repetitions,
    score_training_duplicates,
)
from taojin.evaluation.copies.duplicates import repetition_error

CONFIG = HashConfig(max_bits=4)


def hashes(count, seed):
    draw = np.random.default_rng(seed)
    return draw.integers(0, 2**64, count, dtype=np.uint64)


def flipped(values, num_bits, seed=0):
    """The same hashes with some bits changed."""
    draw = np.random.default_rng(seed)
    masks = [
        sum(1 << int(bit) for bit in draw.permutation(64)[:num_bits]) for _ in values
    ]
    return values ^ np.array(masks, dtype=np.uint64)


def table(values, extractor="h"):
    return HashTable(values, extractor)


TRAINING, HELD_OUT = hashes(500, 1), hashes(200, 2)
HELD_OUT[:10] = flipped(TRAINING[:10], 2)  # real pictures are alike now and then


def with_copies(share, count=200, seed=3):
    values = hashes(count, seed)
    number = round(count * share)
    originals = np.random.default_rng(seed).integers(0, len(TRAINING), number)
    values[:number] = flipped(TRAINING[originals], 3, seed)
    return values


def with_repetitions(share, count=200, seed=3):
    values = hashes(count, seed)
    half = round(count * share / 2)
    values[half : 2 * half] = flipped(values[:half], 3, seed)
    return values


def copies(values, training=TRAINING, held_out=HELD_OUT):
    return score_training_duplicates(
        table(values), table(training), table(held_out), CONFIG
    )


def repetitions(values, real=None):
    real = with_repetitions(0.05, seed=9) if real is None else real
    return score_repetitions(table(values), table(real), CONFIG)


def test_real_items_are_inside_their_own_band():
    draw = np.random.default_rng(5)
    for score in (
        copies(with_copies(0.05, seed=8)),
        repetitions(draw.permutation(with_repetitions(0.05, seed=8))),
    ):
        assert score.null is not None
        assert score.estimate.low <= score.null.value <= score.estimate.high


@pytest.mark.parametrize(
    ("plant", "measure"), [(with_copies, copies), (with_repetitions, repetitions)]
)
def test_more_duplicates_raise_the_share(plant, measure):
    shares = [0.0, 0.1, 0.2, 0.4, 0.8]

    values = [measure(plant(share)).estimate.value for share in shares]

    np.testing.assert_allclose(values, shares, atol=0.011)


def test_the_order_of_items_does_not_matter():
    draw = np.random.default_rng(0)
    generated, real = with_repetitions(0.3), with_repetitions(0.1, 300, seed=4)

    first = repetitions(generated, real)
    second = repetitions(draw.permutation(generated), draw.permutation(real))

    assert first == second
    assert copies(with_copies(0.2)) == copies(
        draw.permutation(with_copies(0.2)), draw.permutation(TRAINING)
    )


def test_shares_agree_with_a_direct_count():
    generated = with_copies(0.13)
    expected = np.mean(
        [min((int(a) ^ int(b)).bit_count() for b in TRAINING) <= 4 for a in generated]
    )

    assert copies(generated).estimate.value == expected


def test_repetitions_are_counted_among_equal_numbers():
    score = repetitions(with_repetitions(0.2, 100), with_repetitions(0.2, 400))

    assert (score.num_generated, score.num_real) == (100, 100)
    assert score.null is not None
    assert score.null.value < 0.2  # of a quarter of the items a quarter find their twin


def test_the_error_is_that_of_the_jackknife_done_directly():
    draw = np.random.default_rng(0)
    adjacent = np.triu(draw.random((40, 40)) < 0.02, 1)
    adjacent |= adjacent.T

    without = []
    for row in range(40):
        kept = np.delete(np.delete(adjacent, row, 0), row, 1)
        without.append(kept.any(axis=1).mean())

    expected = np.sqrt(39 / 40 * ((np.array(without) - np.mean(without)) ** 2).sum())
    assert repetition_error(adjacent) == pytest.approx(expected, rel=1e-12)


def test_items_that_repeat_each_other_widen_the_interval():
    pairs = repetitions(with_repetitions(0.4, 400), hashes(400, 1)).estimate

    naive = 1.96 * np.sqrt(0.4 * 0.6 / 400)
    assert (pairs.high - pairs.low) / 2 > 1.2 * naive


@pytest.mark.long
def test_intervals_of_repetitions_hold_the_truth():
    # A world of 3,000 pictures, each drawn as often as it comes; truth by many draws.
    world = hashes(3000, 0)

    def draw(seed):
        return np.random.default_rng(seed).choice(world, 200)

    truth = np.mean([repetitions(draw(1000 + s)).estimate.value for s in range(200)])
    found = [repetitions(draw(s)).estimate for s in range(200)]

    assert np.mean([e.low <= truth <= e.high for e in found]) > 0.9


def test_a_rise_of_the_detectable_size_is_found_four_times_in_five():
    score = copies(with_copies(0.05))
    assert score.null is not None
    assert score.min_detectable is not None
    share = score.null.value + score.min_detectable
    found = []
    for seed in range(200):
        draw = np.random.default_rng(seed)
        generated, real = (
            draw.binomial(200, share),
            draw.binomial(200, score.null.value),
        )
        angles = np.arcsin(np.sqrt([generated / 200, real / 200]))
        found.append(2 * (angles[0] - angles[1]) > 1.96 * np.sqrt(2 / 200))

    assert 0.7 < np.mean(found) < 0.9


def test_too_few_items_and_other_hashes_are_refused():
    with pytest.raises(DataError, match="at least 30"):
        copies(hashes(10, 0))
    with pytest.raises(DataError, match="10 real items"):
        repetitions(hashes(100, 0), hashes(10, 0))
    with pytest.raises(DataError, match="in one way"):
        score_repetitions(table(TRAINING), table(TRAINING, "other"), CONFIG)
