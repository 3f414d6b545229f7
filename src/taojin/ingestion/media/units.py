"""Units of work: the images or recordings that one worker reads in one go."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from taojin.core.errors import SourceReadError
from taojin.core.files import write_text
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.foreign_text import make_visible
from taojin.core.media_records import CLIP_SCHEMA, IMAGE_SCHEMA, MediaSource
from taojin.core.records import REJECTED_SCHEMA
from taojin.core.shards import Part
from taojin.ingestion.candidates import MAX_DETAIL_CHARS, Refusal
from taojin.ingestion.media.config import MediaIngestionConfig
from taojin.ingestion.media.digits import read_digits
from taojin.ingestion.media.emoji import read_emoji
from taojin.ingestion.media.manifests import MediaFile
from taojin.ingestion.media.rows import read_file
from taojin.ingestion.media.speech import read_speech
from taojin.ingestion.streams import READ_ERRORS
from taojin.ingestion.tallies import Tally
from taojin.ingestion.writing import PartWriter

RECORDS = "records"
REJECTED = "rejected"
UNITS = "units"

SCHEMAS = {"image": IMAGE_SCHEMA, "audio": CLIP_SCHEMA}
CONTENT = {"image": "image", "audio": "samples"}
"""Column of the content, by modality."""

_EMBEDDED = {"digits": read_digits, "emoji": read_emoji, "speech": read_speech}


@dataclass(frozen=True)
class MediaUnit:
    """Some consecutive files of one source.

    Attributes:
        index: Place among all units; output is ordered by it.
        source: The source.
        files: What to read, in order.
        refusals: What was refused before any file was opened.
        key: Identity of all that the outcome depends on.
    """

    index: int
    source: MediaSource
    files: tuple[MediaFile, ...]
    refusals: tuple[Refusal, ...]
    key: str


@dataclass(frozen=True)
class MediaOutcome:
    """What a unit left on disk, and its counts."""

    records: tuple[Part, ...]
    rejected: tuple[Part, ...]
    tally: Tally


def media_unit_key(
    source: MediaSource,
    files: tuple[MediaFile, ...],
    refusals: tuple[Refusal, ...],
    *identity: Any,
) -> str:
    """Hash what a unit's outcome depends on; prices and owners are not of it."""
    relevant = source.model_dump(
        mode="json",
        exclude={"owner", "purposes", "unit_cost", "trusted", "licence_evidence"},
    )
    # Where the manifest lies does not matter; what it says stands in the files.
    relevant.pop("manifest")
    said = [asdict(file) for file in files], [asdict(one) for one in refusals]
    return fingerprint_of(relevant, said, *identity)


def process_media_unit(
    conclude_licence: Callable[[str], str | None],
    config: MediaIngestionConfig,
    output: Path,
    unit: MediaUnit,
) -> MediaOutcome:
    """Read a unit into parts under ``output``; if an earlier try finished it, don't.

    Raises:
        SourceReadError: If a file cannot be opened, with ``on_unreadable: stop``.
    """
    record = output / UNITS / f"unit-{unit.index:05d}.json"
    done = _finished(record, unit, output)
    if done is not None:
        return done
    outcome = _UnitRun(conclude_licence, config, output, unit).run()
    content = {"key": unit.key, "outcome": asdict(outcome)}
    write_text(record, json.dumps(content, sort_keys=True))
    return outcome


def _finished(record: Path, unit: MediaUnit, output: Path) -> MediaOutcome | None:
    """Return the outcome if it has the same key and all its parts are whole."""
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        found = content["outcome"]
        records = tuple(Part(**part) for part in found[RECORDS])
        rejected = tuple(Part(**part) for part in found[REJECTED])
        tally = Tally.from_json(found["tally"])
        whole = content["key"] == unit.key and all(
            hash_file(output / folder / part.name) == part.content_hash
            for folder, parts in ((RECORDS, records), (REJECTED, rejected))
            for part in parts
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return MediaOutcome(records, rejected, tally) if whole else None


class _UnitRun:
    """One pass over a unit: writes and counts what its files hold."""

    def __init__(
        self,
        conclude_licence: Callable[[str], str | None],
        config: MediaIngestionConfig,
        output: Path,
        unit: MediaUnit,
    ) -> None:
        self._conclude = conclude_licence
        self._config = config
        self._unit = unit
        self._source = unit.source
        self._licences: dict[str, str | None] = {}
        self._tally = Tally()
        self._content = CONTENT[unit.source.modality]
        schema = SCHEMAS[unit.source.modality]
        prefix, size = f"part-{unit.index:05d}", config.part_bytes
        self._records = PartWriter(output / RECORDS, prefix, schema, size)
        self._rejected = PartWriter(output / REJECTED, prefix, REJECTED_SCHEMA, size)

    def run(self) -> MediaOutcome:
        for refusal in self._unit.refusals:
            self._take(refusal)
        for file in self._unit.files:
            for found in self._read(file):
                self._take(found)
        return MediaOutcome(
            tuple(self._records.close()), tuple(self._rejected.close()), self._tally
        )

    def _read(self, file: MediaFile) -> Iterator[dict[str, Any] | Refusal]:
        embedded = _EMBEDDED.get(self._source.kind)
        if embedded is not None:
            yield from embedded(file, self._source, self._config)
            return
        try:
            yield read_file(file, self._source, self._config)
        except READ_ERRORS as error:
            words = f"{type(error).__name__}: {error}"
            if self._config.on_unreadable == "stop":
                raise _unopened(self._source, file, words) from error
            yield Refusal("unreadable_file", words, file.item.label)

    def _take(self, found: dict[str, Any] | Refusal) -> None:
        self._tally.num_read += 1
        if isinstance(found, Refusal):
            self._reject(found)
        else:
            self._keep(found)

    def _keep(self, row: dict[str, Any]) -> None:
        declared = row["licence_declared"] or self._source.licence
        row["licence_declared"] = declared
        row["licence"] = self._conclude_once(declared)
        num_bytes = len(row[self._content])
        self._tally.count_document(num_bytes, row["licence"], declared)
        self._records.add(row, num_bytes)

    def _reject(self, refusal: Refusal) -> None:
        detail = make_visible(refusal.detail[:MAX_DETAIL_CHARS]).replace("\n", " ")
        row = {
            "source": self._source.name,
            "uri": make_visible(refusal.uri),
            "position": refusal.position,
            "reason": refusal.reason,
            "detail": detail[:MAX_DETAIL_CHARS],
        }
        self._tally.count_rejection(row)
        self._rejected.add(row, len(detail))

    def _conclude_once(self, declared: str | None) -> str | None:
        if declared is None:
            return None
        if declared not in self._licences:
            self._licences[declared] = self._conclude(declared)
        return self._licences[declared]


def _unopened(source: MediaSource, file: MediaFile, words: str) -> SourceReadError:
    message = (
        f"source {source.name}: {file.item.path} cannot be opened: {words}; repair or "
        "remove the file, or set on_unreadable to skip to record it and go on"
    )
    return SourceReadError(message)
