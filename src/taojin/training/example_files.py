"""Files of examples that people write: one JSON object a line."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.core.fingerprints import DIGEST_BYTES, hash_text
from taojin.features.splits import SPLITS
from taojin.ingestion.readers.decoding import decode
from taojin.ingestion.streams import READ_ERRORS, open_stream, read_lines

ColumnKind = Literal["text", "texts", "number", "value", "truth", "messages"]
"""What a column holds: a string, a list of strings, a finite number, either of string
and number, true or false, or a conversation, see
:func:`taojin.models.chat.parse_messages`."""

_SPLIT = "split"
_MAX_LINE_BYTES = 1 << 24
_LISTED = 5


class ExampleSplitConfig(StageConfig):
    """How a file is divided that has no column ``split`` of its own."""

    validation: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share to choose by."""
    test: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share to report on."""
    seed: int = Field(default=0, ge=0)
    """Another seed gives another, unrelated division."""

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.validation + self.test >= 1.0:
            message = (
                f"validation {self.validation:g} and test {self.test:g} leave nothing "
                "to learn from; together they must stay below 1"
            )
            raise ValueError(message)
        return self

    def split_of(self, example: str) -> str:
        """The split of an example; it depends on the example and the seed alone."""
        place = int(hash_text(f"{self.seed}/{example}"), 16) / (1 << 8 * DIGEST_BYTES)
        if place < self.test:
            return "test"
        return "validation" if place < self.test + self.validation else "train"


@dataclass(frozen=True)
class ExampleFile:
    """A file that may be there, in JSON Lines, perhaps compressed.

    Attributes:
        path: Where it lies, or would lie.
    """

    path: Path

    @property
    def is_there(self) -> bool:
        """Whether there is such a file."""
        return self.path.is_file()

    def read(
        self,
        columns: Mapping[str, ColumnKind],
        splits: ExampleSplitConfig,
        optional: Mapping[str, ColumnKind] | None = None,
    ) -> pd.DataFrame:
        """Read the examples.

        Args:
            columns: What every line must have, and of which kind.
            splits: Divides the file if no line has a ``split``.
            optional: What a line may have.

        Returns:
            These columns and ``split``; the index is the line, from 1. Conversations
            are JSON; an optional column that is nowhere is left out, one that a line
            lacks is None there.

        Raises:
            DataError: If the file is missing or empty, or lines of it are not as they
                must be; the message names the first of them.
        """
        known: dict[str, ColumnKind] = {**columns, **(optional or {}), _SPLIT: "text"}
        records: dict[int, dict[str, Any]] = {}
        problems: list[str] = []
        for number, content in self._lines():
            try:
                records[number] = _parse(content, columns, known)
            except ValueError as error:
                problems.append(f"line {number}: {error}")
        with_split = sum(_SPLIT in record for record in records.values())
        if 0 < with_split < len(records):
            problems.append(f"{_SPLIT} is in {with_split} of {len(records)} lines")
        if problems:
            raise DataError(self._bad_lines(problems, columns))
        if not records:
            raise DataError(self._message("it holds no example"))
        for record in records.values():
            if _SPLIT not in record:
                example = json.dumps(record, sort_keys=True)
                record[_SPLIT] = splits.split_of(example)
        present = set[str]().union(*records.values())
        names = [name for name in known if name in present]
        rows = [[record.get(name) for name in names] for record in records.values()]
        return pd.DataFrame(rows, columns=names, index=list(records))

    def _lines(self) -> list[tuple[int, str]]:
        """The lines that are not blank, and their numbers."""
        found: list[tuple[int, str]] = []
        try:
            with open_stream(str(self.path)) as stream:
                for number, line in enumerate(read_lines(stream, _MAX_LINE_BYTES), 1):
                    if line is None:
                        problem = f"line {number} is over {_MAX_LINE_BYTES} bytes"
                        raise DataError(self._message(problem))
                    words, problem = decode(line, at_start=number == 1)
                    if words is None:
                        raise DataError(self._message(f"line {number}: {problem}"))
                    if words.strip():
                        found.append((number, words))
        except READ_ERRORS as error:
            raise DataError(
                self._message(f"{type(error).__name__}: {error}")
            ) from error
        return found

    def _bad_lines(self, problems: list[str], columns: Mapping[str, ColumnKind]) -> str:
        wanted = ", ".join(
            f"{name} ({_KINDS[kind][0]})" for name, kind in columns.items()
        )
        return (
            f"{self.path} has {len(problems)} problems: "
            f"{'; '.join(problems[:_LISTED])}; each line must be a JSON object with "
            f"{wanted}, and all lines or none with {_SPLIT} ({', '.join(SPLITS)}); "
            "correct or remove them"
        )

    def _message(self, problem: str) -> str:
        return (
            f"{self.path} is no file of examples: {problem}; write one JSON object a "
            "line, in UTF-8, or switch the task off"
        )


def _parse(
    content: str, columns: Mapping[str, ColumnKind], known: Mapping[str, ColumnKind]
) -> dict[str, Any]:
    """Read a line; raises ValueError that says what is wrong with it."""
    try:
        record = json.loads(content)
    except ValueError as error:
        message = f"not JSON: {error}"
        raise ValueError(message) from error
    except RecursionError as error:
        message = "not JSON: nested too deep"
        raise ValueError(message) from error
    if not isinstance(record, dict):
        message = f"a JSON {type(record).__name__} instead of an object"
        raise ValueError(message)  # noqa: TRY004 - of the line, not of a call
    missing = sorted(columns.keys() - record.keys())
    if missing:
        message = f"{', '.join(missing)} missing, it has {sorted(record)[:10]}"
        raise ValueError(message)
    found = {
        name: record[name]
        for name in known
        if name in columns or record.get(name) is not None
    }
    for name, value in found.items():
        words, holds = _KINDS[known[name]]
        if not holds(value):
            message = f"{name} is {value!r:.60}, and {words} is needed"
            raise ValueError(message)
        if known[name] == "messages":
            found[name] = json.dumps(value, ensure_ascii=False)
    if found.get(_SPLIT, SPLITS[0]) not in SPLITS:
        message = f"{_SPLIT} is {found[_SPLIT]!r:.60}, and one of {SPLITS} is needed"
        raise ValueError(message)
    return found


def _is_number(value: Any) -> bool:
    is_numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return is_numeric and isfinite(value)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


_KINDS: dict[ColumnKind, tuple[str, Callable[[Any], bool]]] = {
    "text": ("a string", lambda value: isinstance(value, str)),
    "texts": ("a list of strings", _are_texts),
    "number": ("a finite number", _is_number),
    "value": (
        "a string or a finite number",
        lambda value: isinstance(value, str) or _is_number(value),
    ),
    "truth": ("true or false", lambda value: isinstance(value, bool)),
    "messages": ("a list of turns", lambda value: isinstance(value, list)),
}
"""How a kind is called, and whether a value is of it."""
