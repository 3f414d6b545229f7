"""What there is to read: the identity of every file before any is opened."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from taojin.core.errors import SourceReadError
from taojin.core.fingerprints import fingerprint_of
from taojin.core.records import Source
from taojin.ingestion.candidates import Item
from taojin.ingestion.config import IngestionConfig, SourceRegistry
from taojin.ingestion.locations import list_files
from taojin.ingestion.python_documentation.distributions import list_distributions


def take_inventory(registry: SourceRegistry, config: IngestionConfig) -> dict[str, Any]:
    """List what every source holds, without reading it.

    Two inventories are equal if and only if nothing that would be read has changed,
    as far as file systems tell (size, and checksum, ETag or modification time).

    Returns:
        A JSON object: ``sources`` maps a name to its ``kind``, ``location``,
        ``items`` (``path``, ``label``, ``size``, ``identity`` each), ``num_items``,
        ``num_bytes`` and ``hash`` of the items; ``error`` says why there are none,
        with ``on_unreadable: skip``. ``hash`` is that of all.

    Raises:
        SourceReadError: If a location cannot be reached or matches nothing, for all
            such sources at once.
    """
    problems: list[str] = []
    sources: dict[str, Any] = {}
    for source in registry:
        items, error = _list_items(source, config)
        if error is not None:
            problems.append(error)
        sources[source.name] = {
            "kind": source.kind,
            "location": source.location,
            "num_items": len(items),
            "num_bytes": sum(item.size or 0 for item in items),
            "hash": fingerprint_of([asdict(item) for item in items]),
            "error": error,
            "items": [asdict(item) for item in items],
        }
    if problems and config.on_unreadable == "stop":
        message = "\n".join(problems[:10])
        raise SourceReadError(message)
    hashes = {name: entry["hash"] for name, entry in sources.items()}
    return {"hash": fingerprint_of(hashes), "sources": sources}


def items_of(inventory: Mapping[str, Any], source: Source) -> tuple[Item, ...]:
    """Read a source's items back from an inventory.

    Raises:
        SourceReadError: If the inventory was taken of other sources.
    """
    try:
        entry = inventory["sources"][source.name]
        return tuple(Item(**item) for item in entry["items"])
    except (KeyError, TypeError) as error:
        message = (
            f"source {source.name} is not in the inventory, which was taken of other "
            "sources or is damaged; take it again"
        )
        raise SourceReadError(message) from error


def _list_items(
    source: Source, config: IngestionConfig
) -> tuple[tuple[Item, ...], str | None]:
    try:
        if source.kind == "python_documentation":
            return list_distributions(source, config.python_documentation), None
        return list_files(source), None
    except SourceReadError as error:
        return (), str(error)
