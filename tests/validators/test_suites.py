import textwrap

import pytest

from taojin.core.errors import ConfigurationError
from taojin.core.records import DOCUMENT_SCHEMA, REJECTED_SCHEMA, REJECTION_REASONS
from taojin.validators.suites import (
    COLUMN_CHECKS,
    ROW_CHECKS,
    SCHEMA_CHECKS,
    load_suite,
)

SUITES = "conf/base/expectations"
NAMES = (
    "curated_clips",
    "curated_documents",
    "curated_images",
    "dropped_documents",
    "labelled_descriptions",
    "labelled_topics",
    "raw_clips",
    "raw_documents",
    "raw_images",
    "rejected_media",
    "rejected_records",
    "token_shards",
)


def write_suite(folder, text):
    path = folder / "suite.yml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def project_suite(request, name):
    return load_suite(request.config.rootpath / SUITES / f"{name}.yml")


@pytest.mark.parametrize("name", NAMES)
def test_every_suite_of_the_project_is_right(request, name):
    assert project_suite(request, name).checks


def test_the_project_has_no_suite_that_no_test_knows(request):
    found = (request.config.rootpath / SUITES).glob("*")
    assert sorted(path.name for path in found) == [f"{name}.yml" for name in NAMES]


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("raw_documents", DOCUMENT_SCHEMA),
        ("curated_documents", DOCUMENT_SCHEMA),
        ("rejected_records", REJECTED_SCHEMA),
    ],
)
def test_suites_state_the_types_of_the_data_model(request, name, schema):
    types = project_suite(request, name).types
    assert types == {
        field.name: str(field.type).removeprefix("large_") for field in schema
    }


def test_rejected_records_know_the_reasons_of_the_data_model(request):
    checks = project_suite(request, "rejected_records").checks
    words = [check for check in checks if "value_set" in check.arguments]
    assert sorted(words[0].arguments["value_set"]) == sorted(REJECTION_REASONS)


def test_every_listed_check_exists_in_great_expectations():
    from great_expectations.expectations import core

    listed = ROW_CHECKS | COLUMN_CHECKS | SCHEMA_CHECKS
    assert sorted(listed - set(dir(core))) == []


def test_a_check_is_evaluated_in_one_way_only():
    assert not ROW_CHECKS & COLUMN_CHECKS
    assert not SCHEMA_CHECKS & (ROW_CHECKS | COLUMN_CHECKS)


def test_a_breach_is_of_a_contract_unless_the_suite_says_otherwise(tmp_path):
    suite = load_suite(
        write_suite(
            tmp_path,
            """
            checks:
              - {expect: ExpectTableRowCountToEqual, arguments: {value: 1}, why: one}
            """,
        )
    )
    assert suite.checks[0].severity == "contract"


def test_all_mistakes_are_reported_at_once(tmp_path):
    path = write_suite(
        tmp_path,
        """
        checks:
          - {expect: os.system, why: code}
          - {expect: ExpectColumnValuesToBeUnique, colum: a, why: typo}
          - {expect: ExpectColumnValuesToBeUnique, column: a, severity: fatal}
        """,
    )
    with pytest.raises(ConfigurationError) as caught:
        load_suite(path)
    message = str(caught.value)
    assert str(path) in message
    for place in ("checks.0.expect", "checks.1.colum", "checks.2.severity", ".2.why"):
        assert place in message


@pytest.mark.parametrize(
    "name",
    [
        "ExpectColumnValuesToBeInTypeList",
        "ExpectColumnValuesToBeOfType",
        "ExpectColumnTypeToBe",
    ],
)
def test_checks_that_misjudge_types_are_refused_with_the_way_out(tmp_path, name):
    path = write_suite(
        tmp_path, f"checks: [{{expect: {name}, column: a, why: a type}}]"
    )
    with pytest.raises(ConfigurationError, match="types: instead"):
        load_suite(path)


def test_a_check_of_values_needs_a_word_about_nulls(tmp_path):
    unique = "{expect: ExpectColumnValuesToBeUnique, column: a, why: ids}"
    guard = "{expect: ExpectColumnValuesToNotBeNull, column: a, why: ids}"
    with pytest.raises(ConfigurationError, match=r"\['a'\] pass over nulls"):
        load_suite(write_suite(tmp_path, f"checks: [{unique}]"))
    assert load_suite(write_suite(tmp_path, f"checks: [{unique}, {guard}]"))
    assert load_suite(write_suite(tmp_path, f"{{nullable: [a], checks: [{unique}]}}"))


@pytest.mark.parametrize("argument", ["mostly", "column", "column_list"])
def test_arguments_cannot_say_what_has_a_field(tmp_path, argument):
    path = write_suite(
        tmp_path,
        f"""
        checks:
          - expect: ExpectColumnValuesToNotBeNull
            column: a
            arguments: {{{argument}: 1}}
            why: twice
        """,
    )
    with pytest.raises(ConfigurationError, match="arguments must not hold"):
        load_suite(path)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"checks: []", b"{", b"\xff\xfe", b"a: !!python/name:os"]
)
def test_what_is_no_suite_is_refused_with_its_path(tmp_path, content):
    path = tmp_path / "broken.yml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"broken\.yml"):
        load_suite(path)


def test_a_missing_suite_is_refused_with_its_path(tmp_path):
    with pytest.raises(ConfigurationError, match=r"nowhere\.yml"):
        load_suite(tmp_path / "nowhere.yml")


def test_the_message_about_many_mistakes_is_bounded(tmp_path):
    wrong = ", ".join("{expect: nothing, why: x}" for _ in range(500))
    with pytest.raises(ConfigurationError, match=r"and \d+ more") as caught:
        load_suite(write_suite(tmp_path, f"checks: [{wrong}]"))
    assert len(str(caught.value)) < 5_000


def test_the_columns_of_a_suite_are_all_that_it_needs_to_read(tmp_path):
    suite = load_suite(
        write_suite(
            tmp_path,
            """
            types: {c: string}
            nullable: [a, b]
            checks:
              - {expect: ExpectCompoundColumnsToBeUnique, columns: [b, a], why: pairs}
              - {expect: ExpectColumnToExist, column: z, why: names need no values}
            """,
        )
    )
    assert suite.column_names == ("a", "b", "c")
