"""How much a measure loses when the world shifts."""

from typing import Self

from pydantic import Field, field_validator

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError
from taojin.core.estimates import Estimate
from taojin.evaluation.comparison.corrections import Correction
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.scores import Axis, Direction, Score


class RobustnessConfig(StageConfig):
    """Which shifts are tried how hard."""

    strengths: tuple[float, ...] = (0.25, 0.5, 1.0)
    """Strengths of each shift, rising, each above 0 and at most 1."""
    intervals: IntervalConfig = IntervalConfig()
    """What is found is found at one less the confidence."""
    correction: Correction = "holm"
    """Over all shifts and strengths together."""
    num_groups: int = Field(default=10, ge=5)
    """A measure that gives a score, and no value an item, is taken again without each
    of so many groups of items."""
    seed: int = Field(default=0, ge=0)
    """Seeds what the shifts change."""

    @field_validator("strengths")
    @classmethod
    def _rise(cls, strengths: tuple[float, ...]) -> tuple[float, ...]:
        rising = tuple(sorted(set(strengths)))
        if not strengths or strengths != rising or not 0 < rising[0] <= rising[-1] <= 1:
            message = (
                f"strengths are {strengths}; needed is at least one, rising, each above "
                "0 and at most 1"
            )
            raise ValueError(message)
        return strengths


class Quantity(StageConfig):
    """What values of items are."""

    name: str
    """Such as ``accuracy``."""
    axis: Axis
    better: Direction
    extractor: str | None = None
    """Fingerprint of what made features of the items, where that was needed."""

    def sign(self) -> float:
        """Give what turns a value so that more is better: 1 or -1.

        Raises:
            ConfigurationError: If the best is in the middle, which no item shows.
        """
        if self.better == "like_real":
            message = (
                f"{self.name} wants to be like that of real items, which a value of "
                "one item does not show; give a measure that returns a score"
            )
            raise ConfigurationError(message)
        return 1.0 if self.better == "higher" else -1.0


class Drop(StageConfig):
    """What one shift at one strength costs."""

    shift: str
    strength: float
    before: Estimate
    """The measure on the items as they are, or on the rest of the groups."""
    after: Estimate
    """The measure on the shifted items, or on the group."""
    score: Score
    """How much worse: positive is a loss, whichever side of the measure is good."""
    p_value: float = Field(ge=0.0, le=1.0)
    """Of no drop, two-sided."""
    adjusted_p_value: float = Field(default=1.0, ge=0.0, le=1.0)
    """Corrected for all shifts and strengths."""
    is_found: bool = False
    """Whether the corrected p-value tells the drop, or gain, from none."""

    def decided(self, adjusted_p_value: float) -> Self:
        """Give the same drop with its corrected p-value."""
        level = 1.0 - self.score.estimate.confidence
        return self.model_copy(
            update={
                "adjusted_p_value": adjusted_p_value,
                "is_found": adjusted_p_value <= level,
            }
        )


def require_quantity(quantity: Quantity | None) -> Quantity:
    """Check that values of items are named.

    Raises:
        ConfigurationError: If not.
    """
    if quantity is None:
        message = (
            "robustness: the measure gives a value an item; say what it is by "
            "quantity=Quantity(name=..., axis=..., better=...)"
        )
        raise ConfigurationError(message)
    return quantity
