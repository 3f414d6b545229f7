import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taojin.core.records import Source
from taojin.engines import EngineConfig
from taojin.ingestion.candidates import Item
from taojin.ingestion.config import IngestionConfig, SourceRegistry
from taojin.ingestion.inventory import take_inventory
from taojin.ingestion.portions import split_item
from taojin.ingestion.read import read_sources
from taojin.ingestion.readers import reader_for

WHOLE = 1 << 30
SMALL = 12_000
REAL = Path(__file__).parents[3] / "shared" / "data"


def lines():
    for number in range(400):
        yield json.dumps({"text": f"{number} " + "金" * (number % 60)}).encode()
    yield b""
    yield b"   \r"
    yield b'{"text": "broken'
    yield b'{"text": "\xff"}'
    yield json.dumps({"text": "x" * 5000}).encode()  # longer than a record may be
    yield json.dumps({"text": "last, without a line feed"}).encode()


def jsonl(path):
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines()))
    return path


def parquet(path):
    texts = ["x" * (n % 90) + str(n) for n in range(2000)]
    texts[::17] = [""] * len(texts[::17])
    raw = pa.array([text.encode() for text in texts[:-1]] + [b"\xff"])
    table = pa.table({"text": raw, "n": range(2000)})
    pq.write_table(table, path, row_group_size=61)
    return path


MAKERS = {"jsonl": jsonl, "parquet": parquet}
CONFIG: dict[str, Any] = {"max_record_bytes": 4000, "max_document_bytes": 3000}


def item_of(path):
    return Item(str(path), path.name, path.stat().st_size, "")


def source_of(kind):
    return Source(name="news", kind=kind)


def ingest(kind, path, output, part_bytes, workers=1):
    registry = SourceRegistry.model_validate(
        {"news": {"kind": kind, "location": str(path)}}
    )
    config = IngestionConfig(part_bytes=part_bytes, **CONFIG)
    return read_sources(
        registry,
        take_inventory(registry, config),
        output,
        config,
        EngineConfig(num_workers=workers),
        str.lower,
    )


@pytest.mark.parametrize("kind", MAKERS)
def test_portions_of_a_file_are_read_as_the_whole_file_is(tmp_path, kind):
    path = MAKERS[kind](tmp_path / f"a.{kind}")
    whole = ingest(kind, path, tmp_path / "whole", WHOLE)

    split = ingest(kind, path, tmp_path / "split", SMALL)

    assert len(list((tmp_path / "whole" / "units").iterdir())) == 1
    assert len(list((tmp_path / "split" / "units").iterdir())) > 3
    assert split.documents.read().equals(whole.documents.read())
    assert split.rejected.read().equals(whole.rejected.read())
    assert split.report == whole.report
    assert whole.report["num_rejected"] > 0


@pytest.mark.slow
def test_several_workers_read_one_file(tmp_path):
    path = parquet(tmp_path / "a.parquet")
    alone = ingest("parquet", path, tmp_path / "one", SMALL)

    together = ingest("parquet", path, tmp_path / "two", SMALL, workers=2)

    assert together.documents.parts == alone.documents.parts
    assert together.rejected.parts == alone.rejected.parts


def test_finished_portions_are_kept(tmp_path):
    path = parquet(tmp_path / "a.parquet")
    ingest("parquet", path, tmp_path / "out", SMALL)
    documents = tmp_path / "out" / "documents"
    lost = sorted(documents.glob("*.parquet"))[3]
    lost.unlink()
    before = {one: one.stat().st_mtime_ns for one in documents.glob("*.parquet")}

    ingest("parquet", path, tmp_path / "out", SMALL)

    after = {one: one.stat().st_mtime_ns for one in documents.glob("*.parquet")}
    assert after.keys() - before.keys() == {lost}
    unit = lost.name.rsplit("-", 1)[0]
    changed = [one.name for one in before if after[one] != before[one]]
    assert all(name.startswith(unit) for name in changed)
    assert len(changed) < len(before) / 2


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("part_bytes", [1, 100, SMALL])
def test_portions_cover_a_file_once(tmp_path, kind, part_bytes):
    path = MAKERS[kind](tmp_path / f"a.{kind}")
    config = IngestionConfig(**CONFIG)
    read = reader_for(kind)

    items = split_item(item_of(path), source_of(kind), part_bytes)

    assert len(items) > 1
    assert all((item.size or 0) >= part_bytes for item in items[:-1])
    found = [one for item in items for one in read(item, source_of(kind), config)]
    assert found == list(read(item_of(path), source_of(kind), config))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jsonl.gz", "jsonl"), ("a.csv", "csv"), ("a.parquet.zst", "parquet")],
)
def test_what_cannot_be_split_stays_whole(tmp_path, name, kind):
    (tmp_path / name).write_bytes(b"x\n" * 9999)
    item = item_of(tmp_path / name)

    assert split_item(item, source_of(kind), 100) == [item]


def test_a_remote_file_of_lines_is_not_read_twice():
    item = Item("https://nowhere.test/a.jsonl", "a.jsonl", 10_000, "")

    assert split_item(item, source_of("jsonl"), 100) == [item]


def test_a_broken_file_is_left_to_its_reader(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1" * 999)
    item = item_of(tmp_path / "a.parquet")

    assert split_item(item, source_of("parquet"), 100) == [item]


def test_a_source_with_a_limit_is_read_from_its_start(tmp_path):
    path = jsonl(tmp_path / "a.jsonl")
    registry = SourceRegistry.model_validate(
        {"news": {"kind": "jsonl", "location": str(path), "max_megabytes": 0.005}}
    )
    config = IngestionConfig(part_bytes=500, **CONFIG)
    inventory = take_inventory(registry, config)
    engine = EngineConfig(num_workers=1)

    found = read_sources(
        registry, inventory, tmp_path / "out", config, engine, str.lower
    )

    assert len(list((tmp_path / "out" / "units").iterdir())) == 1
    assert 5000 <= found.report["num_bytes"] < 6000


@pytest.mark.skipif(not REAL.exists(), reason="the shared benchmark data is absent")
def test_a_real_table_is_split_between_its_row_groups(tmp_path):
    table = pq.read_table(REAL / "cold" / "test.parquet").select(["TEXT"])
    pq.write_table(table.rename_columns(["text"]), tmp_path / "a.parquet", 500)

    whole = ingest("parquet", tmp_path / "a.parquet", tmp_path / "whole", WHOLE)
    split = ingest("parquet", tmp_path / "a.parquet", tmp_path / "split", 50_000)

    assert len(split.documents.parts) > 3
    assert split.documents.read().equals(whole.documents.read())
