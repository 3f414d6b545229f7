"""What an audit hands back, and shares of items as scores."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.evaluation.intervals import proportion
from taojin.evaluation.scores import Direction, Score, require_items

_POWER = 0.8


class AuditResult(StageConfig):
    """Scores of one audit and what they rest on; all of it goes into JSON."""

    scores: tuple[Score, ...]
    facts: dict[str, Any] = Field(default_factory=dict)
    """Numbers that are no scores: counts, the longest copy."""
    tables: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    """Rows by name of the table, such as copies by source and licence."""
    warnings: tuple[str, ...] = ()
    """Why a score may not mean what it seems to."""

    def score(self, name: str) -> Score:
        """Return the score of a name.

        Raises:
            KeyError: If there is none.
        """
        for score in self.scores:
            if score.name == name:
                return score
        raise KeyError(name)


def require_long_enough(
    metric: str, num_long: int, num_given: int, needed: str
) -> None:
    """Check that something is long enough to be looked for.

    Raises:
        DataError: If not; the message says what is needed.
    """
    if num_long == 0:
        message = (
            f"{metric}: none of {num_given} generated items has {needed}, which is the "
            "least that is looked for; generate longer ones, or lower it"
        )
        raise DataError(message)


def share_score(
    name: str,
    flags: Sequence[bool] | NDArray[np.bool_],
    real_flags: Sequence[bool] | NDArray[np.bool_] | None,
    confidence: float,
    better: Direction = "lower",
) -> Score:
    """Score the share of generated items that something was found in.

    Args:
        name: Of the score.
        flags: Whether it was found, one truth value a generated item.
        real_flags: The same of real items; what is usual. Null or empty: unknown.
        confidence: Coverage of the intervals, which are Clopper and Pearson's.
        better: Which values are good.

    Raises:
        DataError: If there are no generated items.
    """
    require_items(name, len(flags), 1)
    null, min_detectable = None, None
    if real_flags is not None and len(real_flags):
        null = proportion(
            int(np.sum(real_flags)), len(real_flags), confidence, "clopper_pearson"
        )
        min_detectable = min_detectable_share(
            null.value, len(flags), len(real_flags), confidence
        )
    return Score(
        name=name,
        axis="legality",
        better=better,
        estimate=proportion(
            int(np.sum(flags)), len(flags), confidence, "clopper_pearson"
        ),
        null=null,
        min_detectable=min_detectable,
        num_generated=len(flags),
        num_real=0 if real_flags is None else len(real_flags),
    )


def min_detectable_share(
    null: float, num_generated: int, num_real: int, confidence: float = 0.95
) -> float:
    """Smallest rise of a share that is found four times in five.

    By the difference of arcsine roots (Cohen 1988, chapter 6), whose variance hardly
    depends on the share. At most what is left above the null.

    Args:
        null: Share among real items, in [0, 1].
        num_generated: Generated items.
        num_real: Real items.
        confidence: One less the level of the test, which has two sides.
    """
    angle = math.asin(math.sqrt(null))
    effect = detectable_deviations(confidence) * math.sqrt(
        1 / num_generated + 1 / num_real
    )
    return math.sin(min(math.pi / 2, angle + effect / 2)) ** 2 - null


def detectable_deviations(confidence: float) -> float:
    """Standard deviations from the null that a test finds four times in five."""
    normal = NormalDist()
    return normal.inv_cdf((1 + confidence) / 2) + normal.inv_cdf(_POWER)
