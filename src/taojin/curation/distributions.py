"""Histograms of the signals that rules judge by, with the thresholds to draw in."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taojin.core.shards import Shards
from taojin.curation.config import ThresholdRule

NUM_BINS = 40
_PERCENTILES = (0.5, 99.5)
_MARGIN = 0.08
"""Share of the range that is shown beyond a threshold where little lies beyond it."""
_FATES = ("counts_kept", "counts_dropped_here", "counts_dropped_elsewhere")


class Axis(NamedTuple):
    """Where bins, or the positions of a slider, may lie.

    Attributes:
        low: The lowest that is worth showing: a low percentile, or a threshold.
        high: The highest.
        is_log: Whether values are counts that range over orders of magnitude.
    """

    low: float
    high: float
    is_log: bool


def axis_of(rule: ThresholdRule, values: NDArray[np.float64]) -> Axis:
    """Choose the range in which to show a signal; values that are no number do not count."""
    known = values[np.isfinite(values)]
    bounds = [bound for bound in (rule.at_least, rule.at_most) if bound is not None]
    tails = np.percentile(known, _PERCENTILES) if len(known) else np.zeros(2)
    low, high = float(min(*tails, *bounds)), float(max(*tails, *bounds))
    is_count = bool(np.all(known == np.round(known))) and low >= 0
    is_log = is_count and high > 10 * max(low, 1.0)
    low, high = (max(low, 1.0), high) if is_log else (low, max(high, low))
    if high <= low:
        return Axis(low, low + 1.0, is_log=False)
    margin = (high / low) ** _MARGIN if is_log else (high - low) * _MARGIN
    if rule.at_least == low and np.any(known < low):
        low = max(low / margin, 1.0) if is_log else low - margin
    if rule.at_most == high and np.any(known > high):
        high = high * margin if is_log else high + margin
    return Axis(low, high, is_log=is_log)


def measure_distributions(
    signals: Shards,
    decisions: Shards,
    rules: Sequence[ThresholdRule],
    sample: pd.DataFrame,
) -> list[dict[str, Any]]:
    """Make one histogram a rule, over all documents.

    Args:
        signals: Measured documents; read part by part.
        decisions: In the same parts and order.
        rules: Which signals to show.
        sample: Some of the documents, with the signals; it sets the range to show.

    Returns:
        For each rule ``signal``, ``rule``, ``threshold_low``, ``threshold_high``,
        ``scale`` (``log`` or ``linear``), ``edges`` (one more than bins) and
        ``counts``, which add up to all documents: what lies beyond the outermost
        half per cent is counted in the outermost bins, and what is no number in the
        first. ``counts_kept``, ``counts_dropped_here`` (by this rule) and
        ``counts_dropped_elsewhere`` add up to ``counts``.
    """
    if not rules:
        return []
    axes = [axis_of(rule, _values(sample, rule.signal)) for rule in rules]
    edges = [_edges(axis) for axis in axes]
    counts = np.zeros((len(rules), NUM_BINS, len(_FATES)), dtype=np.int64)
    columns = list(dict.fromkeys(rule.signal for rule in rules))
    parts = zip(
        signals.tables(columns), decisions.tables(["kept", "rule"]), strict=True
    )
    for measured, decided in parts:
        kept = decided["kept"].to_numpy()
        by_rule = decided["rule"].to_pandas().to_numpy(dtype=object)
        values = {name: measured[name].to_numpy().astype(float) for name in columns}
        for index, rule in enumerate(rules):
            fate = np.where(kept, 0, np.where(by_rule == rule.name, 1, 2))
            bins = _bins(values[rule.signal], edges[index])
            cells = np.bincount(bins * len(_FATES) + fate, minlength=counts[0].size)
            counts[index] += cells.reshape(counts[0].shape)
    return [
        _describe(rule, axis, *shown)
        for rule, axis, *shown in zip(rules, axes, edges, counts, strict=True)
    ]


def _values(sample: pd.DataFrame, signal: str) -> NDArray[np.float64]:
    if signal not in sample:
        return np.zeros(0)
    return sample[signal].to_numpy(dtype=np.float64)


def _edges(axis: Axis) -> NDArray[np.float64]:
    space = np.geomspace if axis.is_log else np.linspace
    return space(axis.low, axis.high, NUM_BINS + 1)


def _bins(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    places = np.searchsorted(edges, values, side="right") - 1
    places[np.isnan(values)] = 0
    return np.clip(places, 0, NUM_BINS - 1)


def _describe(
    rule: ThresholdRule, axis: Axis, edges: Any, counts: Any
) -> dict[str, Any]:
    return {
        "signal": rule.signal,
        "rule": rule.name,
        "threshold_low": rule.at_least,
        "threshold_high": rule.at_most,
        "scale": "log" if axis.is_log else "linear",
        "edges": [round(float(edge), 6) for edge in edges],
        "counts": counts.sum(axis=1).tolist(),
        **{name: counts[:, index].tolist() for index, name in enumerate(_FATES)},
    }
