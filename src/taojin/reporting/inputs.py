"""What a report is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Report = Mapping[str, Any]
History = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class ReportInputs:
    """The reports of the stages, as plain JSON data; a part may be missing.

    Attributes:
        ingestion: ``num_read``, ``num_documents``, ``sources``, ``licences``, …
        curation: ``num_kept``, ``rules``, ``distributions``, ``duplicates``, …
        data_checks: Results of validation, one a data set: ``dataset``,
            ``num_rows``, ``num_checks`` and ``failures``.
        pretraining_history: Rows with ``step``, ``num_tokens``, ``train_loss`` and
            ``validation_loss`` (nats a token, or null), and ``seconds``.
        finetuning_histories: The same, by task.
        model: Size and settings of the model, by name.
        evaluation: ``held_out``, ``tasks`` and ``samples``.
        label_efficiency: ``systems``, ``differences`` and ``self_training``: accuracy
            by number of labels.
        release: The release decision.
        provenance: Run, commit, ``versions``, ``fingerprints``, ``durations``
            (seconds) and whatever else it takes to repeat the run.
    """

    ingestion: Report | None = None
    curation: Report | None = None
    data_checks: Sequence[Report] | None = None
    pretraining_history: History | None = None
    finetuning_histories: Mapping[str, History] = field(default_factory=dict)
    model: Report = field(default_factory=dict)
    evaluation: Report | None = None
    label_efficiency: Report | None = None
    release: Report | None = None
    provenance: Report = field(default_factory=dict)


def rows_of(report: Report | None, key: str) -> Sequence[Mapping[str, Any]]:
    """Rows of a table in a report; none where the report or the table is missing."""
    return (report or {}).get(key) or ()


def part_of(report: Report | None, *path: str) -> Report:
    """A report within a report; empty where it is missing."""
    found: Any = report
    for name in path:
        found = (found or {}).get(name)
    return found or {}
