"""Find the files of a source, on any file system that fsspec knows."""

import posixpath
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import fsspec

from taojin.core.errors import SourceReadError
from taojin.core.records import Source
from taojin.ingestion.candidates import Item
from taojin.ingestion.streams import READ_ERRORS, without_compression

SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "csv": (".csv", ".tsv"),
    "parquet": (".parquet", ".pq"),
    "text": (".txt", ".md", ".markdown"),
    "html": (".html", ".htm", ".xhtml"),
    "warc": (".warc", ".wet"),
}
"""Endings of the files that belong to a kind, before that of a compression. They
choose among the files of a folder; a file that is named outright is read anyhow."""

_WILD = "*?["

_IDENTITY_KEYS = (
    "ETag",
    "etag",
    "md5Hash",
    "checksum",
    "generation",
    "LastModified",
    "last_modified",
    "updated",
    "mtime",
    "created",
)
"""What file systems call the mark that changes with a file's content, best first."""


def list_files(source: Source) -> tuple[Item, ...]:
    """List the files that a source's location matches, in order of their labels.

    Raises:
        SourceReadError: If nothing matches, or the place cannot be reached.
    """
    location = source.location or ""
    try:
        items = _list(location, SUFFIXES[source.kind])
    except (*READ_ERRORS, ValueError) as error:
        message = (
            f"source {source.name}: {location} cannot be listed: "
            f"{type(error).__name__}: {error}; correct sources.{source.name}.location "
            "or see that it can be reached"
        )
        raise SourceReadError(message) from error
    if not items:
        wanted = ", ".join(SUFFIXES[source.kind])
        message = (
            f"source {source.name}: {location} matches no file (of a folder, files "
            f"ending in {wanted} are read, also compressed); put files there or "
            f"correct sources.{source.name}.location"
        )
        raise SourceReadError(message)
    return items


def _list(location: str, suffixes: tuple[str, ...]) -> tuple[Item, ...]:
    system, path = fsspec.core.url_to_fs(location)
    root = path.rstrip("/")
    if any(mark in path for mark in _WILD) and not system.exists(path):
        found = system.glob(path, detail=True)
        root = _fixed_part(path)
        wanted = [name for name in found if not _is_hidden(name, root)]
    elif system.isdir(path):
        found = system.find(path, detail=True)
        wanted = [
            name
            for name in found
            if not _is_hidden(name, root)
            and without_compression(name).lower().endswith(suffixes)
        ]
    else:
        found = {root: system.info(path)}
        wanted, root = [root], posixpath.dirname(root)
    items = [
        Item(
            path=_full_path(system, location, name),
            label=posixpath.relpath(name, root or "/"),
            size=found[name].get("size"),
            identity=_identity(found[name]),
        )
        for name in wanted
        if found[name].get("type") != "directory"
    ]
    return tuple(sorted(items, key=lambda item: item.label))


def _fixed_part(pattern: str) -> str:
    """Return the folder above the first wild card."""
    steps = pattern.split("/")
    first = next(index for index, step in enumerate(steps) if set(step) & set(_WILD))
    return "/".join(steps[:first])


def _is_hidden(name: str, root: str) -> bool:
    """Tell files that tools leave behind (.DS_Store, _SUCCESS) from content."""
    inner = name[len(root) :].strip("/")
    return any(step.startswith((".", "_")) for step in inner.split("/"))


def _full_path(system: Any, location: str, name: str) -> str:
    chain = location.rsplit("::", 1)
    if len(chain) == 2:  # zip://*.txt::s3://bucket/archive.zip
        return f"{location.split('://', 1)[0]}://{name}::{location.split('::', 1)[1]}"
    local = "file" in system.protocol or "local" in system.protocol
    return name if local else system.unstrip_protocol(name)


def _identity(info: Mapping[str, Any]) -> str:
    for key in _IDENTITY_KEYS:
        mark = info.get(key)
        if mark is not None:
            words = mark.isoformat() if isinstance(mark, datetime) else str(mark)
            return f"{key}={words}"
    return ""
