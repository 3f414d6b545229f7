from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.errors import ConfigurationError, EmptyStageError
from taojin.core.records import DECISION_SCHEMA
from taojin.core.shards import write_shards
from taojin.curation.config import (
    CurationConfig,
    DuplicatesConfig,
    RulesConfig,
    ThresholdRule,
)
from taojin.curation.decisions import REASONS, decide
from taojin.curation.signal_schema import SIGNAL_NAMES, signal_schema


class Verdict(NamedTuple):
    allowed: bool
    reason: str


VERDICTS = {
    "MIT": Verdict(True, "fine"),
    None: Verdict(False, "the licence is unknown"),
}
NO_COPIES = pd.DataFrame(columns=["document_id", "cluster_id", "kind", "twin_id"])
AT_LEAST_10 = ThresholdRule(name="short", signal="num_words", at_least=10)


def measured(tmp_path, *rows):
    """Signals with the given values; the others are 0."""
    blank = dict.fromkeys(SIGNAL_NAMES, 0)
    blank |= {"source": "s", "licence": "MIT", "language": "en", "num_bytes": 5}
    blank |= {"exact_hash": "", "band_hashes": [0] * 14}
    full = [
        blank | {"document_id": f"{number:02d}"} | row
        for number, row in enumerate(rows)
    ]
    table = pa.Table.from_pylist(full, schema=signal_schema(14))
    middle = len(full) // 2
    return write_shards([table.slice(0, middle), table.slice(middle)], tmp_path / "in")


def config(*thresholds, languages=None, **duplicates):
    return CurationConfig(
        rules=RulesConfig(languages=languages, thresholds=thresholds),
        duplicates=DuplicatesConfig(**duplicates),
    )


def run(tmp_path, signals, settings, clusters=NO_COPIES):
    return decide(signals, clusters, settings, VERDICTS, tmp_path / "out")


def rules_of(decisions):
    return decisions.read(["rule"])["rule"].to_pylist()


def copies(*groups, exact=()):
    rows = [
        {
            "document_id": member,
            "cluster_id": min(group),
            "kind": "exact" if member in exact else "near",
            "twin_id": min(exact) if member in exact else member,
        }
        for group in groups
        for member in group
    ]
    return pd.DataFrame(rows)


def test_every_document_has_a_decision_in_the_parts_of_the_signals(tmp_path):
    signals = measured(tmp_path, {}, {}, {})
    decisions = run(tmp_path, signals, config())
    assert decisions.read().schema == DECISION_SCHEMA
    assert [part.num_rows for part in decisions.parts] == [1, 2]
    assert decisions.read()["kept"].to_pylist() == [True] * 3
    assert rules_of(decisions) == [None] * 3


def test_the_first_failed_rule_explains_the_drop(tmp_path):
    signals = measured(
        tmp_path,
        {"licence": None, "language": "de", "num_words": 1},
        {"language": "de", "num_words": 1},
        {"num_words": 1},
        {"num_words": 10},
        {"licence": "GPL-3.0-only", "num_words": 10},
    )
    decisions = run(tmp_path, signals, config(AT_LEAST_10, languages=("en",)))
    rows = decisions.read().to_pylist()
    assert rules_of(decisions) == ["licence", "language", "short", None, "licence"]
    assert {row["reason"] for row in rows} - {None} <= set(REASONS)
    assert rows[0]["detail"] == "the licence is unknown"
    assert rows[1]["detail"] == "measured as de, wanted en"
    assert rows[2]["detail"] == "num_words is 1, wanted at least 10"
    assert (rows[2]["value"], rows[2]["threshold"]) == (1.0, 10.0)
    assert rows[4]["detail"] == "nobody judged GPL-3.0-only"
    assert all(rows[0][name] is None for name in ("value", "threshold"))
    assert all(rows[3][name] is None for name in ("rule", "reason", "value", "detail"))


@pytest.mark.parametrize(
    ("value", "kept"), [(9, False), (10, True), (20, True), (21, False)]
)
def test_bounds_are_inclusive(tmp_path, value, kept):
    rule = ThresholdRule(name="length", signal="num_words", at_least=10, at_most=20)
    signals = measured(tmp_path, {"num_words": value}, {"num_words": 15})
    assert run(tmp_path, signals, config(rule)).read()["kept"][0].as_py() is kept


def test_the_broken_bound_is_the_one_that_is_told(tmp_path):
    rule = ThresholdRule(name="length", signal="num_words", at_least=10, at_most=20)
    signals = measured(tmp_path, {"num_words": 9}, {"num_words": 21}, {"num_words": 15})
    rows = run(tmp_path, signals, config(rule)).read().to_pylist()
    assert [row["reason"] for row in rows] == ["too_low", "too_high", None]
    assert [row["threshold"] for row in rows] == [10.0, 20.0, None]


def test_a_rule_for_a_language_spares_the_others(tmp_path):
    rule = ThresholdRule(
        name="short", signal="num_words", at_least=10, languages=("en",)
    )
    signals = measured(tmp_path, {"language": "zh"}, {"language": "en"})
    assert rules_of(run(tmp_path, signals, config(rule))) == [None, "short"]


def test_the_best_copy_stays_and_the_others_name_it(tmp_path):
    signals = measured(
        tmp_path, {"num_words": 3}, {"num_words": 9}, {"num_words": 9}, {"num_words": 1}
    )
    clusters = copies(["00", "01", "02"])
    rows = run(tmp_path, signals, config(), clusters).read().to_pylist()
    assert [row["kept"] for row in rows] == [False, True, False, True]
    assert rows[2]["rule"] == "near_duplicate"
    assert rows[2]["detail"] == "copy of 01"


def test_another_signal_can_choose_the_copy(tmp_path):
    signals = measured(
        tmp_path,
        {"num_words": 9, "language_score": 0.1},
        {"num_words": 3, "language_score": 0.9},
    )
    settings = config(keep_highest="language_score")
    kept = run(tmp_path, signals, settings, copies(["00", "01"])).read()["kept"]
    assert kept.to_pylist() == [False, True]


def test_a_copy_that_another_rule_dropped_does_not_stand_in_the_way(tmp_path):
    signals = measured(tmp_path, {"num_words": 9, "licence": None}, {"num_words": 3})
    decisions = run(tmp_path, signals, config(), copies(["00", "01"]))
    assert rules_of(decisions) == ["licence", None]


def test_exact_copies_of_what_stays_are_told_from_near_ones(tmp_path):
    signals = measured(tmp_path, {}, {}, {})
    clusters = copies(["00", "01", "02"], exact=("00", "01"))
    decisions = run(tmp_path, signals, config(), clusters)
    assert rules_of(decisions) == [None, "exact_duplicate", "near_duplicate"]


def test_a_record_delivered_twice_is_kept_once(tmp_path):
    signals = measured(tmp_path, {"document_id": "aa"}, {"document_id": "aa"})
    clusters = copies(["aa", "aa"], exact=("aa",))
    decisions = run(tmp_path, signals, config(), clusters)
    assert rules_of(decisions) == [None, "exact_duplicate"]


def test_when_nothing_stays_the_error_names_the_rule(tmp_path):
    signals = measured(tmp_path, {"licence": None}, {}, {})
    with pytest.raises(EmptyStageError, match=r"all 3 documents.*'short'.*dropped 2"):
        run(tmp_path, signals, config(AT_LEAST_10))


def test_no_documents_need_no_decisions(tmp_path):
    assert run(tmp_path, measured(tmp_path), config()).num_rows == 0


def test_a_replay_is_byte_identical(tmp_path):
    signals = measured(tmp_path, {"num_words": 3}, {"num_words": 12})
    results = [
        decide(signals, NO_COPIES, config(AT_LEAST_10), VERDICTS, tmp_path / name)
        for name in "ab"
    ]
    assert results[0].fingerprint == results[1].fingerprint


def test_looser_thresholds_keep_no_less(tmp_path):
    values = np.random.default_rng(0).integers(0, 100, 30)
    signals = measured(
        tmp_path, {"num_words": 100}, *({"num_words": int(v)} for v in values)
    )
    kept = []
    for bound in (80, 50, 20):
        rule = ThresholdRule(name="r", signal="num_words", at_least=bound)
        table = run(tmp_path, signals, config(rule)).read()
        kept.append(set(table.filter(table["kept"])["document_id"].to_pylist()))
    assert kept[0] < kept[1] < kept[2]


def test_a_document_from_an_evaluation_set_is_dropped_and_the_sets_are_named(tmp_path):
    found = pd.DataFrame(
        {
            "document_id": ["01", "01", "02"],
            "evaluation_set": ["small", "large", "small"],
            "num_ngrams": [1, 9, 1],
            "share": [0.1, 0.9, 0.05],
            "example": ["a b", "c d", "e f"],
        }
    )
    rules = RulesConfig(max_contaminated_share=0.05)
    signals = measured(tmp_path, {}, {}, {})
    decisions = decide(
        signals,
        NO_COPIES,
        CurationConfig(rules=rules),
        VERDICTS,
        tmp_path / "out",
        found,
    ).read()
    assert decisions["rule"].to_pylist() == [None, "contamination", None]
    row = decisions.to_pylist()[1]
    assert (row["reason"], row["value"], row["threshold"]) == (
        "in_evaluation_set",
        0.9,
        0.05,
    )
    assert row["detail"] == "in large, small: c d"


def test_a_rule_may_judge_some_sources_only(tmp_path):
    rule = ThresholdRule(name="r", signal="num_words", at_least=10, sources=("web",))
    signals = measured(tmp_path, {"source": "web"}, {"source": "books"})
    assert rules_of(run(tmp_path, signals, config(rule))) == ["r", None]


def test_copies_are_chosen_among_all_parts(tmp_path):
    signals = measured(
        tmp_path, {"num_words": 20}, {"num_words": 5}, {}, {"num_words": 30}
    )
    clusters = copies(["00", "01", "03"])
    decisions = run(tmp_path, signals, config(), clusters)
    near = "near_duplicate"
    assert rules_of(decisions) == [near, near, None, None]
    assert decisions.read()["detail"].to_pylist()[0] == "copy of 03"


def test_a_rule_over_a_family_that_was_not_measured_is_refused(tmp_path):
    table = measured(tmp_path, {}, {}).read().drop_columns(["cjk_num_chars"])
    signals = write_shards([table], tmp_path / "fewer")
    rule = ThresholdRule(name="chinese", signal="cjk_num_chars", at_least=1)
    with pytest.raises(ConfigurationError, match=r"'chinese'.*'cjk_num_chars'.*famil"):
        decide(signals, NO_COPIES, config(rule), VERDICTS, tmp_path / "out")
