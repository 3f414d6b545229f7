"""Features of items: what every distance between sets of items is computed on."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from taojin.core.errors import DataError

_TABLE = 2


@dataclass(frozen=True)
class FeatureTable:
    """Features of a set of items, and what made them.

    Attributes:
        values: ``[items, dims]``, finite, one row an item; not to be written to.
        extractor: Fingerprint of what made them. Tables of different ones are never
            compared.

    Raises:
        DataError: If the values are no table, hold no item or no feature, or are not
            all finite.
    """

    values: NDArray[np.float64]
    extractor: str

    def __post_init__(self) -> None:
        values = np.array(self.values, dtype=np.float64)
        if values.ndim != _TABLE:
            message = f"features have shape {values.shape}; [items, dims] is needed"
            raise DataError(message)
        if not values.size:
            message = (
                f"a table of {len(values)} items with {values.shape[1]} features is "
                "empty; nothing was generated or read, or the extractor gives nothing"
            )
            raise DataError(message)
        _require_finite(values, self.extractor)
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def num_dims(self) -> int:
        """How many features an item has."""
        return self.values.shape[1]


class FeatureExtractor(Protocol):
    """What turns items of one kind into features."""

    @property
    def fingerprint(self) -> str:
        """Hash of all that its features depend on, weights and settings."""
        ...

    def extract(self, items: Any) -> FeatureTable:
        """Features, a row an item, in order.

        A row depends on its item alone: neither on the other items nor on how many
        are computed at once.
        """
        ...


def require_same_extractor(*tables: FeatureTable | None) -> str:
    """Check that tables can be compared, and return who made them all.

    Raises:
        DataError: If their extractors or numbers of features differ.
    """
    given = [table for table in tables if table is not None]
    names = list(dict.fromkeys(table.extractor for table in given))
    if len(names) > 1:
        message = (
            f"features of {' and of '.join(names)} are not comparable; extract both "
            "sets with one extractor"
        )
        raise DataError(message)
    sizes = sorted({table.num_dims for table in given})
    if len(sizes) > 1:
        message = f"tables of {names[0]} have {sizes} features; they must have as many"
        raise DataError(message)
    return names[0]


def canonical_rows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same rows in an order that depends on their content alone.

    What is computed of them, rounding and random draws included, then cannot depend
    on the order in which the items came.
    """
    rows = np.ascontiguousarray(values) + 0.0  # minus zero becomes zero
    keys = [row.tobytes() for row in rows]
    return rows[sorted(range(len(rows)), key=keys.__getitem__)]


def _require_finite(values: NDArray[np.float64], extractor: str) -> None:
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        message = (
            f"features of {len(bad)} of {len(values)} items are not finite numbers, "
            f"e.g. of items {bad[:5].tolist()}; the extractor {extractor} is at fault, "
            "they are not left out"
        )
        raise DataError(message)
