"""Rules that texts must keep.

Of the five tests of a metric two have nothing to test here: a rule looks at generated
texts alone, so that there are no real ones to be the null, and no difference from a
null to have power for. The interval is Wilson's, tested with the intervals.
"""

import pytest
from pydantic import TypeAdapter, ValidationError

from taojin.core.errors import CountMismatchError, DataError
from taojin.evaluation.usability import (
    JsonRule,
    LengthRule,
    PatternRule,
    Rule,
    rules_kept,
)


@pytest.mark.parametrize(
    ("rule", "text", "is_kept"),
    [
        (LengthRule(at_least=2, at_most=3), "ab", True),
        (LengthRule(at_least=2, at_most=3), "abc", True),
        (LengthRule(at_least=2, at_most=3), "abcd", False),
        (LengthRule(at_least=2), "a", False),
        (LengthRule(unit="words", at_most=2), "two words", True),
        (LengthRule(unit="words", at_most=2), "今天好", False),
        (LengthRule(unit="words", at_least=3, at_most=3), "今天好。", True),
        (PatternRule(pattern="退款"), "请问退款流程", True),
        (PatternRule(pattern="退款", mode="lacks"), "请问退款流程", False),
        (PatternRule(pattern=r"\d{4}", mode="whole"), "2024", True),
        (PatternRule(pattern=r"\d{4}", mode="whole"), "in 2024", False),
        (JsonRule(), '{"a": 1}', True),
        (JsonRule(), "[1]", False),
        (JsonRule(), "{'a': 1}", False),
        (JsonRule(), '{"a": NaN}', False),
        (JsonRule(), '{"a": 1} and more', False),
        (JsonRule(), "", False),
        (JsonRule(), "[" * 100_000, False),
        (JsonRule(keys={"a": "integer"}), '{"a": 1}', True),
        (JsonRule(keys={"a": "number"}), '{"a": 1}', True),
        (JsonRule(keys={"a": "number"}), '{"a": true}', False),
        (JsonRule(keys={"a": "integer"}), '{"a": 1.5}', False),
        (JsonRule(keys={"a": "null"}), '{"a": null}', True),
        (JsonRule(keys={"a": "array", "b": "object"}), '{"a": [], "b": {}}', True),
        (JsonRule(keys={"a": "string"}), '{"b": "x"}', False),
        (JsonRule(keys={"a": "string"}), '{"a": "x", "b": 1}', True),
        (
            JsonRule(keys={"a": "string"}, has_other_keys=False),
            '{"a": "", "b": 1}',
            False,
        ),
    ],
)
def test_a_rule_is_kept_or_not(rule, text, is_kept):
    assert rule.is_kept(text) == is_kept


def test_shares_are_counted_by_rule_and_together():
    short, said = LengthRule(at_most=5), PatternRule(pattern="a")
    scores = {
        score.name: score
        for score in rules_kept(
            ["abc", "a long text", "xyz", "xyz"],
            [{"short": short, "said": said}] * 3 + [{"short": short}],
        )
    }

    assert {name: score.estimate.value for name, score in scores.items()} == {
        "rules_kept": 0.5,
        "rule_kept_short": 0.75,
        "rule_kept_said": pytest.approx(2 / 3),
    }
    assert scores["rule_kept_said"].num_generated == 3
    assert scores["rules_kept"].estimate.low > 0.0


def test_the_share_falls_as_texts_break_rules_and_knows_no_order():
    rules = [{"said": PatternRule(pattern="a")}] * 10
    shares = []
    for num_broken in (0, 2, 5, 8, 10):
        texts = ["b"] * num_broken + ["a"] * (10 - num_broken)
        assert rules_kept(texts, rules) == rules_kept(texts[::-1], rules)
        shares.append(rules_kept(texts, rules)[0].estimate.value)

    assert shares == [1.0, 0.8, 0.5, 0.2, 0.0]


def test_rules_are_read_from_configuration():
    rule = TypeAdapter(Rule).validate_python({"kind": "json", "keys": {"a": "string"}})

    assert rule == JsonRule(keys={"a": "string"})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PatternRule(pattern="("), "no regular expression"),
        (lambda: LengthRule(at_least=3, at_most=2), "below at_least"),
    ],
)
def test_rules_that_say_nothing_are_refused(make, message):
    with pytest.raises(ValidationError, match=message):
        make()


def test_rules_are_one_set_a_text():
    with pytest.raises(CountMismatchError, match="2 texts have 1 sets"):
        rules_kept(["a", "b"], [{}])
    with pytest.raises(DataError, match="0 generated items"):
        rules_kept([], [])
