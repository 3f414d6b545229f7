import pandas as pd
import pyarrow as pa

from taojin.core.records import DOCUMENT_SCHEMA
from taojin.core.shards import write_shards
from taojin.curation.repair import RepairConfig
from taojin.curation.repairing import repair_documents, repair_part, repairs_by_source
from taojin.curation.repeats.boilerplate import count_lines
from taojin.curation.repeats.config import BoilerplateConfig
from taojin.engines import EngineConfig

ALONE = EngineConfig(num_workers=1)
NOTICE = "Subscribe to our newsletter for more stories like this one."


def documents(*rows):
    return pa.Table.from_pylist(
        [
            {
                "document_id": f"{row:02d}",
                "text": text,
                "source": source,
                "uri": str(row),
                "metadata": "{}",
            }
            for row, (source, text) in enumerate(rows)
        ],
        schema=DOCUMENT_SCHEMA,
    )


def boilerplate(tmp_path, table):
    config = BoilerplateConfig(min_documents=2)
    shards = write_shards([table], tmp_path / "counted")
    return count_lines(shards, None, config, workspace=tmp_path / "lines", engine=ALONE)


def test_documents_of_several_sources_keep_their_order(tmp_path):
    table = documents(("a", "1\r\n"), ("b", "2"), ("a", "3"), ("a", "4"), ("c", "5"))
    nothing = boilerplate(tmp_path, table)
    repaired, _ = repair_part(table, nothing, RepairConfig())
    assert repaired["document_id"].equals(table["document_id"])
    assert repaired["source"].equals(table["source"])
    assert repaired["text"].to_pylist()[0].startswith("1\n")


def test_a_line_is_boilerplate_only_in_its_own_source(tmp_path):
    text = f"Something else.\n{NOTICE}"
    table = documents(("a", text), ("a", f"{NOTICE}\nOther"), ("b", text))
    found = boilerplate(tmp_path, table)
    repaired, _ = repair_part(table, found, RepairConfig())
    has_notice = [NOTICE in text for text in repaired["text"].to_pylist()]
    assert has_notice == [False, False, True]


def test_repairs_are_counted_by_source(tmp_path):
    table = documents(("a", f"x\n{NOTICE}"), ("b", "y"), ("a", f"z\n{NOTICE}"))
    found = boilerplate(tmp_path, table)
    shards = write_shards([table.slice(0, 1), table.slice(1)], tmp_path / "in")
    repaired = repair_documents(shards, found, RepairConfig(), tmp_path / "out", ALONE)
    report = repairs_by_source(repaired)
    assert report["a"]["num_boilerplate_lines"] == 2
    assert report["b"]["num_boilerplate_lines"] == 0


def test_no_documents_are_repaired_too():
    nothing = documents()
    empty = pd.DataFrame(columns=["source", "line"])
    repaired, counts = repair_part(nothing, empty, RepairConfig())
    assert (repaired.num_rows, counts) == (0, {})
