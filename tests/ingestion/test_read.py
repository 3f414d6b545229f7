import gzip
import json
import os
from pathlib import Path

import pytest

from taojin.core.errors import EmptyStageError, SourceReadError
from taojin.core.records import DOCUMENT_SCHEMA, REJECTED_SCHEMA, document_id
from taojin.core.shards import Shards
from taojin.engines import EngineConfig
from taojin.ingestion.config import IngestionConfig, SourceRegistry
from taojin.ingestion.inventory import take_inventory
from taojin.ingestion.read import read_sources

REAL = Path(__file__).parents[3] / "shared" / "data"
SKIP = IngestionConfig(on_unreadable="skip")


def conclude(declared):
    return {"MIT License": "MIT", "CC BY": "CC-BY-4.0"}.get(declared)


def conclude_nothing(declared):
    assert declared


def write_lines(path, texts):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"text": text}) for text in texts]
    path.write_text("\n".join(lines), encoding="utf-8")


def ingest(sources, output, config=None, workers=1, concluding=conclude):
    registry = SourceRegistry.model_validate(sources)
    config = config or IngestionConfig()
    inventory = take_inventory(registry, config)
    engine = EngineConfig(num_workers=workers)
    return read_sources(registry, inventory, output, config, engine, concluding)


def news(tmp_path, **fields):
    return {"news": {"kind": "jsonl", "location": str(tmp_path / "in"), **fields}}


def files_of(output):
    return {
        path.relative_to(output): path.read_bytes()
        for path in sorted(output.rglob("*"))
        if path.is_file()
    }


def test_records_become_documents_and_rejected_rows(tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", ["gold", "", "金"])
    sources = news(tmp_path, licence="MIT License", language="en")
    ingested = ingest(sources, tmp_path / "out")
    table = ingested.documents.read()
    assert table.schema == DOCUMENT_SCHEMA
    assert table.column("text").to_pylist() == ["gold", "金"]
    first = table.to_pylist()[0]
    assert first["document_id"] == document_id("news", "a.jsonl#0", "gold")
    assert (first["licence_declared"], first["licence"]) == ("MIT License", "MIT")
    assert first["language"] == "en"
    rejected = ingested.rejected.read()
    assert rejected.schema == REJECTED_SCHEMA
    assert rejected.to_pylist() == [
        {
            "source": "news",
            "uri": "a.jsonl",
            "position": 1,
            "reason": "no_text",
            "detail": "0 characters, all white space",
        }
    ]
    assert ingested.report["num_read"] == 3
    assert ingested.report["num_bytes"] == len("gold金".encode())


def test_the_rejected_row_of_a_judged_record_names_the_file(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text(
        '{"text": "a"}\n{"text": 3, "u": "https://x"}'
    )
    sources = news(tmp_path, fields={"uri": "u"})
    (row,) = ingest(sources, tmp_path / "out").rejected.read().to_pylist()
    assert (row["uri"], row["position"]) == ("a.jsonl", 1)


def test_what_a_record_says_goes_before_what_its_source_says(tmp_path):
    (tmp_path / "in").mkdir()
    record = {"text": "t", "rights": "CC BY", "lang": "zh"}
    (tmp_path / "in" / "a.jsonl").write_text(json.dumps(record))
    fields = {"licence": "rights", "language": "lang"}
    sources = news(tmp_path, licence="MIT License", language="en", fields=fields)
    (row,) = ingest(sources, tmp_path / "out").documents.read().to_pylist()
    assert (row["licence"], row["language"]) == ("CC-BY-4.0", "zh")


def test_the_output_does_not_depend_on_the_number_of_workers(tmp_path):
    for number in range(4):
        texts = [f"text {number} {i} " + "x" * i for i in range(40)]
        write_lines(tmp_path / "in" / f"{number}.jsonl", [*texts, ""])
    config = IngestionConfig(part_bytes=2000)
    ingest(news(tmp_path), tmp_path / "one", config, 1, str.lower)
    ingest(news(tmp_path), tmp_path / "two", config, 2, str.lower)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_small_files_share_parts_and_large_ones_are_split(tmp_path):
    for number in range(10):
        write_lines(tmp_path / "in" / f"{number}.jsonl", ["x" * 50])
    assert len(ingest(news(tmp_path), tmp_path / "a").documents.parts) == 1
    config = IngestionConfig(part_bytes=600)
    assert len(ingest(news(tmp_path), tmp_path / "b", config).documents.parts) > 2


def test_finished_units_are_not_read_again(tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", ["gold"])
    os.utime(tmp_path / "in" / "a.jsonl", (1, 1))
    first = ingest(news(tmp_path), tmp_path / "out")
    write_lines(tmp_path / "in" / "a.jsonl", ["dust"])
    os.utime(tmp_path / "in" / "a.jsonl", (1, 1))
    again = ingest(news(tmp_path), tmp_path / "out")  # it looks unchanged
    assert again.documents.read().column("text").to_pylist() == ["gold"]
    assert again.report == first.report
    os.utime(tmp_path / "in" / "a.jsonl", (2, 2))
    changed = ingest(news(tmp_path), tmp_path / "out")
    assert changed.documents.read().column("text").to_pylist() == ["dust"]


@pytest.mark.parametrize("damage", ["part", "record", "other configuration"])
def test_a_unit_that_is_not_whole_is_read_again(tmp_path, damage):
    write_lines(tmp_path / "in" / "a.jsonl", ["gold", ""])
    ingest(news(tmp_path), tmp_path / "out")
    before = files_of(tmp_path / "out")
    config = IngestionConfig()
    if damage == "part":
        part = next((tmp_path / "out" / "documents").glob("*.parquet"))
        part.write_bytes(part.read_bytes()[:-9])
    elif damage == "record":
        next((tmp_path / "out" / "units").glob("*.json")).write_text('{"key"')
    else:
        ingest(news(tmp_path), tmp_path / "out", IngestionConfig(max_document_bytes=5))
    ingest(news(tmp_path), tmp_path / "out", config)
    assert files_of(tmp_path / "out") == before


def test_another_way_of_concluding_licences_is_another_result(tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", ["gold"])
    sources = news(tmp_path, licence="MIT License")
    ingest(sources, tmp_path / "out")
    again = ingest(sources, tmp_path / "out", concluding=conclude_nothing)
    assert again.documents.read().column("licence").to_pylist() == [None]


def test_parts_of_an_earlier_try_do_not_stay(tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", ["x" * 900] * 5)
    ingest(news(tmp_path), tmp_path / "out", IngestionConfig(part_bytes=1000))
    ingested = ingest(news(tmp_path), tmp_path / "out")
    found = {path.name for path in (tmp_path / "out" / "documents").glob("*.parquet")}
    assert found == {part.name for part in ingested.documents.parts}
    reopened = Shards.open(tmp_path / "out" / "documents")
    assert reopened.parts == ingested.documents.parts


def test_a_source_with_a_limit_is_read_up_to_it(tmp_path):
    for number in range(3):
        write_lines(tmp_path / "in" / f"{number}.jsonl", ["x" * 400] * 10)
    sources = news(tmp_path, max_megabytes=0.006)
    ingested = ingest(sources, tmp_path / "out", IngestionConfig(part_bytes=500))
    assert ingested.documents.num_rows == 15
    assert ingested.report["sources"][0]["stopped_early"] is True
    assert ingested.report["num_read"] == 15


def test_a_source_under_its_limit_is_not_called_stopped(tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", ["x"])
    ingested = ingest(news(tmp_path, max_megabytes=1), tmp_path / "out")
    assert ingested.report["sources"][0]["stopped_early"] is False


def truncated(tmp_path):
    lines = "".join(
        json.dumps({"text": f"line {i * 7919}"}) + "\n" for i in range(50_000)
    )
    packed = gzip.compress(lines.encode())
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "in" / "b.jsonl").write_text('{"text": "after"}')


def test_a_file_that_breaks_off_stops_the_run_and_is_named(tmp_path):
    truncated(tmp_path)
    with pytest.raises(SourceReadError) as caught:
        ingest(news(tmp_path), tmp_path / "out")
    message = str(caught.value)
    assert "source news" in message
    assert str(tmp_path / "in" / "a.jsonl.gz") in message
    assert "ingestion.on_unreadable" in message


def test_the_error_of_a_worker_reaches_the_caller(tmp_path):
    truncated(tmp_path)
    config = IngestionConfig(part_bytes=50_000)
    with pytest.raises(SourceReadError, match="EOFError"):
        ingest(news(tmp_path), tmp_path / "out", config, 2, str.lower)


def test_what_comes_before_a_break_is_kept_where_the_rest_is_skipped(tmp_path):
    truncated(tmp_path)
    ingested = ingest(news(tmp_path), tmp_path / "out", SKIP)
    (row,) = ingested.rejected.read().to_pylist()
    assert (row["reason"], row["uri"], row["position"]) == (
        "unreadable_file",
        "a.jsonl.gz",
        None,
    )
    texts = ingested.documents.read(["text"]).column("text").to_pylist()
    assert 10_000 < len(texts) < 50_000
    assert texts[0] == "line 0"
    assert texts[-1] == "after"


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("a.parquet", "parquet", b"PAR1 and then nothing"),
        ("a.jsonl.gz", "jsonl", b"never compressed"),
        ("a.csv", "csv", b"body\na\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_recorded_or_stops(tmp_path, name, kind, content):
    write_lines(tmp_path / "in" / "good.jsonl", ["gold"])
    bad = tmp_path / "bad" / name
    bad.parent.mkdir()
    bad.write_bytes(content)
    sources = {**news(tmp_path), "bad": {"kind": kind, "location": str(bad)}}
    with pytest.raises(SourceReadError, match="source bad"):
        ingest(sources, tmp_path / "out")
    ingested = ingest(sources, tmp_path / "out", SKIP)
    (row,) = ingested.rejected.read().to_pylist()
    assert (row["source"], row["uri"], row["reason"]) == (
        "bad",
        name,
        "unreadable_file",
    )
    assert ingested.documents.num_rows == 1


def test_a_missing_source_is_recorded_where_that_is_wanted(tmp_path):
    write_lines(tmp_path / "in" / "good.jsonl", ["gold"])
    sources = {**news(tmp_path), "bad": {"kind": "text", "location": "/nowhere/at/all"}}
    ingested = ingest(sources, tmp_path / "out", SKIP)
    (row,) = ingested.rejected.read().to_pylist()
    assert (row["source"], row["reason"]) == ("bad", "unreadable_file")
    assert row["uri"] == "/nowhere/at/all"
    assert len(row["detail"]) <= 200


def test_odd_bytes_in_a_rejected_row_are_legible(tmp_path):
    (tmp_path / "in").mkdir()
    content = b'{"text": "a"}\n{"\\ud800": "\x01\xe2\x80\xa8'
    (tmp_path / "in" / "a.jsonl").write_bytes(content)
    (row,) = ingest(news(tmp_path), tmp_path / "out").rejected.read().to_pylist()
    assert row["detail"].isprintable()


def test_a_stage_without_any_document_says_why(tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", ["", " "])
    with pytest.raises(EmptyStageError) as caught:
        ingest(news(tmp_path), tmp_path / "out")
    assert "none of 2 records" in str(caught.value)
    assert "2 no_text, the first: a.jsonl" in str(caught.value)


def test_an_empty_file_is_no_record_and_says_so(tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", [])
    with pytest.raises(EmptyStageError, match="hold no record at all"):
        ingest(news(tmp_path), tmp_path / "out")


def test_identities_are_unique_over_files_with_the_same_content(tmp_path):
    record = json.dumps({"text": "same", "url": "https://a.b/c"})
    (tmp_path / "in").mkdir()
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / "in" / name).write_text(f"{record}\n{record}\n")
    sources = news(tmp_path, fields={"uri": "url"})
    table = ingest(sources, tmp_path / "out").documents.read()
    assert len(set(table.column("document_id").to_pylist())) == 4


@pytest.mark.skipif(not REAL.exists(), reason="the shared benchmark data is absent")
def test_real_sources_of_several_kinds_are_read_together(tmp_path):
    sources = {
        "poems": {
            "kind": "parquet",
            "location": str(REAL / "chinese_poetry"),
            "max_megabytes": 0.2,
        },
        "demo": {
            "kind": "jsonl",
            "location": str(REAL / "data_juicer_demos"),
        },
        "bank": {"kind": "csv", "location": str(REAL / "banking77" / "test.csv")},
    }
    ingested = ingest(sources, tmp_path / "out")
    report = ingested.report
    assert report["num_read"] == report["num_documents"] + report["num_rejected"]
    assert [entry["source"] for entry in report["sources"]] == ["bank", "demo", "poems"]
    ids = ingested.documents.read(["document_id"]).column("document_id").to_pylist()
    assert len(set(ids)) == len(ids) > 3000
