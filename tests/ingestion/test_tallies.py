import json
from dataclasses import asdict

import pytest

from taojin.core.errors import CountMismatchError
from taojin.core.records import Source
from taojin.ingestion.tallies import Tally, make_report, require_balance, total_of

NEWS = Source(name="news", kind="jsonl", location="x")


def tally_of(documents=(), rejections=()):
    tally = Tally(num_read=len(documents) + len(rejections))
    for num_bytes, licence, declared in documents:
        tally.count_document(num_bytes, licence, declared)
    for reason in rejections:
        row = {"uri": "a", "position": 0, "detail": "d", "reason": reason}
        tally.count_rejection(row)
    return tally


def test_a_report_adds_up():
    first = tally_of([(10, "MIT", "MIT"), (5, None, None)], ["no_text"])
    second = tally_of([(7, "MIT", "Expat")], ["no_text", "unparsable"])
    report = make_report([(NEWS, total_of([first, second]))])
    assert report["num_read"] == 6
    assert (report["num_documents"], report["num_rejected"]) == (3, 3)
    assert report["num_bytes"] == 22
    assert report["sources"][0] == {
        "source": "news",
        "kind": "jsonl",
        "num_read": 6,
        "num_documents": 3,
        "num_rejected": 3,
        "num_bytes": 22,
        "stopped_early": False,
    }
    assert report["licences"] == [
        {
            "licence": "MIT",
            "declared_examples": ["MIT", "Expat"],
            "num_documents": 2,
            "num_bytes": 17,
        },
        {"licence": None, "declared_examples": [], "num_documents": 1, "num_bytes": 5},
    ]
    reasons = [(r["reason"], r["num_records"]) for r in report["rejections"]]
    assert reasons == [("no_text", 2), ("unparsable", 1)]


def test_a_report_is_bounded_whatever_it_counts():
    documents = [(1, None, f"licence {i} " + "x" * 10_000) for i in range(100)]
    report = make_report([(NEWS, tally_of(documents, ["no_text"] * 100))])
    assert len(report["licences"][0]["declared_examples"]) == 3
    assert len(report["rejections"][0]["examples"]) == 5
    assert len(json.dumps(report)) < 3000


def test_a_tally_survives_json():
    tally = tally_of([(10, "MIT", "MIT")], ["no_text"])
    assert Tally.from_json(json.loads(json.dumps(asdict(tally)))) == tally


def test_adding_up_changes_no_part():
    part = tally_of([(10, "MIT", "MIT")], ["no_text"])
    before = asdict(part)
    total_of([part, part, part])
    assert asdict(part) == before


@pytest.mark.parametrize("written", [(1, 1), (0, 2), (1, 2)])
def test_a_lost_or_invented_record_is_an_error(written):
    report = make_report([(NEWS, tally_of([(1, None, None)] * 2, ["no_text"]))])
    require_balance(report, 2, 1)
    with pytest.raises(CountMismatchError, match="read 3 records"):
        require_balance(report, *written)


def test_a_record_that_was_read_and_never_judged_is_an_error():
    tally = tally_of([(1, None, None)])
    tally.num_read += 1
    with pytest.raises(CountMismatchError):
        require_balance(make_report([(NEWS, tally)]), 1, 0)
