"""What is known of the trials of a search, outside the study."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import pandas as pd
from optuna.trial import FrozenTrial

from taojin.training.tuning.studies import SLOT
from taojin.training.tuning.trials import REASON, ROWS

FACTS = (
    "num_steps",
    "num_parameters",
    "num_body_parameters",
    "num_tokens",
    "cpu_seconds",
    "peak_megabytes",
)
"""What a trial took; null where it did not get that far."""


@dataclass(frozen=True)
class TrialRecord:
    """A finished trial.

    Attributes:
        number: Its place in the search, from 0.
        state: ``complete``, ``pruned`` (stopped early, or settings that cannot be
            trained with), or ``fail`` (an error that says nothing of the settings).
        parameters: The searched values, by path.
        validation_loss: Best, in nats a token; of a pruned trial its last, of a
            failed one None.
        facts: Values of :data:`FACTS`.
        reason: Why it is not complete; None if it is.
        rows: Its history; see :func:`taojin.training.loop.train`.
        started_at: When it began, in UTC.
        finished_at: When it was over.
    """

    number: int
    state: str
    parameters: Mapping[str, Any]
    validation_loss: float | None
    facts: Mapping[str, float | None]
    reason: str | None
    rows: Sequence[Mapping[str, float]]
    started_at: datetime | None
    finished_at: datetime | None


class TrialRecorder(Protocol):
    """Is told of each finished trial, once; a tracking server, a list."""

    def record(self, trial: TrialRecord, /) -> None:
        """Keep a trial. Must not raise where the server fails."""
        ...


class ListRecorder:
    """Keeps trials in memory.

    Attributes:
        trials: In the order in which they came.
    """

    def __init__(self) -> None:
        self.trials: list[TrialRecord] = []

    def record(self, trial: TrialRecord) -> None:
        """Append the trial."""
        self.trials.append(trial)


def record_of(trial: FrozenTrial) -> TrialRecord:
    """Read a finished trial."""
    known = trial.user_attrs
    return TrialRecord(
        number=known[SLOT],
        state=trial.state.name.lower(),
        parameters=trial.params,
        validation_loss=trial.value,
        facts={name: known.get(name) for name in FACTS},
        reason=known.get(REASON),
        rows=json.loads(known.get(ROWS, "[]")),
        started_at=trial.datetime_start,
        finished_at=trial.datetime_complete,
    )


def trial_table(records: Sequence[TrialRecord], paths: Sequence[str]) -> pd.DataFrame:
    """One row a trial, in their order.

    Returns:
        ``trial``, ``state``, ``validation_loss``, the searched values under their
        paths, :data:`FACTS`, ``reason``.
    """
    ordered = sorted(records, key=lambda one: one.number)
    columns: dict[str, Any] = {
        "trial": [one.number for one in ordered],
        "state": [one.state for one in ordered],
        "validation_loss": pd.array(
            [one.validation_loss for one in ordered], dtype="Float64"
        ),
    }
    for path in paths:
        columns[path] = _column([one.parameters.get(path) for one in ordered])
    for name in FACTS:
        columns[name] = _column([one.facts.get(name) for one in ordered])
    columns["reason"] = pd.array([one.reason for one in ordered], dtype="string")
    return pd.DataFrame(columns)


def _column(values: list[Any]) -> pd.Series:
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) > 1 and kinds != {int, float}:  # Parquet has one type a column
        values = [None if value is None else json.dumps(value) for value in values]
    return pd.Series(values).convert_dtypes()
