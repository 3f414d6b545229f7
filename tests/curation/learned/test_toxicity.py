import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taojin.core.text_buffers import text_buffers
from taojin.curation.learned.storage import load_shipped_model
from taojin.curation.learned.toxicity import measure_toxicity, score_passages
from taojin.curation.learned.training import area_under_curve

INSULTS = {
    "en": "You are a fucking idiot and everybody hates you, bitch.",
    "zh": "你这种脑残垃圾真恶心，滚回去吧。",
}
CALM = {
    "en": "The library opens at nine and lends books for four weeks.",
    "zh": "图书馆九点开门，每本书可以借四个星期。",
}
MODELS = {language: load_shipped_model(f"toxicity_{language}") for language in CALM}


def measure(texts, languages):
    return measure_toxicity(text_buffers(pa.array(texts)), languages, MODELS)


@pytest.mark.parametrize("language", CALM)
def test_an_insult_scores_high_and_a_notice_low(language):
    insult, calm = score_passages([INSULTS[language], CALM[language]], MODELS[language])
    assert insult > 0.8
    assert calm < 0.3


@pytest.mark.parametrize("language", CALM)
def test_one_passage_makes_a_document_toxic(language):
    pages = "\n".join([CALM[language]] * 40)
    hidden = f"{pages}\n{INSULTS[language]}\n{pages}"
    calm, toxic = measure([pages, hidden], [language] * 2)
    assert calm < 0.5 < toxic


def test_other_languages_and_empty_texts_score_zero():
    found = measure([INSULTS["en"], "", INSULTS["zh"]], ["fr", "en", "und"])
    assert found.tolist() == [0.0, 0.0, 0.0]


def test_each_document_is_judged_in_its_language():
    texts = [CALM["en"], INSULTS["zh"], INSULTS["en"], CALM["zh"]]
    found = measure(texts, ["en", "zh", "en", "zh"])
    assert (found > 0.5).tolist() == [False, True, True, False]


def test_labels_that_were_never_trained_on_are_told(shared_data):
    table = pq.read_table(shared_data / "cold/test.parquet")
    scores = score_passages(table["TEXT"].to_pylist(), MODELS["zh"])
    positives = table["label"].to_numpy() == 1
    assert area_under_curve(scores, positives) > 0.84
