"""The validator as the catalogue uses it; the traps are those of GX 1.24 and pandas 3."""

import json
import socket
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pyarrow as pa
import pytest
from kedro.io import DataCatalog
from kedro.validation.exceptions import (
    DataValidationError,
    ValidationConfigurationError,
)

from taojin.core.errors import ConfigurationError, DataCheckError
from taojin.core.shards import Shards, write_shards
from taojin.validators.great_expectations import ExpectationSuiteValidator


def check(expect, column=None, **settings):
    return {"expect": expect, "column": column, "why": "It must hold.", **settings}


NOT_NULL = check("ExpectColumnValuesToNotBeNull", "a")
UNIQUE = check("ExpectColumnValuesToBeUnique", "a")


class Project:
    """A suite and the place of its results."""

    def __init__(self, folder):
        self.suite_path = folder / "suite.yml"
        self.results_path = folder / "checks" / "documents.json"

    def validator(self, *checks, **suite):
        # JSON is YAML.
        content = {"nullable": ["a"], "checks": list(checks), **suite}
        self.suite_path.write_text(json.dumps(content), encoding="utf-8")
        return ExpectationSuiteValidator(str(self.suite_path), str(self.results_path))

    def results(self):
        return json.loads(self.results_path.read_text(encoding="utf-8"))

    def breach(self, data, *checks, **suite):
        with pytest.raises(DataCheckError) as caught:
            self.validator(*checks, **suite).validate(data)
        return str(caught.value)


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def frame(*values, dtype=None):
    return pd.DataFrame({"a": pd.Series(values, dtype=dtype)})


def parts(folder, *columns):
    return write_shards([pa.table({"a": values}) for values in columns], folder)


def test_good_data_is_returned_unchanged_and_recorded(project):
    data = frame("x", "y")
    before = data.copy(deep=True)
    assert project.validator(UNIQUE, NOT_NULL).validate(data) is data
    pd.testing.assert_frame_equal(data, before)
    results = project.results()
    assert results["dataset"] == "documents"
    assert results["num_rows"] == 2
    assert results["failures"] == []
    assert all(row["passed"] for row in results["checks"])


def test_a_breach_tells_column_check_count_share_and_examples(project):
    message = project.breach(frame("x", "x", "y", "z"), UNIQUE)
    for part in ("a: ExpectColumnValuesToBeUnique", "2 rows (50.00%)", "'x'"):
        assert part in message
    failure = project.results()["failures"][0]
    assert failure["num_unexpected"] == 2
    assert failure["share"] == 0.5
    assert failure["examples"] == ["x"]
    assert failure["severity"] == "contract"


def test_a_warning_is_recorded_and_stops_nothing(project):
    data = frame("x", "x")
    project.validator({**UNIQUE, "severity": "warning"}).validate(data)
    assert project.results()["num_warnings"] == 1
    assert project.results()["num_failed_contracts"] == 0


def test_shards_are_judged_as_one_table(project, tmp_path):
    shards = parts(tmp_path / "s", ["x", None], ["x", "yy", None])
    length = check("ExpectColumnValueLengthsToEqual", "a", arguments={"value": 1})
    rows = check("ExpectTableRowCountToEqual", arguments={"value": 5})
    message = project.breach(shards, UNIQUE, NOT_NULL, length, rows)
    found = {row["check"]: row for row in project.results()["failures"]}
    assert found["ExpectColumnValuesToBeUnique"]["num_unexpected"] == 2
    assert found["ExpectColumnValuesToNotBeNull"]["num_unexpected"] == 2
    assert found["ExpectColumnValuesToNotBeNull"]["examples"] == ["row 1", "row 4"]
    assert found["ExpectColumnValueLengthsToEqual"]["num_unexpected"] == 1
    assert "ExpectTableRowCountToEqual" not in message


def test_shards_and_the_same_frame_give_the_same_results(project, tmp_path):
    values = ["x", None, "x", "yy", "z"]
    checks = [{**item, "severity": "warning"} for item in (UNIQUE, NOT_NULL)]
    validator = project.validator(*checks)
    validator.validate(parts(tmp_path / "s", values[:2], values[2:]))
    sharded = project.results()
    validator.validate(frame(*values))
    assert project.results() == sharded


def test_mostly_is_a_share_over_all_parts(project, tmp_path):
    mostly = check("ExpectColumnValuesToBeInSet", "a", arguments={"value_set": ["x"]})
    shards = parts(tmp_path / "s", ["y"], ["x", "x", "x"])
    project.validator({**mostly, "mostly": 0.75}).validate(shards)
    assert "1 rows (25.00%)" in project.breach(shards, {**mostly, "mostly": 0.76})


@pytest.mark.parametrize("data", ["frame", "part", "no parts"])
def test_no_rows_break_no_rule_about_rows(project, tmp_path, data):
    empty = {
        "frame": frame(dtype="str"),
        "part": parts(tmp_path / "s", pa.array([], pa.string())),
        "no parts": Shards(tmp_path, ()),
    }[data]
    length = check("ExpectColumnValueLengthsToEqual", "a", arguments={"value": 1})
    validator = project.validator(UNIQUE, NOT_NULL, length, types={"a": "string"})
    assert validator.validate(empty) is empty
    rows = check("ExpectTableRowCountToBeBetween", arguments={"min_value": 1})
    assert "found '0'" in project.breach(empty, rows)


def test_missing_columns_are_named_with_those_that_are_there(project):
    message = project.breach(pd.DataFrame({"b": [1]}), UNIQUE, types={"c": "int64"})
    assert "a: ColumnToExist" in message
    assert "c: ColumnToExist" in message
    assert "only b" in message


def test_an_exception_inside_a_check_is_no_finding_about_the_data(project):
    between = check("ExpectColumnValuesToBeBetween", "a", arguments={"min_value": 1})
    warning = {**between, "severity": "warning"}
    message = project.breach(frame("x", "y"), warning)
    assert "could not be evaluated, which says nothing about the data" in message
    assert project.results()["num_errors"] == 1
    assert project.results()["failures"] == []


def test_the_string_type_of_pandas_3_is_a_string(project, tmp_path):
    validator = project.validator(NOT_NULL, types={"a": "string"})
    for data in (frame("x"), frame("x", dtype="object"), parts(tmp_path / "s", ["x"])):
        assert validator.validate(data) is data
    assert "ColumnType: found 'int64'" in project.breach(
        frame(1), NOT_NULL, types={"a": "string"}
    )


def test_the_unit_of_an_instant_is_checked(project):
    instants = pd.Series(pd.to_datetime(["2020-01-01"], utc=True))
    data = pd.DataFrame({"a": instants.dt.as_unit("us")})
    types = {"a": "timestamp[us, tz=UTC]"}
    assert project.validator(NOT_NULL, types=types).validate(data) is data
    message = project.breach(data, NOT_NULL, types={"a": "timestamp[ns, tz=UTC]"})
    assert "found 'timestamp[us, tz=UTC]'" in message


def test_categories_are_not_taken_for_strings(project):
    data = frame("x", dtype="category")
    assert "dictionary" in project.breach(data, NOT_NULL, types={"a": "string"})


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Shanghai"])
@pytest.mark.parametrize("bound", ["2020-01-02", "2020-01-02T00:00:00+00:00"])
def test_instants_compare_with_dates_written_as_text(project, zone, bound):
    instants = pd.to_datetime(["2020-01-01", "2020-01-03"]).tz_localize(zone)
    between = check(
        "ExpectColumnValuesToBeBetween", "a", arguments={"max_value": bound}
    )
    assert "1 rows (50.00%)" in project.breach(pd.DataFrame({"a": instants}), between)


def test_shares_count_nulls_as_rows(project):
    among = check("ExpectColumnValuesToBeInSet", "a", arguments={"value_set": ["x"]})
    data = frame("x", "x", "y", "y", None)
    assert "2 rows (40.00%)" in project.breach(data, among)


def test_results_stand_in_the_order_of_the_suite(project):
    columns = [f"c{number}" for number in range(12)]
    data = pd.DataFrame({name: [1] for name in columns})
    checks = [check("ExpectColumnValuesToBeUnique", name) for name in columns[::-1]]
    checks.insert(6, check("ExpectTableRowCountToEqual", arguments={"value": 1}))
    project.validator(*checks, nullable=columns).validate(data)
    found = [(row["check"], row["column"]) for row in project.results()["checks"]]
    assert found[-13:] == [(item["expect"], item["column"]) for item in checks]


def test_the_same_check_twice_is_two_results(project):
    assert project.breach(frame("x", "x"), UNIQUE, UNIQUE).count("Unique") == 2


def test_columns_of_pairs_and_of_compounds_are_handed_on(project):
    data = pd.DataFrame({"a": [1, 1, 3], "b": [2, 2, 2]})
    both = {"columns": ["a", "b"]}
    pair = check("ExpectColumnPairValuesAToBeGreaterThanB", **both)
    compound = check("ExpectCompoundColumnsToBeUnique", **both)
    names = check("ExpectTableColumnsToMatchSet", arguments={"column_set": ["a"]})
    message = project.breach(data, pair, compound, names, nullable=["a", "b"])
    assert message.count("2 rows (66.67%)") == 2
    assert "found \"['a', 'b']\"" in message


def test_arguments_that_an_expectation_refuses_are_a_fault_of_the_suite(project):
    wrong = check("ExpectColumnValuesToBeBetween", "a", arguments={"minimum": 1})
    with pytest.raises(ConfigurationError, match="minimum"):
        project.validator(wrong).validate(frame(1))


def test_odd_text_is_checked_and_reported(project):
    odd = ["😀金", "nul\x00", "\u202ebidi", "x" * 10_000]
    length = check("ExpectColumnValueLengthsToEqual", "a", arguments={"value": 1})
    message = project.breach(frame(*odd), length)
    assert "4 rows (100.00%)" in message
    assert "\x00" not in message
    assert project.results()["failures"][0]["examples"][0] == "😀金"


@pytest.mark.parametrize("values", [["\ud800"], ["x", 1]], ids=["surrogate", "mixed"])
def test_values_that_no_file_could_hold_are_a_breach(project, values):
    message = project.breach(frame(*values, dtype="object"), UNIQUE)
    assert "a: ColumnType: found 'object'" in message


def test_validations_in_threads_do_not_disturb_each_other(project):
    validator = project.validator({**UNIQUE, "severity": "warning"}, NOT_NULL)
    frames = [frame(*range(number)) for number in range(1, 9)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(validator.validate, frames))
    assert all(one is other for one, other in zip(results, frames, strict=True))


def test_validation_shows_no_bar_opens_no_connection_and_leaves_no_folder(
    project, tmp_path, monkeypatch, capfd
):
    def refuse(*_):
        pytest.fail("a connection was opened")

    validator = project.validator(UNIQUE)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    validator.validate(frame("x"))
    assert list(elsewhere.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_great_expectations_is_imported_only_when_data_is_checked(project):
    project.validator(UNIQUE)
    code = f"""
        import sys
        from taojin.validators.great_expectations import ExpectationSuiteValidator
        ExpectationSuiteValidator({str(project.suite_path)!r}, "results.json")
        sys.exit("great_expectations" in sys.modules)
    """
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=False
    )
    assert finished.returncode == 0


def catalogue(project, *checks, **options):
    project.validator(*checks)
    declared = {
        "suite": {"path": str(project.suite_path)},
        "results": {"path": str(project.results_path)},
        **options,
    }
    validator = {
        "class": "taojin.validators.great_expectations.ExpectationSuiteValidator",
        "on": "save",
        "options": declared,
    }
    return DataCatalog.from_config(
        {"docs": {"type": "MemoryDataset", "validator": validator}}
    )


def test_kedro_saves_good_data_and_stops_bad_data_with_the_whole_message(project):
    catalog = catalogue(project, UNIQUE)
    catalog.save("docs", frame("x"))
    values = [f"{number:03}" + "long" * 50 for number in range(20)] * 2
    with pytest.raises(DataValidationError) as caught:
        catalog.save("docs", frame(*values))
    message = str(caught.value)
    assert "40 rows (100.00%)" in message
    assert len(caught.value.failures) == 1
    assert message.count("longlong") >= 5
    assert catalog.load("docs").equals(frame("x"))


def test_kedro_reports_a_broken_suite_as_such(project):
    catalog = catalogue(project, UNIQUE, suite="nowhere.yml")
    with pytest.raises(ValidationConfigurationError, match=r"nowhere\.yml"):
        catalog.save("docs", frame("x"))


def test_relative_paths_are_found_from_a_folder_inside_the_project(
    project, tmp_path, monkeypatch
):
    project.validator(UNIQUE)
    (tmp_path / "pyproject.toml").write_text("[tool.kedro]\n", encoding="utf-8")
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    for folder in (tmp_path, notebooks):
        monkeypatch.chdir(folder)
        validator = ExpectationSuiteValidator("suite.yml", "checks/documents.json")
        validator.validate(frame("x"))
        assert project.results()["num_rows"] == 1
        project.results_path.unlink()
