import math
from typing import Any

import pytest

from taojin.core.estimates import Estimate
from taojin.core.numbers import (
    MISSING,
    estimate_of,
    format_bytes,
    format_count,
    format_estimate,
    format_interval,
    format_number,
    format_seconds,
    format_share,
    share_of,
)


def estimate(value: float, low: float, high: float) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "num_samples": 9}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.25, "-0.25"),
        (1.524, "1.52"),
        (152.6, "153"),
        (1526.7, "1,530"),
        (999.9, "1,000"),
        (0.00123, "0.00123"),
        (1e-9, "1.00e-09"),
        (3e14, "3.00e+14"),
        (math.nan, MISSING),
        (math.inf, MISSING),
        (None, MISSING),
    ],
)
def test_numbers_have_three_significant_digits(value: float | None, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("num_bytes", "text"),
    [
        (None, MISSING),
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (999_999, "1 MB"),
        (24_341_000, "24.3 MB"),
        (5e18, "5,000 PB"),
    ],
)
def test_sizes_take_the_unit_that_fits(num_bytes: float | None, text: str) -> None:
    assert format_bytes(num_bytes) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0%"),
        (1e-9, "<0.1%"),
        (0.031, "3.1%"),
        (0.5, "50%"),
        (0.99999, ">99.9%"),
        (1, "100%"),
        (None, MISSING),
        (math.nan, MISSING),
    ],
)
def test_shares_never_round_to_a_false_none_or_all(
    share: float | None, text: str
) -> None:
    assert format_share(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.8, "0.8 s"),
        (9.96, "10 s"),
        (59.97, "1 min 00 s"),
        (134, "2 min 14 s"),
        (3780, "1 h 03 min"),
        (None, MISSING),
    ],
)
def test_durations_read_as_people_say_them(seconds: float | None, text: str) -> None:
    assert format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (estimate(1.523, 1.491, 1.552), "1.52 [1.49, 1.55]"),
        (estimate(0, 0, 0.018), "0 [0, 0.018]"),
        (estimate(0.006, 0.004, 0.008), "0.0060 [0.0040, 0.0080]"),
        (estimate(12345, 12000, 13000), "12,345 [12,000, 13,000]"),
        (estimate(2.34567, 2.3456, 2.3458), "2.3457 [2.3456, 2.3458]"),
        (estimate(3, 3, 3), "3"),
        (estimate(math.nan, 0, 1), MISSING),
        (0.5, "0.5"),
        (None, MISSING),
        ("0.5", MISSING),
        (True, MISSING),
        ({"value": 1.0}, MISSING),
        ({"value": "1", "low": 0, "high": 2, "num_samples": 3}, MISSING),
    ],
)
def test_estimates_show_value_and_interval(raw: Any, text: str) -> None:
    assert format_estimate(raw) == text


def test_decimals_can_be_shared_by_a_column() -> None:
    assert format_estimate(estimate(0.006, 0.004, 0.008), 3) == "0.006 [0.004, 0.008]"
    assert format_estimate(2.0, 2) == "2.00"


def test_a_number_without_width_has_no_interval() -> None:
    assert format_interval(0.5) == ""
    assert format_interval(estimate(1.5, 1.4, 1.6)) == "[1.40, 1.60]"


def test_an_estimate_is_read_back_from_its_json() -> None:
    original = Estimate(value=1.0, low=0.5, high=2.0, num_samples=3, confidence=0.9)
    assert estimate_of(original.model_dump()) == original
    assert estimate_of(original) is original


def test_keys_that_do_not_belong_to_an_estimate_are_passed_over() -> None:
    assert estimate_of(estimate(1, 0, 2) | {"unit": "nats"}) is not None


def test_a_huge_integer_is_no_measurement() -> None:
    assert estimate_of(10**400) is None


def test_nothing_divided_by_nothing_is_missing() -> None:
    assert share_of(0, 0) is None
    assert share_of(None, 3) is None
    assert share_of(1, 4) == 0.25


def test_counts_have_thousands_separators() -> None:
    assert format_count(48213) == "48,213"
    assert format_count(None) == MISSING
