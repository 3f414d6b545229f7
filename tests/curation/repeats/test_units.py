import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.shards import write_shards
from taojin.curation.repeats.config import UnitsConfig
from taojin.curation.repeats.units import (
    UNIT_SCHEMA,
    find_repeated_units,
    remove_units,
)
from taojin.engines import EngineConfig

ENGINE = EngineConfig(num_workers=1)


def documents_of(folder, texts, cut):
    ids = [f"{row}" for row in range(len(texts))]
    table = pa.table({"document_id": ids, "text": pa.array(texts, pa.large_string())})
    return write_shards([table.slice(0, cut), table.slice(cut)], folder)


def find(folder, texts, cut=0, kept=None, **settings):
    decisions = None
    if kept is not None:
        table = pa.table({"kept": kept})
        parts = [table.slice(0, cut), table.slice(cut)]
        decisions = write_shards(parts, folder / "decisions")
    config = UnitsConfig(**{"enabled": True, "min_words": 2, **settings})
    return find_repeated_units(
        documents_of(folder / "documents", texts, cut),
        decisions,
        config,
        workspace=folder,
        engine=ENGINE,
    )


def deduplicated(folder, texts, **settings):
    units = find(folder, texts, **settings)
    result = []
    tables = zip(
        [texts[: settings.get("cut", 0)], texts[settings.get("cut", 0) :]],
        units.tables(),
        strict=True,
    )
    for part, table in tables:
        cut, _ = remove_units(pa.array(part, pa.large_string()), table)
        result += cut.to_pylist()
    return result


def test_a_paragraph_that_stood_before_goes_with_the_empty_lines_after_it(tmp_path):
    first = "One paragraph\nof two lines.\n\nAnother paragraph.\n"
    second = "New text.\n\n  One paragraph\nof two lines.\n\n\nMore new text."
    result = deduplicated(tmp_path, [first, second], cut=1)
    assert result == [first, "New text.\n\nMore new text."]


def test_the_first_of_two_in_one_document_stays(tmp_path):
    assert deduplicated(tmp_path, ["a b\n\na b\n\nc d"]) == ["a b\n\nc d"]


def test_lines_can_be_told_apart_by_themselves(tmp_path):
    texts = ["a b\nc d\n", "c d\na b\ne f"]
    assert deduplicated(tmp_path / "l", texts, level="line") == ["a b\nc d\n", "e f"]
    assert deduplicated(tmp_path / "p", texts) == texts


def test_short_units_may_be_repeated(tmp_path):
    texts = ["Returns:\n\nnone at all", "Returns:\n\nnone at all"]
    assert deduplicated(tmp_path, texts) == [texts[0], "Returns:"]
    assert find(tmp_path / "all", texts, min_words=1).num_rows == 2


def test_documents_that_are_not_kept_are_left_out_on_both_sides(tmp_path):
    texts = ["a b", "a b", "a b", "a b"]
    units = find(tmp_path, texts, cut=2, kept=[False, True, True, False])
    assert units.read(["document_id", "row"]).to_pylist() == [
        {"document_id": "2", "row": 0}
    ]


def test_units_say_where_they_are_and_how_long(tmp_path):
    units = find(tmp_path, ["a b\n\nx", "y\n\na b\n"])
    assert units.read().schema.equals(UNIT_SCHEMA)
    assert units.read().to_pylist() == [
        {"document_id": "1", "row": 1, "start": 3, "end": 7, "num_words": 2}
    ]
    assert units.counts == {"num_units": 1}
    assert not list(tmp_path.glob("units-*"))


@pytest.mark.parametrize("texts", [[], ["", "\n\n"]])
def test_a_corpus_without_content_has_no_units(tmp_path, texts):
    assert find(tmp_path, texts).num_rows == 0


def test_nothing_is_found_where_it_is_not_enabled(tmp_path):
    assert find(tmp_path, ["a b", "a b"], enabled=False).num_rows == 0


LINE = st.sampled_from(["", "a", "a b", " c d", "好 x"])


@settings(max_examples=12, deadline=None)
@given(texts=st.lists(st.lists(LINE, max_size=8).map("\n".join), max_size=5))
def test_repeated_lines_are_those_of_the_definition(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("units")
    seen, expected = set(), 0
    for line in (line.strip() for text in texts for line in text.split("\n")):
        expected += line in seen
        seen.add(line) if line else None
    found = find(folder, texts, cut=len(texts) // 2, level="line", min_words=1)
    assert found.num_rows == expected
