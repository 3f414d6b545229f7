"""Numbers as people read them: in gate reasons, cards and reports."""

import math
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from taojin.core.estimates import Estimate

MISSING = "–"
"""Stands where a number was not measured."""

_BYTE_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_MAX_DECIMALS = 6


def estimate_of(raw: Any) -> Estimate | None:
    """Read a number, an :class:`Estimate` or its JSON form.

    A bare number becomes an estimate of zero width that rests on 0 samples.

    Returns:
        The estimate; None if ``raw`` is null, no number, or not finite.
    """
    if isinstance(raw, Estimate):
        estimate = raw
    elif isinstance(raw, Mapping):
        known = {name: raw[name] for name in Estimate.model_fields if name in raw}
        try:
            estimate = Estimate.model_validate(known, strict=True)
        except ValidationError:
            return None
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        value = float(raw) if abs(raw) <= sys.float_info.max else math.nan
        estimate = Estimate(value=value, low=value, high=value, num_samples=0)
    else:
        return None
    ends = (estimate.value, estimate.low, estimate.high)
    return estimate if all(map(math.isfinite, ends)) else None


def format_count(count: int | None) -> str:
    """Write a count with thousands separators: ``48,213``."""
    return MISSING if count is None else f"{count:,}"


def format_number(value: float | None, digits: int = 3) -> str:
    """Write a number to so many significant digits: ``1.52``, ``1,520``, ``0``."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    if not 10**-_MAX_DECIMALS <= abs(value) < 10**12:
        return f"{value:.{digits - 1}e}"
    rounded = float(f"{value:.{digits - 1}e}")
    text = f"{rounded:,.{_decimals(rounded, digits)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_bytes(num_bytes: float | None) -> str:
    """Write a size in decimal units: ``24.3 MB`` is 24.3 million bytes."""
    if num_bytes is None:
        return MISSING
    size, power = float(num_bytes), 0
    while abs(size) >= 999.5 and power < len(_BYTE_UNITS) - 1:
        size, power = size / 1000, power + 1
    unit = "byte" if num_bytes == 1 else _BYTE_UNITS[power]
    return f"{format_number(size)} {unit}"


def format_share(share: float | None) -> str:
    """Write a share of 1 as a percentage that never rounds to a false 0 or 100."""
    if share is None or not math.isfinite(share):
        return MISSING
    percent = 100 * share
    if 0 < percent < 0.1:
        return "<0.1%"
    if 99.9 < percent < 100:
        return ">99.9%"
    return f"{percent:.1f}".removesuffix(".0") + "%"


def share_of(part: float | None, whole: float | None) -> float | None:
    """Divide, or give None where there is nothing to divide."""
    return part / whole if part is not None and whole else None


def format_seconds(seconds: float | None) -> str:
    """Write a duration: ``0.8 s``, ``2 min 14 s``, ``1 h 03 min``."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    if seconds < 59.95:
        return f"{format_number(seconds, 2 if seconds < 10 else 3)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02d} min"


def format_interval(raw: Any, decimals: int | None = None) -> str:
    """Write an estimate's interval alone: ``[1.49, 1.55]``; empty if it has none."""
    estimate = estimate_of(raw)
    if estimate is None or estimate.low == estimate.value == estimate.high:
        return ""
    places = decimals_of(estimate) if decimals is None else decimals
    return f"[{_fixed(estimate.low, places)}, {_fixed(estimate.high, places)}]"


def format_estimate(raw: Any, decimals: int | None = None) -> str:
    """Write an estimate: ``1.52 [1.49, 1.55]``; the value alone at zero width.

    Args:
        raw: What :func:`estimate_of` reads.
        decimals: Of each number; null takes as many as the estimate deserves.
    """
    estimate = estimate_of(raw)
    if estimate is None:
        return MISSING
    interval = format_interval(estimate, decimals)
    if decimals is None and not interval:
        return format_number(estimate.value)
    places = decimals_of(estimate) if decimals is None else decimals
    return f"{_fixed(estimate.value, places)} {interval}".strip()


def _fixed(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}" if value else "0"


def decimals_of(estimate: Estimate) -> int:
    """Decimals that an estimate deserves: up to 3 digits, as its width bears out.

    The width of the interval shows 2 digits where that takes fewer decimals than
    3 digits of the number, and always 1.
    """
    largest = max(abs(estimate.low), abs(estimate.value), abs(estimate.high))
    width = estimate.high - estimate.low
    decimals = _decimals(largest, 3)
    if width > 0:
        decimals = max(min(decimals, _decimals(width, 2)), _decimals(width, 1))
    return min(decimals, _MAX_DECIMALS)


def _decimals(value: float, digits: int) -> int:
    """Decimals at which a number shows so many significant digits."""
    if value == 0:
        return 0
    return min(
        max(digits - 1 - math.floor(math.log10(abs(value))), 0), digits + _MAX_DECIMALS
    )
