import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taojin.curation.repeats.removal import remove_spans


def spans_of(*edges):
    rows, starts, ends = zip(*edges, strict=True) if edges else ((), (), ())
    columns = {"row": rows, "start": starts, "end": ends}
    return pa.table({name: pa.array(v, pa.int64()) for name, v in columns.items()})


def without(text, *pieces):
    edges, place = [], 0
    raw = text.encode()
    for piece in pieces:
        place = raw.index(piece.encode(), place)
        edges.append((0, place, place + len(piece.encode())))
        place += len(piece.encode())
    return remove_spans(pa.array([text]), spans_of(*edges))[0].to_pylist()[0]


@pytest.mark.parametrize(
    ("text", "pieces", "expected"),
    [
        ("one two three", ["two"], "one three"),
        ("one two three", ["one two three"], ""),
        ("one two.\n\nthree", ["two"], "one\n\nthree"),
        ('say "two three." Then', ["two three"], "say Then"),
        ("one\n\ntwo", ["one"], "two"),
        ("one\n\ntwo\n", ["two"], "one"),
        ("  one two", ["two"], "  one"),
        ("one two three four five", ["two", "four"], "one three five"),
        ("one two, four five", ["two", "four"], "one five"),
        ("one (two) three", ["two"], "one three"),
        ("f(two) three", ["two"], "f( three"),
        ("一。二三。四", ["二三"], "一。四"),
        ("一「二三」四", ["二三"], "一四"),
        ("one.two.three", ["two"], "one..three"),
        ("one\n two    three", ["two"], "one\n three"),
    ],
)
def test_a_cut_takes_attached_marks_and_one_side_of_white_space(text, pieces, expected):
    assert without(text, *pieces) == expected


def test_other_texts_stay_and_counts_add_up():
    texts = pa.chunked_array([["a b c", "x"], ["d e f é"]])
    cut, counts = remove_spans(texts, spans_of((0, 2, 3), (2, 0, 1), (2, 6, 8)))
    assert cut.to_pylist() == ["a c", "x", "e f"]
    assert counts == {
        "num_documents_cut": 2,
        "num_spans_removed": 3,
        "num_bytes_removed": 7,
    }
    assert texts.to_pylist() == ["a b c", "x", "d e f é"]
    assert cut.type == pa.large_string()


@pytest.mark.parametrize("texts", [[], ["a", ""]])
def test_without_spans_texts_are_as_they_were(texts):
    cut, counts = remove_spans(pa.array(texts, pa.string()), spans_of())
    assert cut.to_pylist() == texts
    assert set(counts.values()) == {0}


@given(st.text(), st.integers(0, 99), st.integers(1, 99))
def test_only_marks_and_white_space_go_beside_the_cut(text, start, length):
    start = min(start, len(text))
    end = min(start + length, len(text))
    edge = len(text[:start].encode()), len(text[:end].encode())
    result, _ = remove_spans(pa.array([text]), spans_of((0, *edge)))

    def words(value):
        return "".join(filter(str.isalnum, value))

    expected = words(text[:start] + text[end:])
    assert words(result.to_pylist()[0]) == expected
