from typing import Any

from taojin.reporting.sections.checks import view_checks
from taojin.reporting.texts import Texts


def test_failures_stand_with_their_data_set(
    checks: list[dict[str, Any]], say: Texts
) -> None:
    view = view_checks(checks, say)
    assert view is not None
    assert view["lead"] == "1 of 15 checks on 2 data sets did not pass."
    failure = view["failures"][0]
    assert failure["dataset"] == "labelled_topics"
    assert failure["arguments"] == "min_value 20"
    assert failure["concerned"] == "37 (0.9%)"
    assert all(len(value) <= 80 for value in failure["examples"])


def test_all_passed_is_said(checks: list[dict[str, Any]], say: Texts) -> None:
    view = view_checks(checks[:1], say)
    assert view is not None
    assert view["lead"] == "All 9 checks on 1 data set passed."
    assert view["failures"] == []


def test_a_check_of_the_whole_table_has_no_column_and_no_share(say: Texts) -> None:
    failure = {"check": "ExpectTableRowCountToBeBetween", "num_unexpected": None}
    result = {"dataset": "raw", "num_rows": 0, "num_checks": 1, "failures": [failure]}
    view = view_checks([result], say)
    assert view is not None
    assert view["failures"][0]["concerned"] == "–"
    assert view["failures"][0]["column"] == ""


def test_without_results_there_is_nothing_to_view(say: Texts) -> None:
    assert view_checks([], say) is None
    assert view_checks(None, say) is None
