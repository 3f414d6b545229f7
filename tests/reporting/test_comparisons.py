import math
from typing import Any

import pytest

from taojin.reporting.comparisons import compare, finite_estimates


def estimate(value: float, margin: float = 0.1) -> dict[str, Any]:
    return {
        "value": value,
        "low": value - margin,
        "high": value + margin,
        "num_samples": 9,
    }


@pytest.mark.parametrize(
    ("ours", "lower_is_better", "best", "outcome"),
    [
        (1.0, True, "near", "better"),
        (1.0, False, "far", "worse"),
        (2.1, True, "near", "overlap"),
        (2.6, True, "near", "worse"),
        (9.0, False, "far", "better"),
    ],
)
def test_the_best_baseline_is_the_one_to_beat(
    ours: float, lower_is_better: bool, best: str, outcome: str
) -> None:
    scores = {"model": estimate(ours), "far": estimate(3.0), "near": estimate(2.0)}
    comparison = compare(scores, "model", lower_is_better=lower_is_better)
    assert comparison is not None
    assert (comparison.baseline_name, comparison.outcome) == (best, outcome)


def test_the_gap_is_a_share_of_the_baseline() -> None:
    scores = {"model": estimate(1.5), "zlib": estimate(2.0)}
    comparison = compare(scores, "model", lower_is_better=True)
    assert comparison is not None
    assert comparison.relative_gap == 0.25


def test_a_baseline_of_zero_has_no_relative_gap() -> None:
    scores = {"model": 1.0, "nothing": 0.0}
    comparison = compare(scores, "model", lower_is_better=False)
    assert comparison is not None
    assert comparison.relative_gap == 0.0


@pytest.mark.parametrize(
    "scores",
    [
        None,
        {},
        {"model": estimate(1.0)},
        {"zlib": estimate(1.0)},
        {"model": estimate(math.nan), "zlib": estimate(1.0)},
        {"model": estimate(1.0), "zlib": None},
    ],
)
def test_without_two_numbers_there_is_nothing_to_compare(scores: Any) -> None:
    assert compare(scores, "model", lower_is_better=True) is None


def test_what_is_no_number_is_left_out() -> None:
    scores = {"good": estimate(1.0), "null": None, "words": "high", "nan": math.nan}
    assert list(finite_estimates(scores)) == ["good"]
