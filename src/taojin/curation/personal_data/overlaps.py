"""Settle which of several findings gets the characters that both claim."""

from bisect import bisect_right
from collections.abc import Iterable

Extent = tuple[int, int]
"""Start and end of a finding."""


def free_extents(found: Iterable[Extent], taken: list[Extent]) -> list[Extent]:
    """Leave out what overlaps anything taken before, or a finding that starts earlier.

    Args:
        found: In any order.
        taken: Sorted, not overlapping each other.
    """
    free: list[Extent] = []
    for extent in sorted(found):
        if _is_free(extent, taken) and (not free or free[-1][1] <= extent[0]):
            free.append(extent)
    return free


def _is_free(extent: Extent, taken: list[Extent]) -> bool:
    start, end = extent
    place = bisect_right(taken, extent)
    starts_after = place == 0 or taken[place - 1][1] <= start
    ends_before = place == len(taken) or end <= taken[place][0]
    return starts_after and ends_before
