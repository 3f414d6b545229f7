import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import spearmanr

from taojin.core.errors import ConfigurationError, DataError
from taojin.core.estimates import Estimate
from taojin.evaluation.intervals import IntervalConfig, bootstrap_mean
from taojin.evaluation.scores import Score
from taojin.evaluation.shifts import (
    TEXT_SHIFTS,
    Quantity,
    RobustnessConfig,
    robustness,
)

CONFIG = RobustnessConfig(
    strengths=(0.2, 0.4, 0.6, 0.8, 1.0), intervals=IntervalConfig(num_resamples=300)
)
ONE_STRENGTH = CONFIG.model_copy(update={"strengths": (0.5,)})
QUANTITY = Quantity(name="known_words", axis="usability", better="higher")
LEXICON = [
    "".join(letters)
    for letters in np.random.default_rng(7).permuted(
        np.tile(list("abcdefghij"), (150, 1)), axis=1
    )
]
HAN = [chr(0x4E00 + number) for number in range(200)]


def texts(num_texts=60, seed=0, lexicon=LEXICON, joint=" "):
    random = np.random.default_rng(seed)
    return [joint.join(random.choice(lexicon, 12)) for _ in range(num_texts)]


def known_words(items):
    known = set(LEXICON)
    return np.array(
        [np.mean([word in known for word in item.split()]) for item in items]
    )


def known_characters(items):
    known = set(HAN)
    return np.array([sum(c in known for c in item) / 12 for item in items])


def as_score(items, better="higher", null=None):
    values = known_words(items)
    at = (
        None
        if null is None
        else Estimate(value=null, low=null, high=null, num_samples=0)
    )
    return Score(
        name="known_words",
        axis="usability",
        better=better,  # pyright: ignore[reportArgumentType]
        estimate=bootstrap_mean(values, CONFIG.intervals),
        null=at,
        num_generated=len(items),
    )


def numbers(seed):
    return np.random.default_rng(seed).normal(size=40).tolist()


def mean_score(items):
    mean = float(np.mean(items))
    return Score(
        name="mean",
        axis="realism",
        better="higher",
        estimate=Estimate(value=mean, low=mean, high=mean, num_samples=len(items)),
        num_generated=len(items),
    )


def identity(items, *_):
    return list(items)


def harmless(items, *_):
    """Turns the words of a text round, which no measure here looks at."""
    return [" ".join(reversed(item.split())) for item in items]


def slight(items, _, seed):
    """Spoils a word of some texts."""
    random = np.random.default_rng(seed)
    return [f"x{item}" if random.random() < 0.05 else item for item in items]


@pytest.mark.parametrize("measure", [known_words, as_score])
def test_the_identity_costs_exactly_nothing(measure):
    for drop in robustness(measure, texts(), {"identity": identity}, CONFIG, QUANTITY):
        estimate = drop.score.estimate
        assert (estimate.low, estimate.value, estimate.high) == (0.0, 0.0, 0.0)
        assert drop.before == drop.after
        assert not drop.is_found


@pytest.mark.parametrize("measure", [known_words, as_score])
def test_a_shift_that_the_measure_does_not_see_is_not_found(measure):
    found = robustness(measure, texts(), {"harmless": harmless}, CONFIG, QUANTITY)

    assert not any(drop.is_found for drop in found)


@pytest.mark.parametrize("measure", [known_words, as_score])
def test_drops_rise_with_strength_and_are_found(measure):
    shifts = {"typos": TEXT_SHIFTS["typos"]}
    found = robustness(measure, texts(), shifts, CONFIG, QUANTITY)
    values = [drop.score.estimate.value for drop in found]

    assert [drop.strength for drop in found] == list(CONFIG.strengths)
    assert spearmanr(CONFIG.strengths, values)[0] == pytest.approx(1.0)
    assert values[-1] == pytest.approx(1.0)
    assert all(drop.is_found for drop in found)
    for drop in found[:-1]:
        assert drop.score.estimate.low < drop.strength + 0.05
        assert drop.score.estimate.high > drop.strength - 0.05
        assert drop.score.estimate.value == pytest.approx(
            drop.before.value - drop.after.value
        )


def test_drops_rise_with_strength_in_chinese():
    items = texts(lexicon=HAN, joint="")
    shifts = {"typos": TEXT_SHIFTS["typos"]}
    values = [
        drop.score.estimate.value
        for drop in robustness(known_characters, items, shifts, CONFIG, QUANTITY)
    ]

    assert spearmanr(CONFIG.strengths, values)[0] == pytest.approx(1.0)


@pytest.mark.parametrize("measure", [known_words, as_score])
def test_the_order_of_items_makes_no_difference(measure):
    items = texts()
    shifts = {name: TEXT_SHIFTS[name] for name in ("typos", "casing")}

    assert robustness(measure, items, shifts, CONFIG, QUANTITY) == robustness(
        measure, items[::-1], shifts, CONFIG, QUANTITY
    )


def test_both_ways_to_an_interval_agree():
    shifts = {"typos": TEXT_SHIFTS["typos"]}
    items = texts(200)
    (by_item,), (by_group,) = (
        robustness(measure, items, shifts, ONE_STRENGTH, QUANTITY)
        for measure in (known_words, as_score)
    )

    assert by_item.score.estimate.value == pytest.approx(by_group.score.estimate.value)
    widths = [
        drop.score.estimate.high - drop.score.estimate.low
        for drop in (by_item, by_group)
    ]
    assert 0.4 < widths[0] / widths[1] < 2.0


def test_the_jackknife_covers_a_known_drop_as_often_as_it_says():
    def shift(items, *_):
        return [value - 1.0 + 0.5 * np.sin(1e4 * value) for value in items]

    covered = 0
    for seed in range(200):
        (drop,) = robustness(mean_score, numbers(seed), {"shift": shift}, ONE_STRENGTH)
        covered += drop.score.estimate.low <= 1.0 <= drop.score.estimate.high

    assert 0.90 <= covered / 200 <= 0.99


@pytest.mark.parametrize("by_item", [True, False], ids=["items", "groups"])
def test_a_drop_of_the_size_called_detectable_is_found_four_times_in_five(by_item):
    def losing(gap):
        return lambda items, *_: [
            value - gap + 0.5 * np.sin(1e4 * value) for value in items
        ]

    measure = np.asarray if by_item else mean_score
    size = np.mean(
        [
            robustness(measure, numbers(s), {"s": losing(0)}, ONE_STRENGTH, QUANTITY)[
                0
            ].score.min_detectable
            or 0.0
            for s in range(20)
        ]
    )
    num_found = sum(
        robustness(measure, numbers(s), {"s": losing(size)}, ONE_STRENGTH, QUANTITY)[
            0
        ].is_found
        for s in range(100, 250)
    )

    assert 0.68 < num_found / 150 < 0.92


def test_all_shifts_are_corrected_together():
    one = robustness(known_words, texts(), {"slight": slight}, ONE_STRENGTH, QUANTITY)
    many = robustness(
        known_words,
        texts(),
        {"slight": slight, **{f"identity_{i}": identity for i in range(9)}},
        ONE_STRENGTH,
        QUANTITY,
    )

    assert one[0].p_value == one[0].adjusted_p_value == many[0].p_value
    assert many[0].adjusted_p_value == pytest.approx(min(1.0, 10 * one[0].p_value))


def test_a_drop_is_a_loss_whichever_side_is_good():
    lower = QUANTITY.model_copy(update={"better": "lower"})
    shifts = {"typos": TEXT_SHIFTS["typos"]}

    (gain,) = robustness(known_words, texts(), shifts, ONE_STRENGTH, lower)
    (loss,) = robustness(
        lambda items: as_score(items, "like_real", null=1.0),
        texts(),
        shifts,
        ONE_STRENGTH,
    )

    assert gain.score.estimate.value < 0
    assert loss.score.estimate.value > 0
    assert loss.score.name == "known_words_drop"
    assert loss.score.better == "lower"


@pytest.mark.parametrize(
    ("measure", "items", "message"),
    [
        (lambda _: np.zeros(3), texts(), "values of shape .3,. for 60 items"),
        (lambda items: np.full(len(items), np.nan), texts(), "not finite"),
        (known_words, texts(1), "1 measured items, and at least 2"),
        (as_score, texts(15), "15 measured items, and at least 20"),
        (lambda items: as_score(items, "like_real"), texts(), "measure its null"),
    ],
)
def test_measures_that_say_nothing_are_refused(measure, items, message):
    with pytest.raises(DataError, match=message):
        robustness(
            measure, items, {"typos": TEXT_SHIFTS["typos"]}, ONE_STRENGTH, QUANTITY
        )


def test_a_shift_that_loses_items_is_refused():
    def losing(items, *_):
        return list(items)[1:]

    with pytest.raises(DataError, match="made 59 items of 60"):
        robustness(known_words, texts(), {"losing": losing}, ONE_STRENGTH, QUANTITY)


def test_values_of_items_need_a_name_and_a_better_side():
    shifts = {"identity": identity}
    with pytest.raises(ConfigurationError, match="quantity=Quantity"):
        robustness(known_words, texts(), shifts, ONE_STRENGTH)
    like_real = QUANTITY.model_copy(update={"better": "like_real"})
    with pytest.raises(ConfigurationError, match="a value of one item does not show"):
        robustness(known_words, texts(), shifts, ONE_STRENGTH, like_real)


@pytest.mark.parametrize("strengths", [(), (0.5, 0.2), (0.0, 1.0), (1.5,), (0.5, 0.5)])
def test_strengths_rise_from_above_0_to_1(strengths):
    with pytest.raises(ValidationError, match="strengths are"):
        RobustnessConfig(strengths=strengths)
