"""What a file of an image or a recording held, or why it could not be used."""

import io
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from taojin.core.errors import DataError
from taojin.media.config import FileLimits

Item = TypeVar("Item")

EMPTY = "empty"
"""Reason of an item with nothing in it: no text but white space, no sample."""


class Decoded(NamedTuple, Generic[Item]):
    """What a file held.

    Attributes:
        item: The image or recording.
        notes: Stable words for what had to be done to it, or is remarkable.
    """

    item: Item
    notes: tuple[str, ...]


class RejectedItemError(DataError):
    """A file holds no item that can be used; becomes a recorded rejection."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail[:200]


def require_size(source: Path | bytes, config: FileLimits) -> None:
    """Check that a file, or its content, is neither empty nor too large.

    Raises:
        RejectedItemError: If it is.
    """
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size == 0:
        raise RejectedItemError(EMPTY, "the file has no bytes")
    if size > config.max_file_megabytes * 1e6:
        raise RejectedItemError("too_large", f"{size} bytes")


def opened(source: Path | bytes) -> Path | io.BytesIO:
    """What a decoder reads from: the file, or its content as a stream."""
    return io.BytesIO(source) if isinstance(source, bytes) else source
