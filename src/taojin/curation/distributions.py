"""Histograms of the signals that rules judge by, with the thresholds to draw in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.core.shards import Shards
from taojin.curation.config import ThresholdRule
from taojin.curation.signal_schema import COUNT_SIGNALS

NUM_BINS = 40
_PERCENTILES = (0.5, 99.5)


def measure_distributions(
    signals: Shards, rules: Sequence[ThresholdRule]
) -> list[dict[str, Any]]:
    """Make one histogram a rule, over all documents.

    Returns:
        For each rule ``signal``, ``rule``, ``threshold_low``, ``threshold_high``,
        ``scale`` (``log`` or ``linear``), ``edges`` (one more than bins) and
        ``counts``, which add up to all documents: what lies beyond the outermost
        half per cent is counted in the outermost bins.
    """
    if not rules:
        return []
    table = signals.read(list(dict.fromkeys(rule.signal for rule in rules)))
    return [
        _measure(rule, table[rule.signal].to_numpy().astype(np.float64))
        for rule in rules
    ]


def _measure(rule: ThresholdRule, values: NDArray[np.float64]) -> dict[str, Any]:
    bounds = [bound for bound in (rule.at_least, rule.at_most) if bound is not None]
    tails = np.percentile(values, _PERCENTILES) if len(values) else np.zeros(2)
    low, high = min(*tails, *bounds), max(*tails, *bounds)
    is_log = rule.signal in COUNT_SIGNALS and high > 10 * max(low, 1.0)
    if is_log:
        low = max(low, 1.0)
        edges = np.geomspace(low, high, NUM_BINS + 1)
    else:
        edges = np.linspace(low, high if high > low else low + 1.0, NUM_BINS + 1)
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return {
        "signal": rule.signal,
        "rule": rule.name,
        "threshold_low": rule.at_least,
        "threshold_high": rule.at_most,
        "scale": "log" if is_log else "linear",
        "edges": [round(float(edge), 6) for edge in edges],
        "counts": [int(count) for count in counts],
    }
