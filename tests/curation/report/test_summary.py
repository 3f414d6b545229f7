import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from taojin.core.errors import CountMismatchError
from taojin.core.shards import write_shards
from taojin.curation.config import CurationConfig, RulesConfig, ThresholdRule
from taojin.curation.report import report_curation

CONFIG = CurationConfig(
    rules=RulesConfig(
        languages=("en", "zh"),
        thresholds=(
            ThresholdRule(name="short", signal="num_words", at_least=5),
            ThresholdRule(name="digits", signal="share_digit_chars", at_most=0.5),
        ),
    )
)
COLUMNS = ("text", "source", "licence", "title", "language", "num_words", "num_email")
ROWS = [
    ("The function returns a copy.", "a", "MIT", "one", "en", 30, 0),
    ("THE FUNCTION RETURNS A COPY.", "b", "MIT", "shouted", "en", 30, 0),
    ("The short one is by jo@firm.de of", "b", None, None, "en", 7, 1),
    ("是 to the of and", "b", "MIT", "mixed", "zh", 5, 0),
    ("of the", "b", "MIT", "tiny", "en", 2, 0),
    ("of", "b", "MIT", None, "en", 1, 0),
    ("The " + "x of the jo@firm.de " * 100, "c", None, "long", "en", 401, 100),
    ("这个函数返回给定数组的副本，并且不会改变它。", "c", "MIT", "中文", "zh", 22, 0),
]
CLUSTERS = pd.DataFrame(
    {
        "document_id": ["00", "01"],
        "cluster_id": ["00", "00"],
        "kind": ["exact", "exact"],
        "twin_id": ["00", "00"],
    }
)
LEAKS = pd.DataFrame(
    {
        "document_id": ["03", "03", "06"],
        "evaluation_set": ["quiz", "exam", "quiz"],
        "num_ngrams": [2, 1, 9],
        "share": [0.5, 0.1, 0.9],
        "example": ["what is of", "to the of", "ask jo@firm.de what it is"],
    }
)


def documents() -> list[dict[str, Any]]:
    return [
        dict(zip(COLUMNS, values, strict=True))
        | {"document_id": f"{row:02d}", "share_digit_chars": 0.1}
        for row, values in enumerate(ROWS)
    ]


@pytest.fixture(scope="module")
def curated(make: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("curation")
    return make(root, documents(), CONFIG, CLUSTERS, LEAKS, (3,))


@pytest.fixture(scope="module")
def report(curated: Any) -> dict[str, Any]:
    return report_curation(*curated.arguments(), contamination=curated.contamination)


def test_the_report_is_json(report: dict[str, Any]) -> None:
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_counts_add_up_to_the_input(report: dict[str, Any]) -> None:
    assert report["num_documents"] == len(ROWS)
    assert report["num_kept"] + report["num_dropped"] == len(ROWS)
    dropped = sum(rule["num_dropped"] for rule in report["rules"])
    num_bytes = sum(rule["num_bytes_dropped"] for rule in report["rules"])
    assert dropped == report["num_dropped"]
    assert num_bytes + report["num_bytes_kept"] == report["num_bytes"]
    for key in ("sources", "licences", "languages"):
        for count in ("num_documents", "num_kept", "num_bytes", "num_bytes_kept"):
            assert sum(row[count] for row in report[key]) == report[count]


def test_rules_stand_in_the_order_of_their_application(report: dict[str, Any]) -> None:
    assert tuple(rule["rule"] for rule in report["rules"]) == CONFIG.rules.names()
    counts = {rule["rule"]: rule["num_dropped"] for rule in report["rules"]}
    assert counts["licence"] == 2
    assert counts["contamination"] == 1
    assert counts["short"] == 2
    assert counts["digits"] == 0
    assert counts["exact_duplicate"] == 1


def test_each_source_has_its_waterfall_and_its_mixes(report: dict[str, Any]) -> None:
    sources = {row["source"]: row for row in report["sources"]}
    b = sources["b"]
    assert (b["num_documents"], b["num_kept"], b["num_dropped"]) == (5, 0, 5)
    drops = {rule["rule"]: rule["num_dropped"] for rule in b["rules"]}
    assert drops == {"licence": 1, "contamination": 1, "short": 2, "exact_duplicate": 1}
    assert [row["language"] for row in b["languages"]] == ["en", "zh"]
    assert {row["licence"]: row["num_documents"] for row in b["licences"]} == {
        "MIT": 4,
        None: 1,
    }
    assert b["personal_data"] == [{"kind": "email", "num_found": 1, "num_documents": 1}]
    assert sources["a"]["personal_data"] == []


def test_examples_explain_themselves_and_are_redacted(report: dict[str, Any]) -> None:
    rules = {rule["rule"]: rule["examples"] for rule in report["rules"]}
    assert [example["title"] for example in rules["licence"]] == [None, "long"]
    for example in rules["licence"]:
        assert "jo@firm.de" not in example["text"]
        assert len(example["text"]) <= 300
        assert example["value"] is None
    example = rules["short"][-1]
    assert example["threshold"] == 5.0
    assert example["detail"] == "num_words is 2, wanted at least 5"
    assert (example["source"], example["uri"]) == ("b", "file#4")


def test_licences_carry_their_verdict(report: dict[str, Any]) -> None:
    rows = {row["licence"]: row for row in report["licences"]}
    assert rows["MIT"]["allowed"] is True
    assert rows[None]["allowed"] is False
    assert rows[None]["reason"] == "unknown"
    assert (rows[None]["num_documents"], rows[None]["num_kept"]) == (2, 0)


def test_copies_are_counted_named_and_traced_to_their_sources(
    report: dict[str, Any],
) -> None:
    copies = report["duplicates"]
    assert (copies["num_exact"], copies["num_near"]) == (2, 0)
    assert copies["largest"] == [{"size": 2, "examples": ["one", "shouted"]}]
    assert copies["flows"] == [
        {
            "copied_in": "b",
            "kept_in": "a",
            "kind": "exact",
            "num_documents": 1,
            "num_bytes": len(ROWS[1][0]),
        }
    ]


def test_leaks_are_counted_by_evaluation_set_and_source(report: dict[str, Any]) -> None:
    quiz, exam = report["contamination"]
    assert (quiz["evaluation_set"], quiz["num_documents"]) == ("quiz", 2)
    # The document of source c was dropped for its licence before.
    assert quiz["num_dropped"] == 1
    assert quiz["max_share"] == 0.9
    assert quiz["sources"] == [
        {"source": "b", "num_documents": 1},
        {"source": "c", "num_documents": 1},
    ]
    assert "jo@firm.de" not in "".join(quiz["examples"])
    assert (exam["evaluation_set"], exam["num_documents"]) == ("exam", 1)


def test_personal_data_of_all_documents_is_counted(report: dict[str, Any]) -> None:
    assert report["personal_data"] == [
        {"kind": "email", "num_found": 101, "num_documents": 2}
    ]


def test_there_is_a_histogram_for_each_threshold(report: dict[str, Any]) -> None:
    assert [row["rule"] for row in report["distributions"]] == ["short", "digits"]


def test_what_other_steps_counted_is_passed_on(curated: Any) -> None:
    recogniser = {"kind": "email", "precision": 1.0, "recall": 0.9}
    report = report_curation(
        *curated.arguments(),
        repeated_spans={"num_spans": 3},
        repairs={"b": {"num_repaired_nfc": 2}, "a": {"num_repaired_nfc": 1}},
        recognisers=[recogniser],
        models=[{"signal": "toxicity_score"}],
    )
    assert report["contamination"] == []
    assert report["repeated_spans"] == {"num_spans": 3}
    assert report["repairs"] == [
        {"source": "a", "repair": "num_repaired_nfc", "number": 1},
        {"source": "b", "repair": "num_repaired_nfc", "number": 2},
    ]
    assert report["recognisers"] == [recogniser]
    assert report["models"] == [{"signal": "toxicity_score"}]


def test_the_report_does_not_depend_on_the_parts(
    make: Any, report: dict[str, Any], tmp_path: Path
) -> None:
    other = make(tmp_path, documents(), CONFIG, CLUSTERS, LEAKS, (1, 0, 5))
    again = report_curation(*other.arguments(), contamination=LEAKS)
    assert again == report


@pytest.mark.parametrize("name", ["documents", "signals", "decisions"])
def test_tables_about_other_documents_are_refused(
    curated: Any, name: str, tmp_path: Path
) -> None:
    table = getattr(curated, name).read()
    fewer = write_shards([table.slice(1)], tmp_path / "fewer")
    swapped = [table.slice(0, 3), table.slice(3).take([1, 0, 2, 3, 4])]
    for other in (fewer, write_shards(swapped, tmp_path / "swapped")):
        changed = curated._replace(**{name: other})
        with pytest.raises(CountMismatchError, match="run curation again"):
            report_curation(*changed.arguments())


def test_a_corpus_without_documents_has_a_report(curated: Any, tmp_path: Path) -> None:
    empty = {
        name: write_shards([getattr(curated, name).read().slice(0, 0)], tmp_path / name)
        for name in ("documents", "signals", "decisions")
    }
    report = report_curation(*curated._replace(**empty).arguments())
    assert report["num_documents"] == 0
    assert report["sources"] == []
    assert report["explorer"] == {}
