"""What readers yield: records found in a source, not judged yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from taojin.core.records import FieldMapping

MAX_DETAIL_CHARS = 200


@dataclass(frozen=True, slots=True)
class Portion:
    """Consecutive records of a file.

    Attributes:
        first: The first row group of a Parquet file, or byte of a file of lines.
        end: The one after the last.
        position: How many records of the file come before.
    """

    first: int
    end: int
    position: int


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a reader opens: a file, or an installed distribution.

    Attributes:
        path: A full fsspec URL or path, or the name of a distribution.
        label: Its name inside the source; the same on every machine.
        size: Bytes as stored (a distribution: bytes of text expected); None if the
            file system does not tell.
        identity: Changes when the content changes: checksum, ETag or time.
        portion: What to read of it; null is all.
    """

    path: str
    label: str
    size: int | None
    identity: str
    portion: Portion | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record as found. Values come from outside: any type, any content."""

    text: Any
    uri: str
    position: int | None = None
    title: Any = None
    licence: Any = None
    language: Any = None
    created_at: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that cannot become a document.

    Attributes:
        reason: One of :data:`taojin.core.records.REJECTION_REASONS`.
        detail: What was found.
        uri: The file.
        position: Which record of the file, from 0; None if the file is the record.
    """

    reason: str
    detail: str
    uri: str
    position: int | None = None


Found = Candidate | Refusal


def locate(label: str, position: int, own_uri: str | None = None) -> str:
    """Name the place of a record, unlike every other of its source.

    An address that the record brings along comes first and the place where it was
    read follows as a fragment: a page that was crawled twice is two records.
    """
    return f"{own_uri}#{label}:{position}" if own_uri else f"{label}#{position}"


def map_fields(
    record: Mapping[str, Any], mapping: FieldMapping, label: str, position: int
) -> Found:
    """Read a record's fields by their names; the others become its metadata.

    A name may lead into nested objects (``meta.url``), unless a field has that
    very name.
    """
    if not _has(record, mapping.text):
        names = ", ".join(str(name) for name in list(record)[:10])
        detail = f"no field {mapping.text!r}; the record has: {names}"
        return Refusal("bad_field", detail, label, position)
    named = {name: name_of for name, name_of in mapping if name_of is not None}
    values = {name: _lookup(record, name_of) for name, name_of in named.items()}
    own_uri = values.pop("uri", None)
    used = {name_of for name_of in named.values() if name_of in record}
    return Candidate(
        **values,
        uri=locate(label, position, None if own_uri is None else str(own_uri)),
        position=position,
        metadata={name: value for name, value in record.items() if name not in used},
    )


def _has(record: Mapping[str, Any], name: str) -> bool:
    return name in record or _lookup(record, name) is not None


def _lookup(record: Mapping[str, Any], name: str) -> Any:
    if name in record or "." not in name:
        return record.get(name)
    outer, inner = name.split(".", 1)
    nested = record.get(outer)
    return _lookup(nested, inner) if isinstance(nested, Mapping) else None
