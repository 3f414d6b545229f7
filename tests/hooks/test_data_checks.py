import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Node, Pipeline

from taojin.core.errors import ConfigurationError
from taojin.hooks.data_checks import DataChecksHook

SUITE = "checks: [{expect: ExpectTableRowCountToEqual, arguments: {value: 1}, why: x}]"


def make_one():
    return 1


def catalogue(**suites):
    return DataCatalog.from_config(
        {name: declaration(suite) for name, suite in suites.items()}
    )


def declaration(suite, **settings):
    validator = {
        "class": "taojin.validators.great_expectations.ExpectationSuiteValidator",
        "options": {"suite": str(suite), "results": "results.json"},
        **settings,
    }
    return {"type": "MemoryDataset", "validator": validator}


def check(catalog, *names):
    nodes = [Node(make_one, None, name, name=f"make_{name}") for name in names]
    DataChecksHook().before_pipeline_run({}, Pipeline(nodes), catalog)


def test_right_suites_let_the_run_start(tmp_path):
    suite = tmp_path / "suite.yml"
    suite.write_text(SUITE, encoding="utf-8")
    check(catalogue(docs=suite), "docs", "unknown")


def test_all_broken_suites_are_named_before_the_run():
    with pytest.raises(ConfigurationError) as caught:
        check(catalogue(docs="one.yml", tokens="two.yml"), "docs", "tokens")
    for name in ("docs", "one.yml", "tokens", "two.yml"):
        assert name in str(caught.value)


def test_suites_of_other_pipelines_do_not_matter():
    check(catalogue(docs="one.yml", tokens="two.yml"), "labels")


def test_a_validator_that_is_switched_off_does_not_matter():
    catalog = DataCatalog.from_config({"docs": declaration("one.yml", enabled=False)})
    check(catalog, "docs")


def test_suites_of_dataset_patterns_are_found_too():
    catalog = DataCatalog.from_config({"labelled_{what}": declaration("{what}.yml")})
    with pytest.raises(ConfigurationError, match=r"topics\.yml"):
        check(catalog, "labelled_topics")
