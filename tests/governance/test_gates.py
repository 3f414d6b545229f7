import copy
import json
import math
from typing import Any

import pytest
from pydantic import ValidationError

from taojin.governance.gates import GateConfig, GateRule, decide_release

METRIC = "evaluation.score"


def estimate(value: float, low: float, high: float, num: int = 100) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "num_samples": num}


def judge(
    score: Any, others: dict[str, Any] | None = None, **rule: Any
) -> dict[str, Any]:
    """Judge one rule over one score."""
    config = GateConfig(rules=(GateRule(name="rule", metric=METRIC, **rule),))
    reports = {"evaluation": {"score": score, **(others or {})}}
    return decide_release(reports, config)["rules"][0]


@pytest.mark.parametrize(
    ("limit", "passed"),
    [
        ({"at_most": 0.6}, True),
        ({"at_most": 0.55}, False),
        ({"at_most": 0.55, "bound": "value"}, True),
        ({"at_most": 0.45, "bound": "low"}, True),
        ({"at_least": 0.4}, True),
        ({"at_least": 0.45}, False),
        ({"at_least": 0.45, "bound": "value"}, True),
        ({"at_least": 0.6, "bound": "high"}, True),
    ],
)
def test_the_pessimistic_end_must_keep_the_limit_unless_another_is_named(
    limit: dict[str, Any], passed: bool
) -> None:
    assert judge(estimate(0.5, 0.4, 0.6), **limit)["passed"] is passed


@pytest.mark.parametrize(
    ("score", "limit", "passed"),
    [
        (3, {"at_most": 3}, True),
        (3.01, {"at_most": 3}, False),
        (3, {"at_least": 3}, True),
        (-2, {"at_least": -1}, False),
    ],
)
def test_the_limit_itself_passes(
    score: float, limit: dict[str, Any], passed: bool
) -> None:
    rule = judge(score, **limit)
    assert rule["passed"] is passed
    assert rule["bound_used"] == "value"


@pytest.mark.parametrize(
    "score",
    [
        None,
        math.nan,
        math.inf,
        "0.1",
        True,
        [],
        {},
        {"value": None, "low": 0, "high": 1, "num_samples": 5},
        {"value": 0.1},
        estimate(math.nan, 0, 1),
        estimate(0.1, -math.inf, 0.2),
        estimate(0.1, 0.2, 0.3),
        estimate(0.1, 0.3, 0.0),
        estimate(0.1, 0.0, 0.2, num=0),
    ],
)
def test_what_is_no_sound_measurement_fails_with_a_reason(score: Any) -> None:
    rule = judge(score, at_most=10)
    assert rule["passed"] is False
    assert METRIC in rule["reason"]
    assert rule["value"] is None
    json.dumps(rule, allow_nan=False)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("evaluation.scroe", "did you mean 'score'?"),
        ("evaluatoin.score", "did you mean 'evaluation'?"),
        ("evaluation.missing.deep", "evaluation has no"),
        ("evaluation.tasks.topic", "evaluation.tasks is null"),
        ("evaluation.score.value.deep", "nothing below evaluation.score.value"),
    ],
)
def test_a_path_to_nothing_fails_and_says_what_there_is(path: str, words: str) -> None:
    config = GateConfig(rules=(GateRule(name="rule", metric=path, at_most=1),))
    reports = {"evaluation": {"score": estimate(0, 0, 0), "tasks": None}}
    rule = decide_release(reports, config)["rules"][0]
    assert rule["passed"] is False
    assert words in rule["reason"]


def test_a_reason_stays_short_in_a_large_report() -> None:
    rule = GateRule(name="rule", metric="evaluation.nothing", at_most=1)
    reports = {"evaluation": {f"{index}" * 100: index for index in range(500)}}
    decision = decide_release(reports, GateConfig(rules=(rule,)))
    assert len(decision["rules"][0]["reason"]) < 1000


@pytest.mark.parametrize(
    ("other", "limit", "passed"),
    [
        (estimate(0.8, 0.7, 0.9), {"at_most_metric": "evaluation.other"}, True),
        (estimate(0.6, 0.59, 0.7), {"at_most_metric": "evaluation.other"}, False),
        (
            estimate(0.55, 0.5, 0.7),
            {"at_most_metric": "evaluation.other", "bound": "value"},
            True,
        ),
        (estimate(0.3, 0.2, 0.39), {"at_least_metric": "evaluation.other"}, True),
        (estimate(0.3, 0.2, 0.41), {"at_least_metric": "evaluation.other"}, False),
        (None, {"at_most_metric": "evaluation.other"}, False),
        (0.65, {"at_most_metric": "evaluation.other"}, True),
    ],
)
def test_another_metric_is_read_at_its_opposite_end(
    other: Any, limit: dict[str, Any], passed: bool
) -> None:
    rule = judge(estimate(0.5, 0.4, 0.6), {"other": other}, **limit)
    assert rule["passed"] is passed
    assert rule["limit_metric"] == "evaluation.other"
    assert "evaluation.other" in rule["reason"]


def test_numbers_that_differ_read_differently_in_the_reason() -> None:
    assert judge(0.99999, at_least=1)["reason"] == "0.99999 is less than 1"


def test_a_reason_names_value_interval_and_limit() -> None:
    reason = judge(estimate(0.5, 0.4, 0.6), at_most=0.55)["reason"]
    assert reason == "0.6 (upper end of 0.50 [0.40, 0.60]) is more than 0.55"


def test_one_failed_rule_holds_the_release_back() -> None:
    rules = (
        GateRule(name="good", metric=METRIC, at_most=1),
        GateRule(name="bad", metric=METRIC, at_least=1, why="because"),
    )
    decision = decide_release({"evaluation": {"score": 0.5}}, GateConfig(rules=rules))
    assert decision["released"] is False
    assert (decision["num_passed"], decision["num_failed"]) == (1, 1)
    assert [rule["name"] for rule in decision["rules"]] == ["good", "bad"]
    assert decision["rules"][1]["why"] == "because"
    good = decide_release({"evaluation": {"score": 0.5}}, GateConfig(rules=rules[:1]))
    assert good["released"] is True


def test_without_any_report_nothing_is_released() -> None:
    config = GateConfig(rules=(GateRule(name="rule", metric=METRIC, at_most=1),))
    assert decide_release({}, config)["released"] is False


def test_reports_are_not_changed() -> None:
    reports = {"evaluation": {"score": estimate(0.5, 0.4, 0.6)}}
    before = copy.deepcopy(reports)
    config = GateConfig(rules=(GateRule(name="rule", metric=METRIC, at_most=1),))
    decide_release(reports, config)
    assert reports == before


def test_all_mistakes_of_a_gate_are_told_at_once() -> None:
    rules = [
        {"name": "none", "metric": METRIC},
        {"name": "both", "metric": METRIC, "at_most": 1, "at_least": 0},
        {"name": "nan", "metric": METRIC, "at_most": math.nan},
        {"name": "flat", "metric": "score", "at_most": 1},
    ]
    with pytest.raises(ValidationError) as caught:
        GateConfig.model_validate({"rules": rules})
    message = str(caught.value)
    assert caught.value.error_count() == 4
    assert "'none' sets none" in message
    assert "'both' sets at_most and at_least" in message


def test_a_gate_without_rules_is_refused() -> None:
    with pytest.raises(ValidationError, match="no rules"):
        GateConfig(rules=())


def test_rules_may_not_share_a_name() -> None:
    rule = GateRule(name="twin", metric=METRIC, at_most=1)
    with pytest.raises(ValidationError, match="twin"):
        GateConfig(rules=(rule, rule))
