"""A number with its uncertainty: the only form in which results are reported."""

from pydantic import Field

from taojin.core.config import StageConfig


class Estimate(StageConfig):
    """A measured value with an interval.

    Attributes:
        value: The point estimate.
        low: Lower end of the interval.
        high: Upper end of the interval.
        num_samples: How many independent units (documents, examples) it rests on.
        confidence: Nominal coverage of the interval.
    """

    value: float
    low: float
    high: float
    num_samples: int = Field(ge=0)
    confidence: float = Field(default=0.95, gt=0.0, lt=1.0)
