"""Numbers of a report as metrics that MLflow can sort runs by."""

import math
from collections.abc import Iterator, Mapping
from typing import Any


def flatten_scores(report: Mapping[str, Any], prefix: str) -> dict[str, float]:
    """Name every finite number of a nested report by its path.

    An estimate is one metric, its value, under the path of the whole; its ends are
    ``<path>.low`` and ``<path>.high``. Lists are for readers and are left out.

    Args:
        report: Nested plain values. Not changed.
        prefix: Begins each name, with a slash.
    """
    return {f"{prefix}/{path}": value for path, value in _numbers(report, "")}


def _numbers(report: Mapping[str, Any], path: str) -> Iterator[tuple[str, float]]:
    for name, value in report.items():
        place = f"{path}.{name}" if path else str(name)
        if isinstance(value, Mapping):
            yield from _estimate(value, place) or _numbers(value, place)
        elif _is_number(value):
            yield place, float(value)


def _estimate(value: Mapping[str, Any], path: str) -> list[tuple[str, float]]:
    """Read an estimate; empty if it is none."""
    if not {"value", "low", "high"} <= value.keys():
        return []
    named = {path: "value", f"{path}.low": "low", f"{path}.high": "high"}
    return [
        (name, float(value[key]))
        for name, key in named.items()
        if _is_number(value[key])
    ]


def _is_number(value: Any) -> bool:
    is_numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return is_numeric and math.isfinite(value)
