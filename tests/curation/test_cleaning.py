import pyarrow as pa
import pytest

from taojin.core.records import DECISION_SCHEMA
from taojin.curation.cleaning import CleaningConfig, clean_texts, settle_part

CONFIG = CleaningConfig(min_chars_left=5)


def cuts(*rows):
    names = ("row", "start", "end")
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            name: pa.array(column, pa.int64())
            for name, column in zip(names, columns, strict=True)
        }
    )


def texts(*values):
    return pa.chunked_array([pa.array(values, pa.large_string())])


def decisions(*rules):
    rows = [
        {
            "document_id": f"{row:02d}",
            "source": "s",
            "kept": rule is None,
            "rule": rule,
            "reason": rule and "too_low",
            "num_bytes": 5,
        }
        for row, rule in enumerate(rules)
    ]
    return pa.Table.from_pylist(rows, schema=DECISION_SCHEMA)


def settle(text, decided, found):
    return settle_part(pa.table({"text": text}), decided, found, CONFIG, None)[0]


@pytest.mark.parametrize(
    "found",
    [
        [(0, 2, 5), (0, 4, 7)],
        [(0, 2, 7), (0, 3, 4)],
        [(0, 2, 4), (0, 4, 7)],
        [(0, 5, 7), (0, 2, 6)],
    ],
)
def test_cuts_that_touch_or_overlap_are_one(found):
    cleaned, _ = clean_texts(texts("0123456789"), cuts(*found), None)
    assert cleaned.to_pylist() == ["01789"]


def test_cuts_of_one_document_leave_the_others_alone():
    cleaned, _ = clean_texts(texts("abcdef", "abcdef"), cuts((0, 3, 6)), None)
    assert cleaned.to_pylist() == ["abc", "abcdef"]


def test_lines_go_by_the_rules_of_c4_only_where_that_is_asked_for():
    prose = "This line has a good number of words."
    text = texts(f"{prose}\nmenu")
    kept, _ = clean_texts(text, cuts(), None)
    cleaned, counts = clean_texts(text, cuts(), "c4")
    assert kept.to_pylist() == text.to_pylist()
    assert cleaned.to_pylist() == [prose]
    assert counts["num_lines_rejected"] == 1


def test_a_document_that_cleaning_empties_is_dropped_with_what_is_left():
    settled = settle(
        texts("0123456789", "abcdefghij"), decisions(None, None), cuts((0, 3, 10))
    )
    first, second = settled.to_pylist()
    assert (first["kept"], first["rule"]) == (False, "too_little_left")
    assert (first["value"], first["threshold"]) == (3.0, 5.0)
    assert second["kept"]


def test_what_was_dropped_before_keeps_its_reason():
    decided = decisions("short", None)
    settled = settle(texts("0123456789", "abcdefghij"), decided, cuts((0, 0, 10)))
    assert settled.equals(decided)


def test_a_short_document_that_cleaning_does_not_touch_stays():
    decided = decisions(None)
    assert settle(texts("abc"), decided, cuts()).equals(decided)
