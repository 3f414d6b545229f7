import json
from dataclasses import replace

import pytest

from taojin.validators.outcomes import (
    Outcome,
    describe_breaches,
    example,
    report_of,
    write_report,
)

BREACH = Outcome(
    check="ExpectColumnValuesToBeUnique",
    column="document_id",
    arguments={},
    severity="contract",
    why="Ids are unique.",
    passed=False,
    num_unexpected=1200,
    share=0.25,
    examples=("abc", "def"),
)
PASSED = replace(BREACH, passed=True, num_unexpected=0, share=0.0, examples=())


def test_contracts_and_errors_stop_and_warnings_do_not():
    assert BREACH.stops
    assert replace(PASSED, severity="warning", error="no such column").stops
    assert not replace(BREACH, severity="warning").stops
    assert not PASSED.stops


def test_the_counts_of_a_report_add_up():
    warning = replace(BREACH, severity="warning")
    error = replace(BREACH, error="boom")
    report = report_of("docs", "suite", 4800, [PASSED, BREACH, warning, error])
    assert report["num_checks"] == 4
    assert report["num_failed_contracts"] == 1
    assert report["num_warnings"] == 1
    assert report["num_errors"] == 1
    assert len(report["failures"]) == 2
    assert [row["passed"] for row in report["checks"]] == [True, False, False, False]
    assert report["failures"][0]["examples"] == ("abc", "def")


def test_a_message_names_column_check_count_percent_examples_and_reason():
    message = describe_breaches("docs", 4800, [BREACH])
    for part in (
        "docs (4,800 rows)",
        "document_id",
        "ExpectColumnValuesToBeUnique",
        "1,200 rows (25.00%)",
        "'abc', 'def'",
        "Ids are unique.",
    ):
        assert part in message


def test_a_message_is_bounded_whatever_was_found():
    huge = replace(BREACH, examples=(example("x" * 10**6),) * 5, why="w" * 300)
    broken = replace(BREACH, error="e" * 10**6)
    message = describe_breaches("docs", 1, [huge, broken] * 500)
    assert "and 990 more" in message
    assert len(message) < 10_000


def test_an_error_is_not_told_as_a_fault_of_the_data():
    message = describe_breaches("docs", 1, [replace(BREACH, error="no regex")])
    assert "could not be evaluated, which says nothing about the data" in message
    assert "no regex" in message


def test_a_figure_is_told_instead_of_rows():
    figure = replace(BREACH, num_unexpected=None, share=None, examples=("7",))
    assert "found '7'" in describe_breaches("docs", 1, [figure])


@pytest.mark.parametrize("value", ["x" * 81, "金" * 500, list(range(1000))])
def test_examples_are_cut_to_eighty_characters(value):
    assert len(example(value)) == 80
    assert example(value).endswith("…")


@pytest.mark.parametrize("value", ["金\x00\ud800😀", "", "x" * 80])
def test_reports_survive_any_text_and_are_the_same_twice(tmp_path, value):
    report = report_of("docs", "s", 1, [replace(BREACH, examples=(example(value),))])
    write_report(report, tmp_path / "first.json")
    write_report(report, tmp_path / "second.json")
    first = (tmp_path / "first.json").read_bytes()
    assert first == (tmp_path / "second.json").read_bytes()
    assert json.loads(first)["failures"][0]["examples"] == [value]
