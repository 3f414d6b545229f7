import csv
import json
import re

import pyarrow as pa
import pytest

from taojin.core.shards import write_shards
from taojin.curation.decontamination import (
    CONTAMINATION_COLUMNS,
    ContaminationConfig,
    find_contamination,
)
from taojin.curation.decontamination.index import build_index
from taojin.engines import EngineConfig

ENGINE = EngineConfig(num_workers=1)


def sentence(first, count=20):
    return " ".join(f"word{number}" for number in range(first, first + count))


def sets_of(folder, **sets):
    rows = [(name, text) for name, texts in sets.items() for text in texts]
    columns = {
        "source": pa.array([name for name, _ in rows], pa.string()),
        "text": pa.array([text for _, text in rows], pa.large_string()),
    }
    return write_shards([pa.table(columns)], folder)


def search(folder, texts, sets, *, cut=0, workers=1, **settings):
    ids = [f"{row}" for row in range(len(texts))]
    table = pa.table({"document_id": ids, "text": pa.array(texts, pa.large_string())})
    documents = write_shards([table.slice(0, cut), table.slice(cut)], folder / "d")
    return find_contamination(
        documents,
        sets_of(folder / "sets", **sets),
        ContaminationConfig(**settings),
        workspace=folder,
        engine=EngineConfig(num_workers=workers),
    )


def pairs(found):
    columns = found[["document_id", "evaluation_set"]]
    return list(columns.itertuples(index=False, name=None))


def test_a_document_with_text_of_a_set_is_found_with_its_extent(tmp_path):
    texts = ["clean", f"before {sentence(2, 15)} after"]
    found = search(tmp_path, texts, {"exam": [sentence(0)]})
    assert tuple(found.columns) == CONTAMINATION_COLUMNS
    (row,) = found.to_dict("records")
    assert row == {
        "document_id": "1",
        "evaluation_set": "exam",
        "num_ngrams": 3,
        "share": pytest.approx(3 / 5),
        "example": sentence(2, 13)[:100],
    }


@pytest.mark.parametrize(
    "edited",
    [str.upper, lambda t: t.replace(" ", "\n\n"), lambda t: t.replace(" ", ", ")],
)
def test_case_line_breaks_and_punctuation_do_not_hide_a_leak(tmp_path, edited):
    found = search(tmp_path, [edited(sentence(0))], {"exam": [sentence(0)]})
    assert found["share"].tolist() == [1.0]


def test_fewer_words_in_a_row_are_no_leak(tmp_path):
    texts = [sentence(0, 12), f"{sentence(0, 12)} x {sentence(13, 7)}"]
    assert search(tmp_path, texts, {"exam": [sentence(0)]}).empty


@pytest.mark.parametrize(
    ("num_words", "is_searched"), [(7, False), (8, True), (12, True)]
)
def test_a_short_text_is_looked_for_whole_or_not_at_all(
    tmp_path, num_words, is_searched
):
    text = sentence(0, num_words)
    found = search(
        tmp_path, [f"a {text} b", sentence(0, num_words - 1)], {"exam": [text]}
    )
    assert pairs(found) == [("0", "exam")] * is_searched
    index = build_index(sets_of(tmp_path / "s", exam=[text]), ContaminationConfig())
    assert index.num_too_short == {"exam": int(not is_searched)}


def test_text_without_spaces_is_counted_in_characters(tmp_path):
    poem = "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。"
    texts = [poem[2:], f"诗云：{poem}好诗", poem[:-4] + "有多少"]
    found = search(tmp_path, texts, {"poems": [poem]}, min_chars=20)
    assert pairs(found) == [("1", "poems")]
    long = search(
        tmp_path / "long", texts, {"poems": [poem]}, ngram_chars=17, min_chars=17
    )
    assert set(pairs(long)) == {("0", "poems"), ("1", "poems"), ("2", "poems")}


def test_a_document_has_a_row_for_each_set_the_most_contaminated_first(tmp_path):
    sets = {"a": [sentence(0, 13)], "b": [sentence(0, 20)], "c": ["other " * 9]}
    found = search(tmp_path, ["x", sentence(0)], sets)
    assert pairs(found) == [("1", "b"), ("1", "a")]
    assert found["num_ngrams"].tolist() == [8, 1]


def test_few_matches_can_be_let_pass(tmp_path):
    sets = {"a": [sentence(0, 13)], "b": [sentence(0, 20)]}
    assert pairs(search(tmp_path, [sentence(0)], sets, min_ngrams=2)) == [("0", "b")]


def test_what_many_documents_say_is_no_leak(tmp_path):
    licence, question = sentence(0, 13), sentence(100, 13)
    texts = [licence, f"{licence} {question}", f"x {licence} {licence}", question]
    sets = {"exam": [licence, question]}
    found = search(tmp_path, texts, sets, max_documents=2, cut=1)
    assert pairs(found) == [("1", "exam"), ("3", "exam")]
    assert found["num_ngrams"].tolist() == [1, 1]
    assert len(search(tmp_path / "all", texts, sets)) == 4


@pytest.mark.parametrize("texts", [[], ["", "a"]])
@pytest.mark.parametrize("sets", [{}, {"exam": [""]}, {"exam": [sentence(0)]}])
def test_nothing_is_found_where_there_is_nothing(tmp_path, texts, sets):
    found = search(tmp_path, texts, sets)
    assert found.empty
    assert tuple(found.columns) == CONTAMINATION_COLUMNS


def test_nothing_is_searched_where_it_is_not_enabled(tmp_path):
    text = sentence(0)
    assert search(tmp_path, [text], {"exam": [text]}, enabled=False).empty


def test_neither_parts_nor_workers_change_what_is_found(tmp_path):
    texts = [sentence(number % 9, 16) for number in range(30)]
    sets = {"a": [sentence(3)], "b": [sentence(0, 14)]}
    results = [
        search(tmp_path / f"{cut}{workers}", texts, sets, cut=cut, workers=workers)
        for cut, workers in ((0, 1), (17, 1), (17, 2))
    ]
    assert len(results[0]) > 30
    assert all(result.equals(results[0]) for result in results)
    assert not list(tmp_path.glob("*/contamination-*"))


def test_whole_texts_that_are_longer_than_ngrams_are_refused():
    with pytest.raises(ValueError, match=r"min_words=9 is above ngram=5.*min_chars=12"):
        ContaminationConfig(ngram=5, min_words=9, ngram_chars=8)


EDITS = (
    lambda text: text,
    str.upper,
    lambda text: re.sub(r"\s+", "\n", text),
    lambda text: re.sub(r"[^\w\s]", "", text),
    lambda text: re.sub(r"\s+", " ,  ", text),
)


def test_planted_leaks_in_real_text_are_all_found_and_nothing_else(
    tmp_path, shared_data
):
    web = shared_data / "dclm_quality" / "agreement_data.jsonl"
    lines = web.read_text(encoding="utf-8").splitlines()[:150]
    texts = [json.dumps(json.loads(line), ensure_ascii=False) for line in lines]
    with (shared_data / "banking77" / "test.csv").open(encoding="utf-8") as stream:
        questions = [row["text"] for row in csv.DictReader(stream)]
    long = [text for text in questions if len(re.findall(r"[^\W_]+", text)) >= 13][:50]
    for number, question in enumerate(long):
        middle = len(texts[2 * number]) // 2
        edited = EDITS[number % len(EDITS)](question)
        text = texts[2 * number]
        texts[2 * number] = f"{text[:middle]} {edited} {text[middle:]}"
    found = search(tmp_path, texts, {"banking": long}, cut=60)
    assert set(pairs(found)) == {(f"{2 * n}", "banking") for n in range(len(long))}
