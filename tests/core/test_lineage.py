from taojin.core.lineage import Lineage, LineageRecord


def record(node: str, finished_at: str = "2026-01-01T00:00:00+00:00") -> LineageRecord:
    return LineageRecord(
        node=node,
        key="k",
        code="c",
        inputs={"params:x": "1", "workspace": None},
        outputs={"y": "2"},
        run_id="r",
        finished_at=finished_at,
        seconds=1.5,
    )


def test_a_record_survives_the_disk(tmp_path):
    lineage = Lineage(tmp_path / "lineage")

    lineage.store(record("curation.decide"))

    assert lineage.find("curation.decide") == record("curation.decide")
    assert lineage.find("curation.other") is None


def test_a_forgotten_or_damaged_record_is_no_record(tmp_path):
    lineage = Lineage(tmp_path)
    for node in ("a", "b", "c"):
        lineage.store(record(node))

    lineage.forget("a")
    (tmp_path / "b.json").write_text('{"node": "b"')
    (tmp_path / "c.json").write_text('{"unknown": 1}')

    assert [lineage.find(node) for node in "abc"] == [None, None, None]
    assert list(lineage) == []


def test_records_come_in_the_order_of_time(tmp_path):
    lineage = Lineage(tmp_path)
    lineage.store(record("a", "2026-01-02T00:00:00+00:00"))
    lineage.store(record("b", "2026-01-01T00:00:00+00:00"))

    assert [found.node for found in lineage] == ["b", "a"]
