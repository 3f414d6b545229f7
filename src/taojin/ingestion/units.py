"""Units of work: what one worker reads in one go, and how it is remembered."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from taojin.core.errors import SourceReadError
from taojin.core.files import write_text
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.records import DOCUMENT_SCHEMA, REJECTED_SCHEMA, Source
from taojin.core.shards import Part
from taojin.ingestion.candidates import MAX_DETAIL_CHARS, Found, Item, Refusal
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.documents import to_row
from taojin.ingestion.readers import reader_for
from taojin.ingestion.streams import READ_ERRORS
from taojin.ingestion.tallies import Tally
from taojin.ingestion.writing import PartWriter

DOCUMENTS = "documents"
REJECTED = "rejected"
UNITS = "units"
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Unit:
    """Some consecutive items of one source.

    Attributes:
        index: Place among all units; output is ordered by it.
        source: The source.
        items: What to read, in order.
        problem: Why the source could not be listed; it then has no items.
        key: Identity of all that the outcome depends on.
    """

    index: int
    source: Source
    items: tuple[Item, ...]
    problem: str | None
    key: str


@dataclass(frozen=True)
class UnitOutcome:
    """What a unit left on disk, and its counts."""

    documents: tuple[Part, ...]
    rejected: tuple[Part, ...]
    tally: Tally


def process_unit(
    conclude_licence: Callable[[str], str | None],
    config: IngestionConfig,
    output: Path,
    unit: Unit,
) -> UnitOutcome:
    """Read a unit into parts under ``output``; if an earlier try finished it, don't.

    Raises:
        SourceReadError: If an item cannot be read, with ``on_unreadable: stop``.
    """
    record = output / UNITS / f"unit-{unit.index:05d}.json"
    done = _finished(record, unit, output)
    if done is not None:
        return done
    outcome = _UnitRun(conclude_licence, config, output, unit).run()
    content = {"key": unit.key, "outcome": asdict(outcome)}
    write_text(record, json.dumps(content, sort_keys=True))
    return outcome


def _finished(record: Path, unit: Unit, output: Path) -> UnitOutcome | None:
    """Return the outcome if it has the same key and all its parts are whole."""
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        found = content["outcome"]
        documents = tuple(Part(**part) for part in found[DOCUMENTS])
        rejected = tuple(Part(**part) for part in found[REJECTED])
        tally = Tally.from_json(found["tally"])
        whole = content["key"] == unit.key and all(
            hash_file(output / folder / part.name) == part.content_hash
            for folder, parts in ((DOCUMENTS, documents), (REJECTED, rejected))
            for part in parts
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return UnitOutcome(documents, rejected, tally) if whole else None


class _UnitRun:
    """One pass over a unit: judges what the reader finds, writes and counts it."""

    def __init__(
        self,
        conclude_licence: Callable[[str], str | None],
        config: IngestionConfig,
        output: Path,
        unit: Unit,
    ) -> None:
        self._conclude = conclude_licence
        self._config = config
        self._unit = unit
        self._source = unit.source
        self._licences: dict[str, str | None] = {}
        self._tally = Tally()
        prefix, size = f"part-{unit.index:05d}", config.part_bytes
        self._documents = PartWriter(output / DOCUMENTS, prefix, DOCUMENT_SCHEMA, size)
        self._rejected = PartWriter(output / REJECTED, prefix, REJECTED_SCHEMA, size)

    def run(self) -> UnitOutcome:
        if self._unit.problem is not None:
            where = self._source.location or self._source.name
            self._take(Refusal("unreadable_file", self._unit.problem, where), where)
        for item in self._unit.items:
            for found in self._read(item):
                self._take(found, item.label)
                if self._is_full():
                    break
            if self._is_full():
                self._tally.stopped_early = True
                break
        return UnitOutcome(
            tuple(self._documents.close()), tuple(self._rejected.close()), self._tally
        )

    def _read(self, item: Item) -> Iterator[Found]:
        """Read an item; a break ends it with an error or a refusal, as configured."""
        try:
            yield from reader_for(self._source.kind)(item, self._source, self._config)
        except (*READ_ERRORS, SourceReadError) as error:
            if self._config.on_unreadable == "stop":
                raise _unreadable(self._source, item, error) from error
            yield Refusal("unreadable_file", _words_of(error), item.label)

    def _take(self, found: Found, label: str) -> None:
        self._tally.num_read += 1
        if isinstance(found, Refusal):
            self._reject(found, found.uri)
            return
        judged = to_row(found, self._source.name, self._config)
        if isinstance(judged, Refusal):
            # A record with a position is found by its file, not by its own address.
            self._reject(judged, judged.uri if judged.position is None else label)
        else:
            self._keep(judged)

    def _keep(self, row: dict[str, Any]) -> None:
        declared = row["licence_declared"] or self._source.licence
        row["licence"] = self._conclude_once(declared)
        row["licence_declared"] = declared
        row["language"] = row["language"] or self._source.language
        num_bytes = len(row["text"].encode())
        self._tally.count_document(num_bytes, row["licence"], declared)
        self._documents.add(row, num_bytes)

    def _reject(self, refusal: Refusal, uri: str) -> None:
        row = {
            "source": self._source.name,
            "uri": _legible(uri),
            "position": refusal.position,
            "reason": refusal.reason,
            "detail": _legible(refusal.detail[:MAX_DETAIL_CHARS])[:MAX_DETAIL_CHARS],
        }
        self._tally.count_rejection(row)
        self._rejected.add(row, len(row["detail"]))

    def _conclude_once(self, declared: str | None) -> str | None:
        if declared is None:
            return None
        if declared not in self._licences:
            self._licences[declared] = self._conclude(declared)
        return self._licences[declared]

    def _is_full(self) -> bool:
        limit = self._source.max_megabytes
        return limit is not None and self._tally.num_bytes >= limit * _MEGABYTE


def _unreadable(source: Source, item: Item, error: Exception) -> SourceReadError:
    if isinstance(error, SourceReadError):
        return error
    message = (
        f"source {source.name}: {item.path} cannot be read: {_words_of(error)}; "
        "repair or remove the file, or set ingestion.on_unreadable to skip "
        "to record it and go on"
    )
    return SourceReadError(message)


def _words_of(error: Exception) -> str:
    told = isinstance(error, SourceReadError)
    return str(error) if told else f"{type(error).__name__}: {error}"


def _legible(words: str) -> str:
    """Make foreign content printable on one line and encodable."""
    encodable = words.encode("utf-8", "backslashreplace").decode()
    return "".join(
        letter if letter.isprintable() else f"\\x{ord(letter):02x}"
        for letter in encodable
    )


def unit_key(source: Source, items: tuple[Item, ...], *identity: Any) -> str:
    """Hash what a unit's outcome depends on; prices and owners are not of it."""
    relevant = source.model_dump(
        mode="json",
        exclude={"owner", "purposes", "unit_cost", "trusted", "licence_evidence"},
    )
    return fingerprint_of(relevant, [asdict(item) for item in items], *identity)
