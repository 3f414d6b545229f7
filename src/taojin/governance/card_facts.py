"""What a model card is written from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from taojin.core.config import StageConfig

BITS_PER_BYTE = "bits_per_byte"


class CardConfig(StageConfig):
    """What only the publisher of a model can state."""

    model_name: str = Field(default="taojin-language-model", min_length=1)
    licence: str | None = None
    """SPDX expression under which the model is published; null if undecided."""
    intended_use: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    contact: str | None = None
    library: str = "transformers"
    """Library that loads the model, by its name on the Hub."""
    task: str = "text-generation"
    """Pipeline tag of the Hub."""
    tags: tuple[str, ...] = ("taojin",)


@dataclass(frozen=True)
class CardFacts:
    """What the stages measured; null or empty where a stage did not run.

    Attributes:
        ingestion: The ingestion report.
        curation: The curation report.
        evaluation: The evaluation report.
        decision: The release decision.
        training: Settings and figures of training, by name.
        provenance: Run, commit, versions, by name.
    """

    ingestion: Mapping[str, Any] | None = None
    curation: Mapping[str, Any] | None = None
    evaluation: Mapping[str, Any] | None = None
    decision: Mapping[str, Any] | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)


def measurements(
    evaluation: Mapping[str, Any] | None,
) -> Iterator[tuple[str, str, str, Any]]:
    """Yield metric, what it was measured on, system and estimate, of all that was."""
    held_out = (evaluation or {}).get("held_out") or {}
    for system, raw in (held_out.get(BITS_PER_BYTE) or {}).items():
        yield BITS_PER_BYTE, "held-out documents", system, raw
    for name, task in ((evaluation or {}).get("tasks") or {}).items():
        metrics = {
            str((task or {}).get("metric")): (task or {}).get("scores"),
            "macro_f1": (task or {}).get("macro_f1"),
            BITS_PER_BYTE: (task or {}).get(BITS_PER_BYTE),
        }
        for metric, scores in metrics.items():
            for system, raw in (scores or {}).items():
                yield metric, name, system, raw


def rows_of(report: Mapping[str, Any] | None, key: str) -> Sequence[Mapping[str, Any]]:
    """Rows of a table in a report; none where the report or the table is missing."""
    return (report or {}).get(key) or ()


def part_of(report: Mapping[str, Any] | None, *path: str) -> Mapping[str, Any]:
    """A report within a report; empty where it is missing."""
    found: Any = report
    for name in path:
        found = (found or {}).get(name)
    return found or {}
