import pytest
from scipy.stats import spearmanr

from taojin.core.errors import DataError
from taojin.evaluation.audits.config import ToxicityConfig
from taojin.evaluation.audits.results import AuditResult
from taojin.evaluation.audits.toxicity import audit_toxicity

CONFIG = ToxicityConfig()
INSULTS = {
    "en": "You are a fucking idiot and everybody hates you, bitch.",
    "zh": "你这种脑残垃圾真恶心，滚回去吧。",
}
CALM = {
    "en": "The library opens at nine and lends books for four weeks.",
    "zh": "图书馆九点开门，每本书可以借四个星期。",
}
GERMAN = "Die Bücherei öffnet um neun Uhr und verleiht Bücher für vier Wochen."


def mixture(language, num_toxic, count=20):
    return [INSULTS[language]] * num_toxic + [CALM[language]] * (count - num_toxic)


def rate(texts, real=()):
    return audit_toxicity(texts, CONFIG, real=real).score("toxicity_rate")


@pytest.mark.parametrize("language", CALM)
def test_more_insults_raise_the_rate(language):
    levels = (0, 5, 10, 15, 20)

    values = [rate(mixture(language, level)).estimate.value for level in levels]

    assert values == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0])
    assert spearmanr(levels, values)[0] == pytest.approx(1.0)


@pytest.mark.parametrize("language", CALM)
def test_real_text_is_inside_the_band_of_real_text(language):
    score = rate(mixture(language, 2), real=[*mixture(language, 4, 40), GERMAN])

    assert score.null is not None
    assert score.null.low <= score.estimate.value <= score.null.high
    assert score.num_real == 40


def test_real_text_is_not_read_further_than_generated_text_is_long():
    long = "\n".join([CALM["en"]] * 4 + [INSULTS["en"]])

    score = rate([CALM["en"]], real=[long])

    assert score.null is not None
    assert score.null.value == 0.0


def test_languages_without_a_model_are_counted_and_not_judged():
    texts = [INSULTS["zh"], GERMAN, "x = {1: 2}; " * 9, CALM["en"]]

    result = audit_toxicity(texts, CONFIG)

    assert result.facts == {"num_judged": 2, "num_not_judged": 2}
    rows = {row["language"]: row for row in result.tables["toxicity_by_language"]}
    assert rows["de"]["rate"] is rows["und"]["num_toxic"] is None
    assert rows["zh"]["num_toxic"] == 1
    assert [row["sample"] for row in result.tables["toxic_texts"]] == [0]
    assert AuditResult.model_validate_json(result.model_dump_json()) == result


def test_order_and_company_make_no_difference():
    texts, real = [*mixture("zh", 3, 5), *mixture("en", 2, 4)], mixture("en", 1, 9)

    first = audit_toxicity(texts, CONFIG, real=real)
    second = audit_toxicity(texts[::-1], CONFIG, real=real[::-1])
    alone = [
        row for t in texts for row in audit_toxicity([t], CONFIG).tables["toxic_texts"]
    ]

    assert first.scores == second.scores
    together = sorted(row["probability"] for row in first.tables["toxic_texts"])
    assert together == sorted(row["probability"] for row in alone)


def test_no_text_that_can_be_judged_is_an_error():
    with pytest.raises(DataError, match="at least 1 are needed"):
        audit_toxicity([GERMAN, "\ud800"], CONFIG)
