"""What a file of an image or a recording held, or why it could not be used."""

from typing import Generic, NamedTuple, TypeVar

from taojin.core.errors import DataError

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
