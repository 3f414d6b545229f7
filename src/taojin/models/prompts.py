"""Prompts and targets from the named fields of a table."""

import string
from typing import Self

import pandas as pd
from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError, DataError

_LISTED = 5


class PromptTemplate(StageConfig):
    """Two texts with fields in braces, such as ``Question: {question}``.

    A doubled brace stands for itself. A field is the name of a column and nothing
    more: no attributes, no indices, no formats.
    """

    prompt: str
    """What the model is given."""
    target: str = Field(default="{target}")
    """What it is to answer."""

    @model_validator(mode="after")
    def _check_fields(self) -> Self:
        for name in ("prompt", "target"):
            for field in _fields(getattr(self, name), name):
                if not field.isidentifier():
                    message = (
                        f"{name} has a field {{{field}}}, and a field is the name of "
                        "a column; double a brace that is meant as such"
                    )
                    raise ValueError(message)
        return self

    @property
    def fields(self) -> tuple[str, ...]:
        """Columns that the template needs, each once."""
        both = [*_fields(self.prompt, "prompt"), *_fields(self.target, "target")]
        return tuple(dict.fromkeys(both))

    def fill(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Make examples of a table.

        Args:
            rows: With a column for every field. Further columns, such as ``split``
                and ``document_id``, are kept; the table is not changed.

        Returns:
            The table with the columns ``prompt`` and ``target``.

        Raises:
            ConfigurationError: If the table lacks a column that the template names.
            DataError: If a field is empty in some rows, which the message lists.
        """
        missing = sorted(set(self.fields) - set(rows.columns))
        if missing:
            message = (
                f"the prompt template names the fields {missing}, and the examples "
                f"have the columns {sorted(map(str, rows.columns))}; rename one of them"
            )
            raise ConfigurationError(message)
        values = {name: rows[name] for name in self.fields}
        for name, column in values.items():
            empty = [
                str(row)
                for row, missing in zip(rows.index, column.isna(), strict=True)
                if missing
            ]
            if empty:
                message = (
                    f"field {name} of the prompt template is empty in {len(empty)} "
                    f"rows, the first are {empty[:_LISTED]}; fill or drop them"
                )
                raise DataError(message)
        records = [
            dict(zip(values, row, strict=True))
            for row in zip(*values.values(), strict=True)
        ] or [{}] * len(rows)
        prompts = [self.prompt.format(**record) for record in records]
        targets = [self.target.format(**record) for record in records]
        return rows.assign(prompt=prompts, target=targets)


def _fields(template: str, name: str) -> list[str]:
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        message = f"{name} is no template: {error}; double a brace that is meant"
        raise ValueError(message) from error
    return [
        field + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _, field, form, conversion in parts
        if field is not None
    ]
