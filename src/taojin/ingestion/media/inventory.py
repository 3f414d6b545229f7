"""What images and recordings there are: every file, before any is opened."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from taojin.core.errors import SourceReadError
from taojin.core.fingerprints import fingerprint_of
from taojin.core.media_records import EMBEDDED_MEDIA, MediaSource
from taojin.core.records import Source
from taojin.ingestion.candidates import Item
from taojin.ingestion.locations import list_files
from taojin.ingestion.media.archives import named_members
from taojin.ingestion.media.config import MediaIngestionConfig, MediaRegistry
from taojin.ingestion.media.digits import digits_item
from taojin.ingestion.media.emoji import emoji_item
from taojin.ingestion.media.manifests import manifest_source
from taojin.ingestion.media.speech import speech_item
from taojin.ingestion.streams import without_compression
from taojin.media.images import IMAGE_SUFFIXES
from taojin.media.recordings import AUDIO_SUFFIXES

_EMBEDDED = {"digits": digits_item, "emoji": emoji_item, "speech": speech_item}
_WILD = "*?["


def take_media_inventory(
    registry: MediaRegistry, config: MediaIngestionConfig
) -> dict[str, Any]:
    """List what every source holds, without reading it.

    Two inventories are equal if and only if nothing that would be read has changed,
    as far as file systems tell.

    Returns:
        A JSON object as that of :func:`taojin.ingestion.inventory.take_inventory`;
        each source has its ``manifest``, too, as an item or null.

    Raises:
        SourceReadError: If a location cannot be reached or matches nothing, for all
            such sources at once.
        ConfigurationError: If an extra is needed and not installed.
    """
    problems: list[str] = []
    sources: dict[str, Any] = {}
    for source in registry:
        items, manifest, error = _listed(source)
        if error is not None:
            problems.append(error)
        named = None if manifest is None else asdict(manifest)
        listed = [asdict(item) for item in items]
        sources[source.name] = {
            "kind": source.kind,
            "location": source.location,
            "num_items": len(items),
            "num_bytes": sum(item.size or 0 for item in items),
            "hash": fingerprint_of(listed, named),
            "error": error,
            "manifest": named,
            "items": listed,
        }
    if problems and config.on_unreadable == "stop":
        raise SourceReadError("\n".join(problems[:10]))
    hashes = {name: entry["hash"] for name, entry in sources.items()}
    return {"hash": fingerprint_of(hashes), "sources": sources}


def media_items_of(
    inventory: Mapping[str, Any], source: MediaSource
) -> tuple[tuple[Item, ...], Item | None, str | None]:
    """Read a source's items back from an inventory: items, manifest, problem.

    Raises:
        SourceReadError: If the inventory was taken of other sources.
    """
    try:
        entry = inventory["sources"][source.name]
        items = tuple(Item(**item) for item in entry["items"])
        manifest = entry["manifest"]
        return items, Item(**manifest) if manifest else None, entry["error"]
    except (KeyError, TypeError) as error:
        message = (
            f"source {source.name} is not in the inventory, which was taken of other "
            "sources or is damaged; take it again"
        )
        raise SourceReadError(message) from error


def _listed(source: MediaSource) -> tuple[tuple[Item, ...], Item | None, str | None]:
    if source.kind in EMBEDDED_MEDIA:
        return (_EMBEDDED[source.kind](),), None, None
    try:
        items = _files(source)
        manifest = None
        if source.manifest is not None:
            (manifest,) = list_files(manifest_source(source))
    except SourceReadError as error:
        return (), None, str(error)
    except ValueError:
        return (), None, f"source {source.name}: {source.manifest} is not one file"
    return items, manifest, None


def _files(source: MediaSource) -> tuple[Item, ...]:
    """Files of the source with an ending of its kind."""
    location = source.location or ""
    suffixes = IMAGE_SUFFIXES if source.modality == "image" else AUDIO_SUFFIXES
    is_pattern = any(mark in location for mark in _WILD)
    is_file = without_compression(location).lower().endswith(suffixes)
    if not is_pattern and not is_file:
        location = f"{location.rstrip('/')}/**"
    # Listed as texts are: where they lie is none of a file system's business.
    found = list_files(Source(name=source.name, kind="text", location=location))
    wanted = tuple(
        item
        for item in named_members(found)
        if without_compression(item.label).lower().endswith(suffixes)
    )
    if not wanted:
        message = (
            f"source {source.name}: none of {len(found)} files at {source.location} "
            f"ends in {', '.join(suffixes)}; correct "
            f"media_sources.{source.name}.location"
        )
        raise SourceReadError(message)
    return wanted
