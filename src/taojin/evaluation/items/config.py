"""How sets of items are read."""

from typing import Literal

from pydantic import Field

from taojin.media.config import DecodingConfig

Modality = Literal["text", "image", "audio"]


class ItemsConfig(DecodingConfig):
    """How a set of items is read."""

    modality: Modality | None = None
    """What the items are; null tells it by the names of the files, which must then
    all be of one kind."""
    text_field: str = "text"
    """Column of a table, or key of a JSON object, that holds the text."""
    id_field: str | None = None
    """Column or key that names the item; null names it by its file and place."""
    max_items: int | None = Field(default=None, ge=1)
    """A random sample of so many sound items; null takes all."""
    seed: int = Field(default=0, ge=0)
    """Of the sample."""
