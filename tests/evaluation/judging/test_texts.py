import pytest

from taojin.core.errors import ConfigurationError, DataError
from taojin.evaluation.diversity import DiversityConfig
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.items.item_sets import ItemSet, Rejection
from taojin.evaluation.judging.config import JudgingConfig
from taojin.evaluation.judging.texts import RealTexts, judge_texts, real_texts
from taojin.media.decoded import EMPTY

SETTINGS = JudgingConfig.model_validate(
    {
        "ngrams": {"num_dims": 8},
        "distances": {"distances": ["kernel_distance", "neighbourhoods"]},
    }
)
DIVERSITY = DiversityConfig(words_per_text=20)
INTERVALS = IntervalConfig(num_resamples=200)


@pytest.fixture(scope="module")
def real(write_texts):
    return real_texts(
        write_texts(64, 1), write_texts(64, 2), write_texts(120, 3), SETTINGS
    )


def item_set(texts, num_empty=0):
    refused = tuple(
        Rejection(f"empty {number}", EMPTY, "") for number in range(num_empty)
    )
    return ItemSet("text", texts, tuple(map(str, range(len(texts)))), refused)


def null_of(score):
    assert score.null is not None
    return score.null


def judged(texts, real, num_empty=0):
    found = judge_texts(
        item_set(texts, num_empty), real, SETTINGS, DIVERSITY, INTERVALS
    )
    return {one.score.name: one.score for one in found}


def test_real_texts_in_the_place_of_generated_ones_are_near_the_null(real, write_texts):
    scores = judged(write_texts(64, 4), real)

    distance = scores["kernel_distance"]
    difference = abs(distance.estimate.value - null_of(distance).value)
    assert distance.min_detectable is not None
    assert difference < distance.min_detectable
    assert scores["recall"].estimate.value == pytest.approx(
        null_of(scores["recall"]).value, abs=0.15
    )
    assert scores["distinct_2"].estimate.low <= null_of(scores["distinct_2"]).high


def test_the_more_texts_are_corrupted_the_further_they_are_from_real_ones(
    real, write_texts
):
    levels = [0.0, 0.1, 0.2, 0.4, 0.8]

    found = [judged(write_texts(64, 4, noise), real) for noise in levels]

    distances = [one["kernel_distance"].estimate.value for one in found]
    assert distances == sorted(distances)
    assert distances[0] < distances[1]
    assert found[-1]["precision"].estimate.value < found[0]["precision"].estimate.value


def test_the_order_of_texts_makes_no_difference(real, write_texts):
    texts = write_texts(64, 4)

    first, second = judged(texts, real), judged(texts[::-1], real)

    for name, score in first.items():
        assert second[name].estimate.value == pytest.approx(
            score.estimate.value, abs=1e-9
        ), name


def test_an_empty_generation_counts_though_no_distance_sees_it(real, write_texts):
    scores = judged(write_texts(60, 4), real, num_empty=4)

    assert scores["empty_share"].estimate.value == pytest.approx(4 / 64)
    assert scores["kernel_distance"].num_generated == 60


def test_texts_are_surprising_to_an_independent_model(real, base, write_texts):
    with_judge = RealTexts(real.held_out, real.others, real.extractor, base)

    bits = judged(write_texts(64, 4), with_judge)["bits_per_byte"]

    assert bits.axis == "realism"
    assert bits.estimate.value == pytest.approx(null_of(bits).value, rel=0.05)
    assert 6.0 < bits.estimate.value < 10.0


def test_too_few_texts_say_how_many_are_needed(real, write_texts):
    with pytest.raises(DataError, match="at least"):
        judged(write_texts(3, 4), real)


def test_an_independent_model_that_is_not_there_is_refused_by_its_folder(write_texts):
    config = SETTINGS.model_copy(update={"independent_model": "no/such/model"})
    texts = write_texts(120, 1)

    with pytest.raises(ConfigurationError, match="no/such/model"):
        real_texts(texts, texts, texts, config)
