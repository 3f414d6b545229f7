from pathlib import Path

import pytest
import yaml

from taojin.core.errors import ConfigurationError
from taojin.curation.config import RulePresets, RulesConfig, ThresholdRule
from taojin.curation.presets import resolve_rules

SHIPPED = Path(__file__).parents[2] / "conf/base/parameters_rule_presets.yml"

PRESETS = RulePresets.model_validate(
    {
        "long": {"thresholds": [{"name": "l", "signal": "num_words", "at_least": 9}]},
        "clean": {
            "clean_lines": "c4",
            "thresholds": [{"name": "c", "signal": "num_bytes", "at_most": 5}],
        },
    }
)
MINE = ThresholdRule(name="mine", signal="num_lines", at_least=1)


def test_rules_of_presets_come_before_the_users_own_in_the_order_named():
    rules = RulesConfig(presets=("clean", "long"), thresholds=(MINE,))
    resolved = resolve_rules(rules, PRESETS)
    assert [rule.name for rule in resolved.thresholds] == ["c", "l", "mine"]
    assert resolved.presets == ()


def test_a_preset_may_clean_lines():
    assert resolve_rules(RulesConfig(presets=("long",)), PRESETS).clean_lines is None
    assert resolve_rules(RulesConfig(presets=("clean",)), PRESETS).clean_lines == "c4"


def test_an_unknown_preset_is_named_with_those_there_are():
    with pytest.raises(ConfigurationError, match=r"'logn'.*it has clean, long"):
        resolve_rules(RulesConfig(presets=("logn",)), PRESETS)


def test_a_name_used_twice_is_refused():
    rules = RulesConfig(presets=("long", "long"))
    with pytest.raises(ConfigurationError, match="used twice"):
        resolve_rules(rules, PRESETS)


def test_a_preset_with_an_unknown_signal_is_refused():
    with pytest.raises(ValueError, match="is no signal"):
        RulePresets.model_validate(
            {"x": {"thresholds": [{"name": "l", "signal": "num_word", "at_least": 9}]}}
        )


def test_all_shipped_presets_go_together():
    declared = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["rule_presets"]
    presets = RulePresets.model_validate(declared)
    assert {"gopher", "c4", "fineweb", "chinese_web", "documentation"} <= set(
        presets.names()
    )
    rules = resolve_rules(RulesConfig(presets=tuple(presets.names())), presets)
    assert rules.clean_lines == "c4"
