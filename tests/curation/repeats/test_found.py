import pyarrow as pa

from taojin.curation.repeats.found import CUT_SCHEMA, join_part

PLACE = {"document_id": "00", "row": 0, "start": 0, "end": 9}


def test_all_that_is_repeated_stands_in_one_table_and_are_counted():
    spans = pa.Table.from_pylist([PLACE | {"num_words": 60, "first_document_id": "07"}])
    units = pa.Table.from_pylist([PLACE | {"num_words": 8}] * 2)
    near = pa.Table.from_pylist([PLACE | {"num_words": 20}])
    joined, counts = join_part(spans, units, near, "line")
    assert joined.schema.equals(CUT_SCHEMA)
    assert joined["level"].to_pylist() == [
        "span",
        "line",
        "line",
        "near_paragraph",
    ]
    assert joined["first_document_id"].to_pylist() == ["07", None, None, None]
    assert counts == {
        "num_spans": 1,
        "num_span_words": 60,
        "num_lines": 2,
        "num_line_words": 16,
        "num_near_paragraphs": 1,
        "num_near_paragraph_words": 20,
    }


def test_a_part_without_repeats_has_the_same_columns():
    empty = CUT_SCHEMA.empty_table()
    joined, counts = join_part(empty, empty, empty, "paragraph")
    assert joined.schema.equals(CUT_SCHEMA)
    assert set(counts.values()) == {0}
