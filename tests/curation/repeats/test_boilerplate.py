import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.shards import write_shards
from taojin.curation.repeats.boilerplate import count_lines
from taojin.curation.repeats.config import BoilerplateConfig
from taojin.curation.repeats.lines import LINE_COLUMNS, remove_lines
from taojin.engines import EngineConfig

ENGINE = EngineConfig(num_workers=1)
FOOTER = "All rights reserved by the company."
MENU = "Home | Products | Contact | About us"


def count(folder, rows, kept=None, cut=None, **settings):
    sources, texts = zip(*rows, strict=True) if rows else ((), ())
    columns = {
        "source": pa.array(sources, pa.string()),
        "text": pa.array(texts, pa.large_string()),
    }
    cut = len(rows) if cut is None else cut

    def parts(table):
        return [table.slice(0, cut), table.slice(cut)]

    documents = write_shards(parts(pa.table(columns)), folder / "documents")
    decisions = None
    if kept is not None:
        decisions = write_shards(parts(pa.table({"kept": kept})), folder / "decisions")
    defaults = {"min_documents": 3, "min_share": 0.5, "min_bytes": 1}
    config = BoilerplateConfig(**{**defaults, **settings})
    return count_lines(documents, decisions, config, workspace=folder, engine=ENGINE)


def counted(frame):
    return list(frame.itertuples(index=False, name=None))


SHOP = [("shop", f"{MENU}\nitem {n} for sale\n  {FOOTER}") for n in range(4)]


def test_lines_that_enough_documents_of_a_source_have_are_boilerplate(tmp_path):
    rows = [*SHOP, ("blog", FOOTER), ("shop", "nothing else\n--\n--")]
    found = count(tmp_path, rows, cut=3)
    assert tuple(found.columns) == LINE_COLUMNS
    assert counted(found) == [("shop", FOOTER, 4, 0.8), ("shop", MENU, 4, 0.8)]


def test_both_bounds_must_be_reached(tmp_path):
    assert count(tmp_path / "a", SHOP, min_documents=5).empty
    others = [("shop", f"page {n}") for n in range(5)]
    assert count(tmp_path / "b", SHOP + others).empty
    assert len(count(tmp_path / "c", SHOP + others, min_share=0.4)) == 2


def test_a_document_counts_once_however_often_it_has_a_line(tmp_path):
    rows = [("s", "again\n" * 9), ("s", "again"), ("s", "other")]
    assert count(tmp_path / "a", rows).empty
    found = count(tmp_path / "b", rows, min_documents=2)
    assert counted(found) == [("s", "again", 2, 2 / 3)]


def test_lines_without_letters_and_short_ones_are_left_alone(tmp_path):
    rows = [("s", "-----\n42\nab\nabc")] * 3
    assert counted(count(tmp_path, rows, min_bytes=3)) == [("s", "abc", 3, 1.0)]


def test_documents_that_are_not_kept_do_not_count(tmp_path):
    kept = [True, True, True, False]
    found = count(tmp_path, SHOP, kept=kept, cut=2)
    assert found["num_documents"].tolist() == [3, 3]
    assert found["share"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("rows", [[], [("s", "")]])
def test_a_corpus_without_lines_has_no_boilerplate(tmp_path, rows):
    found = count(tmp_path, rows)
    assert found.empty
    assert tuple(found.columns) == LINE_COLUMNS


def test_nothing_is_counted_where_it_is_not_enabled(tmp_path):
    assert count(tmp_path, SHOP, enabled=False).empty


def test_neither_parts_nor_memory_change_the_counts(tmp_path):
    rows = [(f"s{n % 3}", f"line {n % 7}\nline {n % 5} too\n{n}") for n in range(90)]
    results = [
        count(tmp_path / str(cut), rows, cut=cut, min_share=0.0) for cut in (90, 31, 0)
    ]
    assert len(results[0]) == 3 * 12
    assert all(result.equals(results[0]) for result in results)
    assert not list(tmp_path.glob("*/lines-*"))


def test_boilerplate_goes_with_its_line_and_only_from_its_source(tmp_path):
    boilerplate = count(tmp_path, SHOP)
    texts = [SHOP[0][1], f"{FOOTER}\n\nmine", "  " + FOOTER + "!", FOOTER + "\r\n", ""]
    sources = ["shop", "shop", "shop", "shop", "shop"]
    cut, counts = remove_lines(pa.array(texts), pa.array(sources), boilerplate)
    assert cut.to_pylist() == ["item 0 for sale", "\nmine", f"  {FOOTER}!", "", ""]
    removed = sum(map(len, texts)) - sum(map(len, cut.to_pylist()))
    assert counts == {
        "num_documents_cut": 3,
        "num_lines_removed": 4,
        "num_bytes_removed": removed,
    }
    other, _ = remove_lines(pa.array(texts), pa.array(["blog"] * 5), boilerplate)
    assert other.to_pylist() == texts


def test_without_boilerplate_texts_are_as_they_were():
    texts = pa.chunked_array([["a\n", "b"], ["c\n\n"]])
    sources = pa.chunked_array([["s", "t"], ["s"]])
    none = pd.DataFrame({name: [] for name in LINE_COLUMNS})
    cut, counts = remove_lines(texts, sources, none)
    assert cut.to_pylist() == texts.to_pylist()
    assert set(counts.values()) == {0}
