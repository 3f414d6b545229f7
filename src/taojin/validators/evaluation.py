"""Evaluate the checks of a suite with Great Expectations.

Great Expectations takes seconds to import, so it is imported where it is used. Its
context is made anew for each validation, because sharing one between threads loses
batches, and in memory, because its folder of files differs from run to run.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from taojin.core.errors import ConfigurationError
from taojin.validators.frames import Frames, whole
from taojin.validators.outcomes import MAX_EXAMPLES, Outcome, example
from taojin.validators.suites import COLUMN_CHECKS, ROW_CHECKS, Check, Suite

Evaluate = Callable[[pd.DataFrame, Sequence[Check]], list[dict[str, Any]]]
"""``(frame, checks) -> one result a check``, in the order of the checks."""

# Great Expectations keeps the latest context in a global variable of the process.
_LOCK = threading.Lock()
_MAX_VALUES_SEEN = 20
"""Unexpected values to ask for, so that five different ones are likely among them."""
_NULL_CHECK = "ExpectColumnValuesToNotBeNull"
_SEVERITIES = {"contract": "critical", "warning": "warning"}


def evaluate_suite(suite: Suite, frames: Frames) -> list[Outcome]:
    """Evaluate all checks of a suite; one outcome each, in the suite's order.

    Raises:
        ConfigurationError: If an expectation refuses its arguments.
    """
    with _LOCK:
        evaluate = _open_great_expectations()
        tallies = [_Tally(check) for check in suite.checks]
        for frame, wanted in _evaluations(tallies, frames):
            results = evaluate(frame, [tally.check for tally in wanted])
            for tally, result in zip(wanted, results, strict=True):
                tally.add(frame, result)
    return [tally.outcome(frames.num_rows) for tally in tallies]


def _evaluations(
    tallies: "Sequence[_Tally]", frames: Frames
) -> "Iterator[tuple[pd.DataFrame, list[_Tally]]]":
    """Pair the checks with the frames that they must see."""
    by_row = [tally for tally in tallies if tally.check.expect in ROW_CHECKS]
    by_column = [tally for tally in tallies if tally.check.expect in COLUMN_CHECKS]
    by_name = [
        tally
        for tally in tallies
        if tally.check.expect not in ROW_CHECKS | COLUMN_CHECKS
    ]
    if by_row:
        for part in frames.parts(_columns(by_row)):
            yield part, by_row
    if by_column:
        yield whole(frames, _columns(by_column)), by_column
    if by_name:
        yield pd.DataFrame(columns=list(frames.columns)), by_name


def _columns(tallies: "Iterable[_Tally]") -> list[str]:
    return sorted({name for tally in tallies for name in tally.check.column_names})


@dataclass
class _Tally:
    """What one check found so far, over the frames that it has seen."""

    check: Check
    num_rows: int = 0
    num_missing: int = 0
    num_unexpected: int | None = None
    succeeded: bool = True
    examples: list[str] = field(default_factory=list)
    error: str | None = None

    def add(self, frame: pd.DataFrame, result: dict[str, Any]) -> None:
        """Count the result of one more frame."""
        self.error = self.error or _exception(result)
        found = result["result"]
        if "unexpected_count" in found:
            self.num_unexpected = (self.num_unexpected or 0) + found["unexpected_count"]
            self.num_missing += found.get("missing_count") or 0
            self._show(self._unexpected(frame, found))
        else:
            self.succeeded = self.succeeded and bool(result["success"])
            self._show(_observations(found))
        self.num_rows += len(frame)

    def outcome(self, num_rows: int) -> Outcome:
        """Judge what was counted."""
        passed = self.error is None and self._holds()
        share = None
        if self.num_unexpected is not None:
            share = self.num_unexpected / num_rows if num_rows else 0.0
        return Outcome(
            check=self.check.expect,
            column=", ".join(self.check.column_names) or None,
            arguments=_arguments(self.check),
            severity=self.check.severity,
            why=self.check.why,
            passed=passed,
            num_unexpected=self.num_unexpected,
            share=share,
            examples=() if passed else tuple(self.examples),
            error=self.error,
        )

    def _holds(self) -> bool:
        if self.num_unexpected is None:
            return self.succeeded
        # Nulls neither pass nor fail: their own check judges them.
        num_values = self.num_rows - self.num_missing
        return num_values - self.num_unexpected >= self.check.mostly * num_values

    def _show(self, values: Iterable[str]) -> None:
        self.examples = list(dict.fromkeys([*self.examples, *values]))[:MAX_EXAMPLES]

    def _unexpected(self, frame: pd.DataFrame, found: dict[str, Any]) -> list[str]:
        if self.check.expect == _NULL_CHECK and self.check.column is not None:
            empty = frame[self.check.column].isna().to_numpy().nonzero()[0]
            return [f"row {self.num_rows + row}" for row in empty[:MAX_EXAMPLES]]
        return list(map(example, found.get("partial_unexpected_list") or []))


def _arguments(check: Check) -> dict[str, Any]:
    mostly = {} if check.mostly == 1.0 else {"mostly": check.mostly}
    return {**check.arguments, **mostly}


def _observations(found: dict[str, Any]) -> list[str]:
    observed = found.get("observed_value")
    return [] if observed is None else [example(observed)]


def _exception(result: dict[str, Any]) -> str | None:
    """Find the exception that a result hides; it looks like a failure of the data."""
    information = result.get("exception_info") or {}
    nested = [item for item in information.values() if isinstance(item, dict)]
    for item in nested or [information]:
        if item.get("raised_exception"):
            return str(item.get("exception_message"))
    return None


def _open_great_expectations() -> Evaluate:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(
        globally=False, metric_calculations=False
    )
    asset = context.data_sources.add_pandas("memory").add_dataframe_asset("table")
    whole_table = asset.add_batch_definition_whole_dataframe("whole")

    def evaluate(frame: pd.DataFrame, checks: Sequence[Check]) -> list[dict[str, Any]]:
        batch = whole_table.get_batch({"dataframe": frame})
        expectations = [
            _expectation(check, position, frame)
            for position, check in enumerate(checks)
        ]
        suite = gx.ExpectationSuite(name="suite", expectations=expectations)
        report = batch.validate(
            suite,
            result_format={
                "result_format": "BASIC",
                "partial_unexpected_count": _MAX_VALUES_SEEN,
            },
        )
        # Results come in no particular order.
        found = [result.to_json_dict() for result in report.results]
        return sorted(found, key=_position)

    return evaluate


def _position(result: dict[str, Any]) -> int:
    return result["expectation_config"]["meta"]["position"]


def _expectation(check: Check, position: int, frame: pd.DataFrame) -> Any:
    from great_expectations.expectations import core

    arguments = {
        name: _comparable(value, check.column, frame)
        for name, value in check.arguments.items()
    }
    try:
        return getattr(core, check.expect)(
            **_column_arguments(check),
            **arguments,
            # Left out, every breach is "critical".
            severity=_SEVERITIES[check.severity],
            # Two equal checks would otherwise be taken for one.
            meta={"position": position},
        )
    except (ValueError, TypeError) as error:
        message = f"{check.expect} refuses arguments {check.arguments}: {error}"
        raise ConfigurationError(message) from error


def _column_arguments(check: Check) -> dict[str, Any]:
    if check.column is not None:
        return {"column": check.column}
    if check.expect.startswith("ExpectColumnPair"):
        first, second = check.columns
        return {"column_A": first, "column_B": second}
    return {"column_list": list(check.columns)} if check.columns else {}


def _comparable(value: Any, column: str | None, frame: pd.DataFrame) -> Any:
    """Make bounds of a column of instants instants; text does not compare with them."""
    if column not in frame.columns:
        return value
    dtype = frame[column].dtype
    if not (isinstance(dtype, pd.DatetimeTZDtype) or dtype.kind == "M"):
        return value
    if isinstance(value, list):
        return [_comparable(item, column, frame) for item in value]
    zone = getattr(dtype, "tz", None)
    instant = pd.Timestamp(value)
    if instant.tzinfo is None:
        return instant.tz_localize(zone) if zone else instant
    return instant.tz_convert(zone) if zone else instant.tz_convert(None)
