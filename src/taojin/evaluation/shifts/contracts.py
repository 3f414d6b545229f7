"""What a shift is: the same items, as another world would hand them over."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np

from taojin.core.errors import ConfigurationError
from taojin.core.randomness import generator

Item = TypeVar("Item")


class Shift(Protocol[Item]):
    """Changes items more or less; gives new ones, as many, in the same order.

    What happens to an item depends on the item, the strength and the seed, and on no
    other item. Strength 0 leaves everything as it is, to the bit; what a strength
    changes, a higher one changes too.
    """

    def __call__(
        self, items: Sequence[Item], strength: float, seed: int, /
    ) -> list[Item]:
        """Shift items; a strength lies in 0 to 1."""
        ...


Shifts = Mapping[str, Shift[Item]]
"""Shifts by name; a name is a stable word."""


def require_strength(strength: float) -> None:
    """Check a strength.

    Raises:
        ConfigurationError: If it is not in 0 to 1.
    """
    if not 0.0 <= strength <= 1.0:
        message = f"shifts: strength is {strength}; it must lie between 0 and 1"
        raise ConfigurationError(message)


def item_key(item: object) -> str:
    """Name an item by what it holds: equal items have equal names."""
    if isinstance(item, str):
        return item
    if isinstance(item, np.ndarray):
        digest = hashlib.blake2b(np.ascontiguousarray(item).tobytes(), digest_size=16)
        return f"{item.dtype}{item.shape}{digest.hexdigest()}"
    return repr(item)


def item_generator(seed: int, shift: str, item: object) -> np.random.Generator:
    """Make the generator of one item, which no other item disturbs."""
    return generator(seed, "shift", shift, item_key(item))
