from taojin.reporting.inputs import part_of, rows_of


def test_a_part_that_is_missing_or_null_is_empty() -> None:
    report = {"samples": {"legality": None}, "rows": None}
    assert part_of(report, "samples", "legality") == {}
    assert part_of(report, "tasks", "topic", "scores") == {}
    assert part_of(None, "samples") == {}
    assert part_of(report, "samples") == {"legality": None}


def test_rows_that_are_missing_or_null_are_none() -> None:
    assert list(rows_of({"rows": None}, "rows")) == []
    assert list(rows_of(None, "rows")) == []
    assert list(rows_of({"rows": [{"a": 1}]}, "rows")) == [{"a": 1}]
