"""Count what was read, kept and refused; tallies of units add up to the report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from taojin.core.errors import CountMismatchError
from taojin.core.records import Source

MAX_LICENCE_EXAMPLES = 3
MAX_REJECTION_EXAMPLES = 5
_MAX_EXAMPLE_CHARS = 200


@dataclass
class LicenceTally:
    """Documents under one concluded licence."""

    num_documents: int = 0
    num_bytes: int = 0
    declared_examples: list[str] = field(default_factory=list)

    def add(self, other: "LicenceTally") -> None:
        """Add another tally of the same licence."""
        self.num_documents += other.num_documents
        self.num_bytes += other.num_bytes
        for words in other.declared_examples:
            if (
                words not in self.declared_examples
                and len(self.declared_examples) < MAX_LICENCE_EXAMPLES
            ):
                self.declared_examples.append(words)


@dataclass
class RejectionTally:
    """Records refused for one reason."""

    num_records: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, other: "RejectionTally") -> None:
        """Add another tally of the same reason."""
        self.num_records += other.num_records
        room = MAX_REJECTION_EXAMPLES - len(self.examples)
        self.examples += other.examples[:room]


@dataclass
class Tally:
    """Counts of some part of a source; bounded in size whatever it counts.

    Attributes:
        num_read: Records that a reader came upon, counted before they were judged.
        num_bytes: UTF-8 bytes of the documents' text.
        stopped_early: Whether the source's ``max_megabytes`` ended the reading.
        licences: By concluded SPDX expression; the empty string is unknown.
    """

    num_read: int = 0
    num_documents: int = 0
    num_rejected: int = 0
    num_bytes: int = 0
    stopped_early: bool = False
    licences: dict[str, LicenceTally] = field(default_factory=dict)
    rejections: dict[str, RejectionTally] = field(default_factory=dict)

    def count_document(
        self, num_bytes: int, licence: str | None, declared: str | None
    ) -> None:
        """Count one document."""
        self.num_documents += 1
        self.num_bytes += num_bytes
        examples = [declared[:_MAX_EXAMPLE_CHARS]] if declared else []
        one = LicenceTally(1, num_bytes, examples)
        self.licences.setdefault(licence or "", LicenceTally()).add(one)

    def count_rejection(self, row: dict[str, Any]) -> None:
        """Count one row of the rejected table."""
        self.num_rejected += 1
        example = {name: row[name] for name in ("uri", "position", "detail")}
        one = RejectionTally(1, [example])
        self.rejections.setdefault(row["reason"], RejectionTally()).add(one)

    def add(self, other: Self) -> None:
        """Add the tally of another part of the same or another source."""
        self.num_read += other.num_read
        self.num_documents += other.num_documents
        self.num_rejected += other.num_rejected
        self.num_bytes += other.num_bytes
        self.stopped_early |= other.stopped_early
        for licence, tally in other.licences.items():
            self.licences.setdefault(licence, LicenceTally()).add(tally)
        for reason, rejection in other.rejections.items():
            self.rejections.setdefault(reason, RejectionTally()).add(rejection)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Restore a tally from ``dataclasses.asdict``."""
        licences = {k: LicenceTally(**v) for k, v in content["licences"].items()}
        rejections = {k: RejectionTally(**v) for k, v in content["rejections"].items()}
        return cls(**{**content, "licences": licences, "rejections": rejections})


def total_of(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up."""
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def make_report(by_source: Sequence[tuple[Source, Tally]]) -> dict[str, Any]:
    """Make the ingestion report of the tallies of all sources, in their order."""
    total = total_of(tally for _, tally in by_source)
    return {
        **_counts(total),
        "sources": [
            {
                "source": source.name,
                "kind": source.kind,
                **_counts(tally),
                "stopped_early": tally.stopped_early,
            }
            for source, tally in by_source
        ],
        "licences": [
            {
                "licence": licence or None,
                "declared_examples": tally.declared_examples,
                "num_documents": tally.num_documents,
                "num_bytes": tally.num_bytes,
            }
            for licence, tally in sorted(
                total.licences.items(), key=lambda pair: (-pair[1].num_bytes, pair[0])
            )
        ],
        "rejections": [
            {
                "reason": reason,
                "num_records": tally.num_records,
                "examples": tally.examples,
            }
            for reason, tally in sorted(
                total.rejections.items(), key=lambda p: (-p[1].num_records, p[0])
            )
        ],
    }


def require_balance(
    report: dict[str, Any], num_documents: int, num_rejected: int
) -> None:
    """Check that records read = rows written, as documents or as rejected.

    Raises:
        CountMismatchError: If records went missing or appeared from nowhere.
    """
    counted = (report["num_documents"], report["num_rejected"])
    read = report["num_read"]
    if counted != (num_documents, num_rejected) or read != sum(counted):
        message = (
            f"ingestion read {read} records and counted {counted[0]} documents and "
            f"{counted[1]} rejected; {num_documents} and {num_rejected} were written; "
            "this is a defect of the stage, please report it"
        )
        raise CountMismatchError(message)


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "num_read": tally.num_read,
        "num_documents": tally.num_documents,
        "num_rejected": tally.num_rejected,
        "num_bytes": tally.num_bytes,
    }
