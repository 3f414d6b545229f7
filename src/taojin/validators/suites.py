"""Expectation suites: which checks a dataset must pass, as data.

A suite is a YAML file of values. It names expectations of a closed list, so that no
file can have code imported, and every mistake in it is reported at once.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError

ROW_CHECKS = frozenset(
    {
        "ExpectColumnPairValuesAToBeGreaterThanB",
        "ExpectColumnPairValuesToBeEqual",
        "ExpectColumnValueLengthsToBeBetween",
        "ExpectColumnValueLengthsToEqual",
        "ExpectColumnValuesToBeBetween",
        "ExpectColumnValuesToBeInSet",
        "ExpectColumnValuesToBeJsonParseable",
        "ExpectColumnValuesToBeNull",
        "ExpectColumnValuesToMatchJsonSchema",
        "ExpectColumnValuesToMatchRegex",
        "ExpectColumnValuesToMatchRegexList",
        "ExpectColumnValuesToMatchStrftimeFormat",
        "ExpectColumnValuesToNotBeInSet",
        "ExpectColumnValuesToNotBeNull",
        "ExpectColumnValuesToNotMatchRegex",
        "ExpectColumnValuesToNotMatchRegexList",
        "ExpectMulticolumnSumToEqual",
        "ExpectSelectColumnValuesToBeUniqueWithinRecord",
    }
)
"""Judge a row by itself: evaluated part after part, the counts added up."""

COLUMN_CHECKS = frozenset(
    {
        "ExpectColumnDistinctValuesToBeInSet",
        "ExpectColumnDistinctValuesToContainSet",
        "ExpectColumnDistinctValuesToEqualSet",
        "ExpectColumnMaxToBeBetween",
        "ExpectColumnMeanToBeBetween",
        "ExpectColumnMedianToBeBetween",
        "ExpectColumnMinToBeBetween",
        "ExpectColumnMostCommonValueToBeInSet",
        "ExpectColumnProportionOfNonNullValuesToBeBetween",
        "ExpectColumnProportionOfUniqueValuesToBeBetween",
        "ExpectColumnQuantileValuesToBeBetween",
        "ExpectColumnStdevToBeBetween",
        "ExpectColumnSumToBeBetween",
        "ExpectColumnUniqueValueCountToBeBetween",
        "ExpectColumnValuesToBeDecreasing",
        "ExpectColumnValuesToBeIncreasing",
        "ExpectColumnValuesToBeUnique",
        "ExpectCompoundColumnsToBeUnique",
        "ExpectTableRowCountToBeBetween",
        "ExpectTableRowCountToEqual",
    }
)
"""Judge all rows together: the columns they name are read whole, and no others."""

SCHEMA_CHECKS = frozenset(
    {
        "ExpectColumnToExist",
        "ExpectTableColumnCountToBeBetween",
        "ExpectTableColumnCountToEqual",
        "ExpectTableColumnsToMatchOrderedList",
        "ExpectTableColumnsToMatchSet",
    }
)
"""Judge the names of the columns: evaluated on a table without rows."""

_TYPE_CHECKS = frozenset(
    {
        "ExpectColumnTypeToBe",
        "ExpectColumnValuesToBeInTypeList",
        "ExpectColumnValuesToBeOfType",
    }
)
_NULL_CHECKS = frozenset(
    {
        "ExpectColumnProportionOfNonNullValuesToBeBetween",
        "ExpectColumnValuesToBeNull",
        "ExpectColumnValuesToNotBeNull",
    }
)
_MAX_PROBLEMS = 10


class Check(StageConfig):
    """One expectation and what its breach means.

    Attributes:
        expect: Class name of the expectation in Great Expectations.
        column: The column it looks at.
        columns: The columns it looks at, where it needs several.
        arguments: Further keyword arguments of the expectation.
        mostly: Share of the values that are not null that must pass.
        severity: A breach of a contract stops the save, one of a warning is reported.
        why: What goes wrong where this does not hold, for whoever reads the report.
    """

    expect: str
    column: str | None = None
    columns: tuple[str, ...] = ()
    arguments: dict[str, Any] = Field(default_factory=dict)
    mostly: float = Field(default=1.0, gt=0.0, le=1.0)
    severity: Literal["contract", "warning"] = "contract"
    why: str = Field(min_length=1, max_length=300)

    @field_validator("expect")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name in _TYPE_CHECKS:
            # Great Expectations knows pandas 3 strings by the name "str" only, and
            # takes any datetime unit for nanoseconds.
            message = f"{name} misjudges types; state them under types: instead"
            raise ValueError(message)
        if name not in ROW_CHECKS | COLUMN_CHECKS | SCHEMA_CHECKS:
            known = ROW_CHECKS | COLUMN_CHECKS | SCHEMA_CHECKS
            near = get_close_matches(name, sorted(known), cutoff=0.0)
            message = (
                f"{name[:80]!r} is not one of the {len(known)} expectations that can "
                f"be used; near it are {', '.join(near)}"
            )
            raise ValueError(message)
        return name

    @model_validator(mode="after")
    def _names_columns_once(self) -> Self:
        if self.column is not None and self.columns:
            message = "give column or columns, not both"
            raise ValueError(message)
        misplaced = {"column", "column_list", "column_A", "column_B", "mostly"}
        found = sorted(misplaced & self.arguments.keys())
        if found:
            message = f"arguments must not hold {found}; use column, columns and mostly"
            raise ValueError(message)
        return self

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns that the check reads; none if it counts rows or names."""
        return self.columns if self.column is None else (self.column,)


class Suite(StageConfig):
    """All checks of a dataset.

    Attributes:
        types: Arrow type of columns, as Arrow prints it (``timestamp[us, tz=UTC]``);
            ``string`` stands for strings of any offset width.
        nullable: Columns that may hold nulls. Checks of values pass over nulls, so a
            column must be checked for nulls or stand here.
        checks: The expectations, in the order of the report.
    """

    types: dict[str, str] = Field(default_factory=dict)
    nullable: tuple[str, ...] = ()
    checks: tuple[Check, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _nulls_are_considered(self) -> Self:
        guarded = set(self.nullable)
        for check in self.checks:
            if check.expect in _NULL_CHECKS:
                guarded.update(check.column_names)
        unguarded = sorted(set(self._columns_of_value_checks()) - guarded)
        if unguarded:
            message = (
                f"the checks of {unguarded} pass over nulls: add "
                "ExpectColumnValuesToNotBeNull for them or name them under nullable"
            )
            raise ValueError(message)
        return self

    @property
    def column_names(self) -> tuple[str, ...]:
        """All columns that the suite needs, sorted."""
        names = set(self.types)
        for check in self.checks:
            if check.expect not in SCHEMA_CHECKS:
                names.update(check.column_names)
        return tuple(sorted(names))

    def _columns_of_value_checks(self) -> Iterator[str]:
        for check in self.checks:
            if check.expect in (ROW_CHECKS | COLUMN_CHECKS) - _NULL_CHECKS:
                yield from check.column_names


def load_suite(path: str | Path) -> Suite:
    """Read a suite.

    Raises:
        ConfigurationError: If the file is missing, not YAML, or wrong; names every
            mistake.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        return Suite.model_validate(content)
    except ValidationError as error:
        raise ConfigurationError(_describe(path, error)) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"the expectation suite {path} cannot be read: {error}"
        raise ConfigurationError(message) from error


def _describe(path: str | Path, error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False)
    lines = [
        f"  - {'.'.join(map(str, problem['loc'])) or 'suite'}: {problem['msg']}"
        for problem in problems[:_MAX_PROBLEMS]
    ]
    hidden = len(problems) - len(lines)
    if hidden:
        lines.append(f"  - and {hidden} more")
    return "\n".join([f"the expectation suite {path} is wrong:", *lines])
