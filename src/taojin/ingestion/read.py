"""Read the declared sources into documents."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from taojin.core.errors import EmptyStageError
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.records import DOCUMENT_SCHEMA, REJECTED_SCHEMA, Source
from taojin.core.shards import Shards
from taojin.engines import EngineConfig, run_tasks
from taojin.ingestion.candidates import Item
from taojin.ingestion.config import IngestionConfig, SourceRegistry
from taojin.ingestion.inventory import items_of
from taojin.ingestion.parts import finish_parts, remove_stale
from taojin.ingestion.portions import split_item
from taojin.ingestion.tallies import make_report, require_balance, total_of
from taojin.ingestion.units import (
    DOCUMENTS,
    REJECTED,
    UNITS,
    Unit,
    UnitOutcome,
    process_unit,
    unit_key,
)


@dataclass(frozen=True)
class Ingested:
    """What came of the sources.

    Attributes:
        documents: Rows of :data:`taojin.core.records.DOCUMENT_SCHEMA`.
        rejected: Rows of :data:`taojin.core.records.REJECTED_SCHEMA`.
        report: Counts by source, licence and reason, as a JSON object.
    """

    documents: Shards
    rejected: Shards
    report: dict[str, Any]


def read_sources(
    registry: SourceRegistry,
    inventory: Mapping[str, Any],
    output: Path,
    config: IngestionConfig,
    engine: EngineConfig,
    conclude_licence: Callable[[str], str | None],
    fingerprint: str = "",
) -> Ingested:
    """Read what the inventory lists; finished units of an earlier try are kept.

    The result depends on the sources' content and the configuration alone, not on
    the number of workers.

    Args:
        registry: The sources.
        inventory: From :func:`taojin.ingestion.inventory.take_inventory`.
        output: Folder to write ``documents`` and ``rejected`` in.
        config: Limits, and what an unreadable file does.
        engine: Where to run.
        conclude_licence: From what is declared to an SPDX expression, or None for
            unknown; a module-level function, called in worker processes, once a
            unit for every distinct declaration.
        fingerprint: Identity of anything else that the result depends on, such as
            the version of ``conclude_licence``.

    Raises:
        SourceReadError: If an item cannot be read, with ``on_unreadable: stop``.
        EmptyStageError: If no record became a document.
        CountMismatchError: If the counts do not add up.
    """
    concluding = getattr(conclude_licence, "__qualname__", "")  # a partial has no name
    identity = (config, fingerprint, concluding, _code_hash())
    units = list(_plan(registry, inventory, config, identity))
    work = partial(process_unit, conclude_licence, config, output)
    outcomes = list(run_tasks(work, units, engine, "reading sources"))
    by_source = [
        (source, total_of(o.tally for o in _outcomes_of(source, units, outcomes)))
        for source in registry
    ]
    report = make_report(by_source)
    documents = [part for outcome in outcomes for part in outcome.documents]
    rejected = [part for outcome in outcomes for part in outcome.rejected]
    parts = {DOCUMENTS: documents, REJECTED: rejected}
    remove_stale(output, parts, UNITS, [unit.index for unit in units])
    ingested = Ingested(
        documents=finish_parts(output / DOCUMENTS, documents, DOCUMENT_SCHEMA),
        rejected=finish_parts(output / REJECTED, rejected, REJECTED_SCHEMA),
        report=report,
    )
    num_documents, num_rejected = (
        ingested.documents.num_rows,
        ingested.rejected.num_rows,
    )
    require_balance(report, num_documents, num_rejected)
    _require_documents(report)
    return ingested


def _plan(
    registry: SourceRegistry,
    inventory: Mapping[str, Any],
    config: IngestionConfig,
    identity: tuple[Any, ...],
) -> Iterator[Unit]:
    index = 0
    for source in registry:
        items = items_of(inventory, source)
        problem = inventory["sources"][source.name]["error"]
        if source.max_megabytes is None:
            items = [
                one
                for item in items
                for one in split_item(item, source, config.part_bytes)
            ]
        for group in _group(items, source, config.part_bytes):
            key = unit_key(source, group, problem, *identity)
            yield Unit(index, source, group, problem, key)
            index += 1


def _group(
    items: Sequence[Item], source: Source, part_bytes: int
) -> Iterator[tuple[Item, ...]]:
    """Deal consecutive items out, a part's worth to a unit, large files in portions.

    A source with a limit is one unit: how much of it counts is only known on the
    way, and must not depend on who reads faster.
    """
    if source.max_megabytes is not None or not items:
        yield tuple(items)
        return
    group: list[Item] = []
    size = 0
    for item in items:
        group.append(item)
        size += item.size or part_bytes  # unknown size: a unit of its own
        if size >= part_bytes:
            yield tuple(group)
            group, size = [], 0
    if group:
        yield tuple(group)


def _outcomes_of(
    source: Source, units: Sequence[Unit], outcomes: Sequence[UnitOutcome]
) -> Iterator[UnitOutcome]:
    for unit, outcome in zip(units, outcomes, strict=True):
        if unit.source.name == source.name:
            yield outcome


def _require_documents(report: dict[str, Any]) -> None:
    if report["num_documents"]:
        return
    reasons = [
        f"{rejection['num_records']} {rejection['reason']}, the first: "
        f"{rejection['examples'][0]['uri']}: {rejection['examples'][0]['detail']}"
        for rejection in report["rejections"]
    ]
    found = "; ".join(reasons) or "the sources hold no record at all"
    message = (
        f"none of {report['num_read']} records became a document ({found}); "
        "correct the declared sources"
    )
    raise EmptyStageError(message)


def _code_hash() -> str:
    """Identify this package's code: another version may read differently."""
    folder = Path(__file__).parent
    files = sorted(folder.rglob("*.py"))
    return fingerprint_of(
        [(file.relative_to(folder).as_posix(), hash_file(file)) for file in files]
    )
