import re
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taojin.core.errors import CountMismatchError, DataError
from taojin.core.shards import write_shards
from taojin.curation.repeats import spans as spans_module
from taojin.curation.repeats.config import SpansConfig
from taojin.curation.repeats.spans import (
    SPAN_SCHEMA,
    find_repeated_spans,
    repeated_shares,
)
from taojin.engines import EngineConfig

ENGINE = EngineConfig(num_workers=1)
WORD = re.compile(r"[a-z0-9]+", re.IGNORECASE)


def shards_of(folder, texts, cuts=(), ids=None):
    ids = ids or [f"{row:04d}" for row in range(len(texts))]
    table = pa.table({"document_id": ids, "text": pa.array(texts, pa.large_string())})
    edges = [0, *cuts, len(texts)]
    return write_shards(
        (table.slice(a, b - a) for a, b in pairwise(edges)),
        folder,
    )


def find(folder, texts, size, *, cuts=(), kept=None, **settings):
    documents = shards_of(folder / "documents", texts, cuts)
    decisions = None
    if kept is not None:
        edges = [0, *cuts, len(texts)]
        decisions = write_shards(
            (pa.table({"kept": kept[a:b]}) for a, b in pairwise(edges)),
            folder / "decisions",
        )
    config = SpansConfig(min_words=size, **settings)
    return find_repeated_spans(
        documents, decisions, config, workspace=folder, engine=ENGINE
    )


def found(shards):
    columns = ["document_id", "start", "end", "num_words", "first_document_id"]
    return [tuple(row.values()) for row in shards.read(columns).to_pylist()]


def reference(texts, size):
    """The definition, word for word: by a table of all windows."""
    first, spans, position = {}, [], 0
    for row, text in enumerate(texts):
        words = list(WORD.finditer(text))
        folded = [word.group().lower() for word in words]
        covered = {}
        for start in range(len(words) - size + 1):
            window = tuple(folded[start : start + size])
            origin, origin_row = first.setdefault(window, (position + start, row))
            if position + start - origin >= size:
                for word in range(start, start + size):
                    covered.setdefault(word, origin_row)
        runs = []
        for word in sorted(covered):
            if runs and runs[-1][1] == word:
                runs[-1][1] = word + 1
            else:
                runs.append([word, word + 1])
        spans += [
            (
                f"{row:04d}",
                words[a].start(),
                words[b - 1].end(),
                b - a,
                f"{covered[a]:04d}",
            )
            for a, b in runs
        ]
        position += len(words)
    return spans


def sentence(first, count):
    return " ".join(f"w{number}" for number in range(first, first + count))


def test_a_run_of_words_that_stood_before_is_a_span(tmp_path):
    texts = [sentence(0, 30), f"Well: {sentence(5, 10)}. The end"]
    spans = find(tmp_path, texts, 8)
    assert found(spans) == [("0001", 6, 6 + len(sentence(5, 10)), 10, "0000")]
    assert spans.read().schema.equals(SPAN_SCHEMA)
    assert spans.counts == {"num_spans": 1, "num_words_repeated": 10}


def test_a_shorter_run_is_none(tmp_path):
    assert find(tmp_path, [sentence(0, 30), sentence(5, 7)], 8).num_rows == 0


def test_case_punctuation_and_white_space_do_not_tell_copies_apart(tmp_path):
    texts = ["a b c d e f", "A,b\n\nC (d) E-f!"]
    assert found(find(tmp_path, texts, 6)) == [("0001", 0, 14, 6, "0000")]


def test_characters_of_unspaced_scripts_are_words(tmp_path):
    texts = ["春眠不觉晓，处处闻啼鸟。", "孟浩然：春眠不觉晓处处闻啼鸟"]
    spans = found(find(tmp_path, texts, 10))
    assert spans == [("0001", 12, 42, 10, "0000")]


def test_a_repetition_within_a_document_leaves_one_whole_window(tmp_path):
    spans = found(find(tmp_path, ["la " * 30], 8))
    assert spans == [("0000", 24, 89, 22, "0000")]


def test_windows_never_reach_across_documents(tmp_path):
    texts = [sentence(0, 5), sentence(5, 5), sentence(0, 10)]
    assert find(tmp_path, texts, 8, cuts=(1,)).num_rows == 0


def test_every_copy_names_the_document_that_was_first(tmp_path):
    spans = found(find(tmp_path, ["x", *[sentence(0, 8)] * 3], 8, cuts=(2,)))
    assert [(span[0], span[-1]) for span in spans] == [
        ("0002", "0001"),
        ("0003", "0001"),
    ]


def test_the_share_counts_all_spans_of_a_document(tmp_path):
    original = sentence(0, 40)
    copy = f"{sentence(0, 8)} x y {sentence(20, 10)}"
    spans = find(tmp_path, [original, copy, "unlike"], 8)
    shares = repeated_shares(spans.read(), 3)
    assert shares.tolist() == [0.0, 0.9, 0.0]


def test_documents_that_are_not_kept_are_left_out_on_both_sides(tmp_path):
    texts = [sentence(0, 20)] * 4
    spans = find(tmp_path, texts, 8, cuts=(2,), kept=[False, True, True, False])
    assert [span[0] for span in found(spans)] == ["0002"]
    assert found(spans)[0][-1] == "0001"


def test_decisions_about_other_documents_are_refused(tmp_path):
    with pytest.raises(CountMismatchError, match="belong together"):
        find(tmp_path, ["a", "b"], 8, kept=[True])


def test_an_id_that_is_no_hash_is_refused_before_it_is_cut_off(tmp_path):
    text = sentence(0, 20)
    documents = shards_of(tmp_path / "d", [text, text], ids=["x" * 33, "y"])
    with pytest.raises(DataError, match="33 bytes"):
        find_repeated_spans(
            documents,
            None,
            SpansConfig(min_words=8),
            workspace=tmp_path,
            engine=ENGINE,
        )


@pytest.mark.parametrize("texts", [[], ["", "..", ""]])
def test_a_corpus_without_words_has_no_spans(tmp_path, texts):
    spans = find(tmp_path, texts, 8)
    assert spans.num_rows == 0
    assert len(spans.parts) == 1


def test_nothing_is_found_where_spans_are_not_enabled(tmp_path):
    text = sentence(0, 20)
    assert find(tmp_path, [text, text], 8, enabled=False).num_rows == 0


def test_equal_hashes_of_other_words_remove_nothing(tmp_path, monkeypatch):
    real = spans_module.record_windows

    def collide(task):
        runs = real(task)
        for run in runs:  # all windows get one hash
            with Path(run.path).open("r+b") as stream:
                stream.seek(run.start)
                stream.write(bytes(8 * run.num_records))
        return runs

    monkeypatch.setattr(spans_module, "record_windows", collide)
    texts = [sentence(0, 12), sentence(100, 12), sentence(0, 12)]
    spans = found(find(tmp_path, texts, 8, cuts=(1,)))
    assert {span[0] for span in spans} <= {"0002"}


VOCABULARY = st.sampled_from(["a", "B", "cc", "d"])
TEXTS = st.lists(st.lists(VOCABULARY, max_size=25).map(" ".join), max_size=6)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=TEXTS, size=st.integers(2, 5), cut=st.integers(0, 6))
def test_spans_are_those_of_the_definition(tmp_path_factory, texts, size, cut):
    folder = tmp_path_factory.mktemp("spans")
    cuts = (min(cut, len(texts)),)
    assert found(find(folder, texts, size, cuts=cuts)) == reference(texts, size)


def test_spans_of_real_text_are_those_of_the_definition(tmp_path, shared_data):
    path = shared_data / "data_juicer_demos" / "demo-dataset-deduplication.jsonl"
    texts = pa.array(re.findall(r'"text": ?"((?:[^"\\]|\\.)*)"', path.read_text()))
    texts = [re.sub(r"[^ -~]", ".", text) for text in texts.to_pylist()]
    texts += [text[100:] for text in texts[:3]]
    spans = found(find(tmp_path, texts, 12, cuts=(2, 5)))
    assert spans
    assert spans == reference(texts, 12)


def test_neither_parts_nor_ranges_nor_workers_change_what_is_found(tmp_path):
    block = [sentence(number % 7 * 10, 40) for number in range(40)]
    whole = find(tmp_path / "whole", block, 8)
    parted = find(tmp_path / "parted", block, 8, cuts=(3, 3, 17, 39))
    assert found(parted) == found(whole)
    documents = shards_of(tmp_path / "documents", block, (10, 20))
    results = [
        find_repeated_spans(
            documents,
            None,
            SpansConfig(min_words=8),
            workspace=tmp_path / str(workers),
            engine=EngineConfig(num_workers=workers),
        )
        for workers in (1, 2)
    ]
    assert results[0].fingerprint == results[1].fingerprint
    assert found(results[0]) == found(whole)


def test_a_run_that_was_cut_off_goes_on_and_finds_the_same(tmp_path, monkeypatch):
    texts = [sentence(0, 40), sentence(10, 30)]
    expected = found(find(tmp_path / "whole", texts, 8))

    def fail(_task):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(spans_module, "digest_links", fail)
        with pytest.raises(KeyboardInterrupt):
            find(tmp_path / "cut", texts, 8)
    left = list((tmp_path / "cut").glob("spans-*/windows-*.json"))
    assert left
    written = left[0].stat().st_mtime_ns
    stamps = []
    real = spans_module.digest_links
    monkeypatch.setattr(
        spans_module,
        "digest_links",
        lambda task: stamps.append(left[0].stat().st_mtime_ns) or real(task),
    )
    assert found(find(tmp_path / "cut", texts, 8)) == expected
    assert stamps == [written]
    assert not list((tmp_path / "cut").glob("spans-*"))


def test_parts_keep_the_layout_of_the_documents(tmp_path):
    texts = [sentence(0, 20), sentence(0, 20), "x", sentence(0, 20)]
    spans = find(tmp_path, texts, 8, cuts=(2,))
    tables = [pq.read_table(spans.path(part)) for part in spans.parts]
    assert [table["row"].to_pylist() for table in tables] == [[1], [1]]
