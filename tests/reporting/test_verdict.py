from typing import Any

from taojin.reporting.texts import Texts
from taojin.reporting.verdict import verdict_of


def test_a_failed_rule_is_named(release: dict[str, Any], say: Texts) -> None:
    verdict = verdict_of(release, say)
    assert (verdict.kind, verdict.word) == ("held_back", "Held back")
    assert verdict.because == "1 of 2 rules of the release gate failed: copies_little."


def test_a_release_counts_its_rules(release: dict[str, Any], say: Texts) -> None:
    release |= {"released": True, "rules": release["rules"][:1]}
    verdict = verdict_of(release, say)
    assert verdict.kind == "released"
    assert verdict.because == "The release gate passed: 1 of 1 rule."


def test_without_a_decision_there_is_no_verdict(say: Texts) -> None:
    assert verdict_of(None, say).kind == "undecided"
