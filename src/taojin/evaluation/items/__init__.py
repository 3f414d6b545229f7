"""What is evaluated: texts, images or recordings, from wherever they lie."""

from taojin.evaluation.items.config import ItemsConfig, Modality
from taojin.evaluation.items.item_sets import (
    ItemSet,
    Rejection,
    empty_share,
    require_same_kind,
)
from taojin.evaluation.items.read import read_items

__all__ = [
    "ItemSet",
    "ItemsConfig",
    "Modality",
    "Rejection",
    "empty_share",
    "read_items",
    "require_same_kind",
]
