import pytest
from pydantic import ValidationError

from taojin.curation.config import (
    CurationConfig,
    DuplicatesConfig,
    RulesConfig,
    SignalsConfig,
    ThresholdRule,
)
from taojin.curation.signal_schema import SIGNAL_NAMES, signal_schema


def test_the_defaults_are_accepted():
    assert CurationConfig() == CurationConfig.model_validate({})


def test_every_signal_can_be_judged():
    rules = [ThresholdRule(name=n, signal=n, at_most=1) for n in SIGNAL_NAMES]
    assert len(RulesConfig(thresholds=tuple(rules)).thresholds) == len(SIGNAL_NAMES)


def test_every_signal_is_a_column():
    assert set(SIGNAL_NAMES) <= set(signal_schema(14).names)
    assert len(set(SIGNAL_NAMES)) == len(SIGNAL_NAMES)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"name": "a", "signal": "num_wrods", "at_least": 1}, "num_words"),
        ({"name": "a", "signal": "num_words"}, "at_least, at_most"),
        ({"name": "a", "signal": "num_words", "at_least": 2, "at_most": 1}, "nothing"),
        ({"name": "A b", "signal": "num_words", "at_most": 1}, "name"),
        ({"name": "a", "signal": "num_words", "atleast": 1}, "atleast"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule, message):
    with pytest.raises(ValidationError, match=message):
        ThresholdRule.model_validate(rule)


@pytest.mark.parametrize("name", ["licence", "near_duplicate"])
def test_a_rule_cannot_take_the_name_of_a_built_in_one(name):
    rule = ThresholdRule(name=name, signal="num_words", at_least=1)
    with pytest.raises(ValidationError, match=name):
        RulesConfig(thresholds=(rule,))


def test_the_signal_that_chooses_among_copies_must_exist():
    with pytest.raises(ValidationError, match="'beauty' is no signal"):
        DuplicatesConfig(keep_highest="beauty")


def test_unknown_kinds_of_personal_data_are_refused():
    with pytest.raises(ValidationError, match="email"):
        SignalsConfig.model_validate({"personal_data": ["shoe_size"]})
