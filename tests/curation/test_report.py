import json
from typing import NamedTuple

import pyarrow as pa
import pytest

from taojin.core.errors import CountMismatchError
from taojin.core.records import DOCUMENT_SCHEMA
from taojin.core.shards import write_shards
from taojin.curation.config import CurationConfig, RulesConfig, ThresholdRule
from taojin.curation.decisions import decide
from taojin.curation.duplicates import find_duplicates
from taojin.curation.report import report_curation
from taojin.curation.signals import measure_signals
from taojin.engines import EngineConfig

PROSE = "The function returns a copy of the table number {}, and the table that was "
PROSE += "given to it is not changed by this in any way that a caller could see."
CONFIG = CurationConfig(
    rules=RulesConfig(
        languages=("en", "zh"),
        thresholds=(
            ThresholdRule(name="short", signal="num_words", at_least=5),
            ThresholdRule(name="digits", signal="share_digit_chars", at_most=0.5),
        ),
    )
)


class Verdict(NamedTuple):
    allowed: bool
    reason: str


VERDICTS = {"MIT": Verdict(True, "MIT is allowed"), None: Verdict(False, "unknown")}

DOCUMENTS = [
    (PROSE.format("one"), "a", "MIT", "one"),
    (PROSE.format("one").upper(), "a", "MIT", "shouted"),
    ("The short one is by jo@firm.de of", "b", None, None),
    ("是 to the of and", "b", "MIT", "mixed"),
    ("of the", "b", "MIT", "tiny"),
    ("of", "b", "MIT", None),
    ("The " + "x of the jo@firm.de " * 100, "c", None, "long"),
    ("这个函数返回给定数组的副本，并且不会改变它。", "c", "MIT", "中文"),
]


@pytest.fixture(scope="module")
def curated(tmp_path_factory):
    root = tmp_path_factory.mktemp("curation")
    rows = [
        {
            "document_id": f"{row:02d}",
            "text": text,
            "source": source,
            "uri": f"file#{row}",
            "title": title,
            "licence": licence,
            "metadata": "{}",
        }
        for row, (text, source, licence, title) in enumerate(DOCUMENTS)
    ]
    table = pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA)
    documents = write_shards([table.slice(0, 3), table.slice(3)], root / "documents")
    engine = EngineConfig(num_workers=1)
    signals = measure_signals(documents, CONFIG.signals, root / "signals", engine)
    clusters = find_duplicates(signals, CONFIG.duplicates)
    decisions = decide(signals, clusters, CONFIG, VERDICTS, root / "decisions")
    return documents, signals, decisions, clusters


@pytest.fixture(scope="module")
def report(curated):
    documents, signals, decisions, clusters = curated
    return report_curation(documents, signals, decisions, clusters, CONFIG, VERDICTS)


def test_the_report_is_json(report):
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_counts_add_up_to_the_input(report):
    assert report["num_documents"] == len(DOCUMENTS)
    assert report["num_kept"] + report["num_dropped"] == len(DOCUMENTS)
    dropped = sum(rule["num_dropped"] for rule in report["rules"])
    num_bytes = sum(rule["num_bytes_dropped"] for rule in report["rules"])
    assert dropped == report["num_dropped"]
    assert num_bytes + report["num_bytes_kept"] == report["num_bytes"]
    for key in ("sources", "licences", "languages"):
        assert sum(row["num_documents"] for row in report[key]) == len(DOCUMENTS)
    for key in ("sources", "licences"):
        assert sum(row["num_kept"] for row in report[key]) == report["num_kept"]


def test_rules_stand_in_the_order_of_their_application(report):
    names = [rule["rule"] for rule in report["rules"]]
    assert names == [
        "licence",
        "language",
        "short",
        "digits",
        "exact_duplicate",
        "near_duplicate",
    ]
    counts = {rule["rule"]: rule["num_dropped"] for rule in report["rules"]}
    assert counts["licence"] == 2
    assert counts["short"] == 2
    assert counts["digits"] == 0
    assert counts["exact_duplicate"] == 1


def test_examples_explain_themselves_and_are_redacted(report):
    licence, _, short, *_ = report["rules"]
    assert [example["title"] for example in licence["examples"]] == [None, "long"]
    for example in licence["examples"]:
        assert "jo@firm.de" not in example["text"]
        assert len(example["text"]) <= 300
        assert example["value"] is None
    example = short["examples"][-1]
    assert example["threshold"] == 5.0
    assert example["detail"] == "num_words is 2, wanted at least 5"


def test_a_rule_shows_three_examples_at_most(report):
    assert all(len(rule["examples"]) <= 3 for rule in report["rules"])


def test_licences_carry_their_verdict(report):
    rows = {row["licence"]: row for row in report["licences"]}
    assert rows["MIT"]["allowed"] is True
    assert rows[None] == {
        "licence": None,
        "allowed": False,
        "reason": "unknown",
        "num_documents": 2,
        "num_kept": 0,
    }


def test_copies_are_counted_and_named(report):
    copies = report["duplicates"]
    assert (copies["num_exact"], copies["num_near"]) == (2, 0)
    assert copies["largest"] == [{"size": 2, "examples": ["one", "shouted"]}]


def test_personal_data_of_all_documents_is_counted(report):
    found = {row["kind"]: row for row in report["personal_data"]}
    assert found["email"]["num_found"] == 101
    assert found["email"]["num_documents"] == 2
    assert found["phone"]["num_found"] == 0


def test_there_is_a_histogram_for_each_threshold(report):
    assert [row["rule"] for row in report["distributions"]] == ["short", "digits"]


def test_tables_about_other_documents_are_refused(curated, tmp_path):
    documents, signals, decisions, clusters = curated
    fewer = write_shards([documents.read().slice(1)], tmp_path)
    with pytest.raises(CountMismatchError, match="run curation again"):
        report_curation(fewer, signals, decisions, clusters, CONFIG, VERDICTS)
