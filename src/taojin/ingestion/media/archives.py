"""Members of archives: ``zip://inner::/path/to/outer.zip``, opened once a process."""

import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import fsspec

from taojin.ingestion.candidates import Item
from taojin.ingestion.streams import open_stream, read_at_most

_CHAIN = "::"


def read_content(item: Item, max_bytes: int) -> bytes | None:
    """Read a file, or a member of an archive; None if it is longer than allowed.

    Raises:
        OSError: If it cannot be opened, and what else
            :data:`taojin.ingestion.streams.READ_ERRORS` names.
    """
    if _CHAIN not in item.path:
        with open_stream(item.path) as stream:
            return read_at_most(stream, max_bytes)
    member, archive = item.path.split(_CHAIN, 1)
    protocol, inner = member.split("://", 1)
    with _archive(protocol, archive, item.identity).open(inner, "rb") as stream:
        return read_at_most(stream, max_bytes)


def named_members(items: tuple[Item, ...]) -> Iterator[Item]:
    """Name members by their place in the archive, and date them by the archive.

    An archive tells neither the place that its members' names are relative to nor
    when they changed.
    """
    identities: dict[str, str] = {}
    for item in items:
        if _CHAIN not in item.path:
            yield item
            continue
        member, archive = item.path.split(_CHAIN, 1)
        if archive not in identities:
            identities[archive] = _identity(archive)
        label = member.split("://", 1)[1].lstrip("/")
        yield replace(item, label=label, identity=identities[archive])


@functools.lru_cache(maxsize=8)
def _archive(protocol: str, archive: str, identity: str) -> Any:
    del identity  # an archive that was replaced is opened anew
    # To open it anew for each of its members would read its table as many times.
    return fsspec.core.url_to_fs(f"{protocol}://{_CHAIN}{archive}")[0]


def _identity(archive: str) -> str:
    system, path = fsspec.core.url_to_fs(archive)
    return f"ukey={system.ukey(path)}"
