"""Whether a point lies below a curve of temperatures: better at equal diversity."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from taojin.core.errors import DataError


class CurvePoint(NamedTuple):
    """A set of samples as a point in a plane.

    Attributes:
        diversity: Any measure of how varied they are, the same for all points.
        score: Any measure of which less is better.
    """

    diversity: float
    score: float


def excess_over_curve(curve: Sequence[CurvePoint], point: CurvePoint) -> float | None:
    """Score of a point minus that of the curve at the same diversity.

    Below 0 the point lies below the curve, which is linear between its points.

    Args:
        curve: Of one model at several temperatures, at least two.
        point: Of another one.

    Returns:
        None where the curve does not reach that diversity: nothing is extrapolated.

    Raises:
        DataError: If the curve has fewer than two points.
    """
    if len(curve) <= 1:
        message = f"a curve of {len(curve)} points; sample at 2 temperatures at least"
        raise DataError(message)
    ordered = sorted(curve)
    places = np.array([one.diversity for one in ordered])
    if not places[0] <= point.diversity <= places[-1]:
        return None
    scores = np.array([one.score for one in ordered])
    return point.score - float(np.interp(point.diversity, places, scores))
