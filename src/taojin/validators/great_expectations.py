"""A validator for the catalogue's ``validator:`` key that runs an expectation suite."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.utils import find_kedro_project
from kedro.validation.exceptions import CheckFailure, DataValidationError

from taojin.core.errors import DataCheckError
from taojin.validators.evaluation import evaluate_suite
from taojin.validators.frames import NO_TYPE, Frames, frames_of
from taojin.validators.outcomes import (
    Outcome,
    describe_breaches,
    example,
    report_of,
    write_report,
)
from taojin.validators.suites import Suite, load_suite

Location = str | Mapping[str, str]
"""A path, or ``{path: ...}``, which Kedro resolves against the project's folder."""


class ContractBreachError(DataCheckError, DataValidationError):
    """Data broke contracts; known to Kedro, so that its message is not cut short."""

    def __str__(self) -> str:
        """Return the whole message, which is bounded already."""
        return self.message


class ExpectationSuiteValidator:
    """Checks a table on save, records the results, and stops a breach of contract.

    Example of use in a catalogue; Kedro makes relative values of ``path`` absolute::

        raw_documents:
          type: taojin.datasets.directories.ShardsDataset
          filepath: data/02_intermediate/raw_documents
          validator:
            class: taojin.validators.great_expectations.ExpectationSuiteValidator
            "on": save
            options:
              suite: {path: conf/base/expectations/raw_documents.yml}
              results: {path: data/08_reporting/data_checks/raw_documents.json}

    A plain string is relative to the working directory if the suite is there, else
    to the Kedro project that the working directory lies in.

    Args:
        suite: The suite's YAML file.
        results: Where to write the results as JSON. Its stem is the dataset's name.

    Raises:
        ConfigurationError: If the suite cannot be read or is wrong.
    """

    def __init__(self, suite: Location, results: Location) -> None:
        root = _root(_location(suite))
        self._suite_path = root / _location(suite)
        self._results_path = root / _location(results)
        self._suite = load_suite(self._suite_path)

    def validate(self, data: Any) -> Any:
        """Check data and return it, unchanged.

        Args:
            data: A data frame, Shards, or anything whose ``table()`` is a data frame.

        Raises:
            ContractBreachError: If a contract is broken or a check cannot be
                evaluated. The results are written in either case.
            ConfigurationError: If the data is no table, or an expectation refuses its
                arguments.
        """
        frames = frames_of(data)
        outcomes = _check(self._suite, frames)
        dataset = self._results_path.stem
        report = report_of(dataset, self._suite_path.stem, frames.num_rows, outcomes)
        write_report(report, self._results_path)
        stops = [outcome for outcome in outcomes if outcome.stops]
        if stops:
            message = describe_breaches(dataset, frames.num_rows, stops)
            raise ContractBreachError(message, failures=list(map(_failure, stops)))
        return data


def _check(suite: Suite, frames: Frames) -> list[Outcome]:
    if not frames.columns and not frames.num_rows:
        # Shards without parts have no schema to look at, and no row that is wrong.
        frames = frames_of(pd.DataFrame(columns=list(suite.column_names)))
    structure = [*_check_columns(suite, frames), *_check_types(suite, frames)]
    if not all(outcome.passed for outcome in structure):
        return structure  # the expectations would only trip over the same columns
    return structure + evaluate_suite(suite, frames)


def _check_columns(suite: Suite, frames: Frames) -> Iterator[Outcome]:
    present = frozenset(frames.columns)
    for name in suite.column_names:
        found = () if name in present else (f"only {', '.join(frames.columns)}",)
        why = "The suite names this column."
        yield _contract("ColumnToExist", name, {}, why, found)


def _check_types(suite: Suite, frames: Frames) -> Iterator[Outcome]:
    present = frozenset(frames.columns)
    for name in suite.column_names:
        if name not in present:
            continue
        kind, needed = frames.arrow_type(name), suite.types.get(name)
        if needed is not None:
            # A column of nulls has no type; nulls have checks of their own.
            found = () if kind in {needed, "null"} else (kind,)
            why = f"The type must be {needed}."
            yield _contract("ColumnType", name, {"type": needed}, why, found)
        elif kind == NO_TYPE:
            why = "A column holds values of one type, and text is valid Unicode."
            yield _contract("ColumnType", name, {}, why, (kind,))


def _contract(
    check: str, column: str, arguments: dict[str, Any], why: str, found: tuple[str, ...]
) -> Outcome:
    return Outcome(
        check=check,
        column=column,
        arguments=arguments,
        severity="contract",
        why=why,
        passed=not found,
        examples=tuple(map(example, found)),
    )


def _failure(outcome: Outcome) -> CheckFailure:
    return CheckFailure(
        message=outcome.error or outcome.why,
        check=outcome.check,
        column=outcome.column,
        failure_count=outcome.num_unexpected or 1,
        failure_examples=list(outcome.examples),
    )


def _location(value: Location) -> Path:
    return Path(value if isinstance(value, str) else value["path"])


def _root(suite: Path) -> Path:
    """Find the folder that relative paths are relative to."""
    here = Path.cwd()
    if suite.is_absolute() or (here / suite).exists():
        return here
    return find_kedro_project(here) or here
