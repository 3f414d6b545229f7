"""What every metric returns: a value that can be read without its code.

A number alone says little: beside it stand its interval, what real text, images or
audio get when they are compared with other real ones, and how small a difference the
number of items can show. A score remembers which features it was computed on; scores
on different ones are not comparable, whatever their names.
"""

from typing import Literal

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.core.estimates import Estimate

Axis = Literal["diversity", "realism", "legality", "usability"]
"""What a score speaks about: 多样性, 逼真性, 合法性, 可用性."""
Direction = Literal["higher", "lower", "like_real"]
"""Which values are good; ``like_real``: as near as possible to those of real items."""


class Score(StageConfig):
    """One metric of one set of generated items beside a set of real ones."""

    name: str
    """Such as ``kernel_distance``; the same whatever is judged."""
    axis: Axis
    better: Direction
    estimate: Estimate
    """The value, with its interval."""
    null: Estimate | None = None
    """What real items get against other real items, at the same numbers; the value of a
    perfect generator. Null where the metric looks at generated items alone."""
    min_detectable: float | None = Field(default=None, ge=0.0)
    """Smallest difference from the null that the numbers of items would show four times
    in five; null where there is no null to differ from."""
    extractor: str | None = None
    """Fingerprint of what made features of the items; null where none are needed."""
    num_generated: int = Field(ge=0)
    num_real: int = Field(default=0, ge=0)


def require_comparable(first: Score, second: Score) -> None:
    """Check that two scores measure the same thing.

    Raises:
        DataError: If their metrics or the extractors of their features differ.
    """
    if first.name != second.name:
        message = f"{first.name} and {second.name} are different metrics"
        raise DataError(message)
    if first.extractor != second.extractor:
        message = (
            f"{first.name} was computed on features of {first.extractor} and of "
            f"{second.extractor}, and such scores are not comparable; compute both with "
            "one extractor"
        )
        raise DataError(message)


def require_items(
    metric: str, num_found: int, num_needed: int, side: str = "generated"
) -> None:
    """Check that there are enough items for a metric.

    Raises:
        DataError: If not; the message says how many are needed.
    """
    if num_found < num_needed:
        message = (
            f"{metric}: {num_found} {side} items, and at least {num_needed} are "
            "needed; give more, or leave the metric out"
        )
        raise DataError(message)
