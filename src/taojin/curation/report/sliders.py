"""Positions of a slider over a signal, and where documents lie between them.

A document is placed by one byte, which answers for every position whether the
signal lies below, at or above it. So what a page works out from these bytes is
exactly what the rule decides, though no value is in the page.
"""

import math

import numpy as np
from numpy.typing import NDArray

from taojin.curation.config import ThresholdRule
from taojin.curation.distributions import axis_of

_NUM_STEPS = 80
_NUM_TAIL_STEPS = 15
UNJUDGED = 255
"""Place of a document that the rule does not judge: it passes at any position."""


def slider_positions(rule: ThresholdRule, values: NDArray[np.float64]) -> list[float]:
    """Choose thresholds that a person may want to try, ascending.

    They are round numbers over the range that its histogram shows, the rule's own
    bounds, and some of what lies beyond these; fewer than 127.

    Args:
        rule: Its signal and bounds.
        values: Measured values of the signal.
    """
    axis = axis_of(rule, values)
    if axis.is_log:
        counts = np.geomspace(axis.low, axis.high, _NUM_STEPS)
        points = {float(f"{round(count):.2g}") for count in counts}
    else:
        step = _round_step((axis.high - axis.low) / _NUM_STEPS)
        first, last = math.floor(axis.low / step), math.ceil(axis.high / step)
        points = {float(f"{k * step:.10g}") for k in range(first, last + 1)}
    bounds = {bound for bound in (rule.at_least, rule.at_most) if bound is not None}
    return sorted(points | bounds | _tail(rule, values))


def _tail(rule: ThresholdRule, values: NDArray[np.float64]) -> set[float]:
    """Values among those that a bound cuts off now, to try how many would return."""
    known = values[np.isfinite(values)]
    low = known if rule.at_least is None else known[known < rule.at_least]
    high = known if rule.at_most is None else known[known > rule.at_most]
    shares = np.linspace(0, 1, _NUM_TAIL_STEPS)
    return {
        float(f"{value:.3g}")
        for bound, cut in ((rule.at_least, low), (rule.at_most, high))
        if bound is not None and len(cut)
        for value in np.quantile(cut, shares)
    }


def place(
    values: NDArray[np.float64], positions: list[float], judged: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Place values among positions, ascending and fewer than 127.

    Returns:
        2 i + 1 for a value that equals position i, 2 i for one just below it, twice
        the number of positions for one above all; :data:`UNJUDGED` where ``judged``
        is false or the value is no number.
    """
    points = np.array(positions)
    below = np.searchsorted(points, values, side="left")
    is_at = np.searchsorted(points, values, side="right") > below
    places = (2 * below + is_at).astype(np.uint8)
    places[~judged | np.isnan(values)] = UNJUDGED
    return places


def _round_step(rough: float) -> float:
    """The next of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
