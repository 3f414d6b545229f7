"""Read the declared sources of images or of recordings into records."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from taojin.core.errors import EmptyStageError
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.media_records import EMBEDDED_MEDIA, MediaSource, Modality
from taojin.core.records import REJECTED_SCHEMA
from taojin.core.shards import Shards
from taojin.engines import EngineConfig, run_tasks
from taojin.ingestion.candidates import Refusal
from taojin.ingestion.media.config import MediaIngestionConfig, MediaRegistry
from taojin.ingestion.media.inventory import media_items_of
from taojin.ingestion.media.manifests import MediaFile, join_manifest
from taojin.ingestion.media.units import (
    RECORDS,
    REJECTED,
    SCHEMAS,
    UNITS,
    MediaOutcome,
    MediaUnit,
    media_unit_key,
    process_media_unit,
)
from taojin.ingestion.parts import finish_parts, remove_stale
from taojin.ingestion.tallies import make_report, require_balance, total_of

_MAX_FILES = 10_000
"""Files of a unit, at most: small files take time, not bytes."""


@dataclass(frozen=True)
class MediaIngested:
    """What came of the sources.

    Attributes:
        records: Rows of ``IMAGE_SCHEMA`` or of ``CLIP_SCHEMA``.
        rejected: Rows of :data:`taojin.core.records.REJECTED_SCHEMA`.
        report: Counts by source, licence and reason, as a JSON object.
    """

    records: Shards
    rejected: Shards
    report: dict[str, Any]


def read_media(
    registry: MediaRegistry,
    inventory: Mapping[str, Any],
    output: Path,
    config: MediaIngestionConfig,
    engine: EngineConfig,
    conclude_licence: Callable[[str], str | None],
    fingerprint: str = "",
) -> MediaIngested:
    """Read what the inventory lists; finished units of an earlier try are kept.

    Every file becomes a record or a rejected row, and so does every row of a manifest
    that belongs to no file. One file is in memory at a time, and a part of records.

    Args:
        registry: Sources of one modality, at least one.
        inventory: From
            :func:`taojin.ingestion.media.inventory.take_media_inventory`.
        output: Folder to write ``records`` and ``rejected`` in.
        config: Limits, and what an unreadable file does.
        engine: Where to run.
        conclude_licence: From what is declared to an SPDX expression, or None for
            unknown; a module-level function, called in worker processes.
        fingerprint: Identity of anything else that the result depends on.

    Raises:
        SourceReadError: If a file cannot be opened, with ``on_unreadable: stop``.
        EmptyStageError: If there is no source, or nothing became a record.
        CountMismatchError: If the counts do not add up.
    """
    modality = _one_modality(registry)
    concluding = getattr(conclude_licence, "__qualname__", "")  # a partial has no name
    identity = (config, fingerprint, concluding, _code_hash())
    units = list(_plan(registry, inventory, config, identity))
    work = partial(process_media_unit, conclude_licence, config, output)
    outcomes = list(run_tasks(work, units, engine, f"reading {modality} files"))
    by_source = [
        (source, total_of(o.tally for o in _outcomes_of(source, units, outcomes)))
        for source in registry
    ]
    # Sources of media have the name and kind that a report tells of a source.
    report = make_report(cast("Any", by_source))
    records = [part for outcome in outcomes for part in outcome.records]
    rejected = [part for outcome in outcomes for part in outcome.rejected]
    parts = {RECORDS: records, REJECTED: rejected}
    remove_stale(output, parts, UNITS, [unit.index for unit in units])
    ingested = MediaIngested(
        records=finish_parts(output / RECORDS, records, SCHEMAS[modality]),
        rejected=finish_parts(output / REJECTED, rejected, REJECTED_SCHEMA),
        report={"modality": modality, **_of_items(report)},
    )
    require_balance(report, ingested.records.num_rows, ingested.rejected.num_rows)
    _require_records(ingested.report)
    return ingested


def _one_modality(registry: MediaRegistry) -> Modality:
    found: set[Modality] = {source.modality for source in registry}
    if not found:
        message = "no media source is declared; add one under media_sources"
        raise EmptyStageError(message)
    first, *others = found
    if others:
        message = "images and recordings are read apart; take MediaRegistry.of(...)"
        raise ValueError(message)
    return first


def _plan(
    registry: MediaRegistry,
    inventory: Mapping[str, Any],
    config: MediaIngestionConfig,
    identity: tuple[Any, ...],
) -> Iterator[MediaUnit]:
    index = 0
    for source in registry:
        items, manifest, problem = media_items_of(inventory, source)
        if problem is not None:
            where = source.location or source.name
            refusals = [Refusal("unreadable_file", problem, where)]
            files: list[MediaFile] = []
        elif source.kind in EMBEDDED_MEDIA:
            files, refusals = [MediaFile(item) for item in items], []
        else:
            files, refusals = join_manifest(source, items, manifest, config)
        for group in _group(files, config.part_bytes):
            key = media_unit_key(source, group, tuple(refusals), *identity)
            yield MediaUnit(index, source, group, tuple(refusals), key)
            refusals = []
            index += 1


def _group(
    files: Sequence[MediaFile], part_bytes: int
) -> Iterator[tuple[MediaFile, ...]]:
    """Deal consecutive files out, a part's worth to a unit; at least one unit."""
    group: list[MediaFile] = []
    size = 0
    for file in files:
        group.append(file)
        size += file.item.size or 0
        if size >= part_bytes or len(group) >= _MAX_FILES:
            yield tuple(group)
            group, size = [], 0
    if group or not files:
        yield tuple(group)


def _outcomes_of(
    source: MediaSource,
    units: Sequence[MediaUnit],
    outcomes: Sequence[MediaOutcome],
) -> Iterator[MediaOutcome]:
    for unit, outcome in zip(units, outcomes, strict=True):
        if unit.source.name == source.name:
            yield outcome


def _of_items(value: Any) -> Any:
    """The report in words that fit: items in place of documents."""
    if isinstance(value, dict):
        return {
            "num_items" if name == "num_documents" else name: _of_items(entry)
            for name, entry in value.items()
            if name != "stopped_early"
        }
    return [_of_items(entry) for entry in value] if isinstance(value, list) else value


def _require_records(report: dict[str, Any]) -> None:
    if report["num_items"]:
        return
    reasons = [
        f"{rejection['num_records']} {rejection['reason']}, the first: "
        f"{rejection['examples'][0]['uri']}: {rejection['examples'][0]['detail']}"
        for rejection in report["rejections"]
    ]
    message = (
        f"none of {report['num_read']} files can be used ({'; '.join(reasons)}); "
        "correct the declared media_sources"
    )
    raise EmptyStageError(message)


def _code_hash() -> str:
    """Identify the code that reads: another version may read differently."""
    own = Path(__file__).parent
    decoding = own.parents[1] / "media"
    files = sorted([*own.rglob("*.py"), *decoding.rglob("*.py")])
    return fingerprint_of([(file.name, hash_file(file)) for file in files])
