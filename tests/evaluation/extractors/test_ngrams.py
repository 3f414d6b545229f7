import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.extractors.ngrams import NgramConfig, NgramExtractor

CONFIG = NgramConfig(num_dims=6, num_buckets=1 << 12)
ENGLISH = ["market shares fall today", "market shares rise today", "the cat sat down"]
CHINESE = ["今天股市大幅下跌", "今天股市小幅上涨", "那只猫坐在门口"]
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def reference():
    random = np.random.default_rng(0)
    made = [" ".join(random.choice(WORDS, 8)) for _ in range(30)]
    return [*made, *ENGLISH, *CHINESE]


@pytest.fixture(params=["fitted", "unfitted"], scope="module")
def extractor(request):
    if request.param == "fitted":
        return NgramExtractor.fitted(reference(), CONFIG)
    return NgramExtractor.unfitted(NgramConfig(num_dims=256, num_buckets=1 << 12))


def test_features_depend_on_nothing_but_the_text(extractor):
    texts = [*ENGLISH, "", *CHINESE]
    together = extractor.extract(texts).values

    assert np.array_equal(extractor.extract(texts[::-1]).values, together[::-1])
    for row, text in enumerate(texts):
        assert np.array_equal(extractor.extract([text]).values[0], together[row])


@pytest.mark.parametrize("texts", [ENGLISH, CHINESE])
def test_texts_that_say_the_like_are_nearer(extractor, texts):
    rows = extractor.extract(texts).values
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)

    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.05


def test_an_empty_text_has_zeros(extractor):
    assert not extractor.extract(["", " \n "]).values.any()


def test_punctuation_and_case_are_seen(extractor):
    plain, other = extractor.extract(["Hello, world!", "hello world"]).values

    assert not np.allclose(plain, other)


def test_the_order_of_the_reference_makes_no_difference():
    first = NgramExtractor.fitted(reference(), CONFIG)
    second = NgramExtractor.fitted(reference()[::-1], CONFIG)

    assert first.fingerprint == second.fingerprint
    assert np.array_equal(first.extract(ENGLISH).values, second.extract(ENGLISH).values)


def test_the_fingerprint_follows_what_it_was_fitted_on_and_the_settings():
    makers = [
        lambda: NgramExtractor.fitted(reference(), CONFIG),
        lambda: NgramExtractor.fitted(reference()[1:], CONFIG),
        lambda: NgramExtractor.unfitted(CONFIG),
        lambda: NgramExtractor.unfitted(CONFIG.model_copy(update={"seed": 1})),
    ]

    assert len({make().fingerprint for make in makers}) == len(makers)
    assert makers[0]().fingerprint == makers[0]().fingerprint


def test_a_long_text_loses_its_end():
    extractor = NgramExtractor.unfitted(CONFIG.model_copy(update={"max_chars": 100}))

    first, second = extractor.extract(["ab " * 40, "ab " * 40 + "cd"]).values

    assert np.array_equal(first, second)


def test_too_few_real_texts_to_fit_on_are_an_error_that_says_how_many():
    with pytest.raises(DataError, match="6 real items, and at least 7"):
        NgramExtractor.fitted(reference()[:6], CONFIG)


def test_no_texts_are_an_error(extractor):
    with pytest.raises(DataError, match="no texts"):
        extractor.extract([])
