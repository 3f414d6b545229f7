from taojin.core.lineage import LineageRecord
from taojin.hooks.lineage_inputs import dataset_inputs, made_in_run


def record(node, run_id, inputs, outputs):
    return LineageRecord(node, "key", "code", inputs, outputs, run_id, "2026", 1.0)


RECORDS = [
    record("read", "old", {"params:x": "p" * 32}, {"raw": "a" * 32}),
    record(
        "train",
        "new",
        {"raw": "a" * 32, "labels": "c" * 32, "sink": None, "parameters": "q"},
        {"model": "b" * 32, "nothing": None},
    ),
]


def test_a_run_made_what_its_own_nodes_put_out():
    assert made_in_run(RECORDS, "new") == {"model", "nothing"}
    assert made_in_run(RECORDS, "other") == set()


def test_datasets_have_name_digest_and_the_way_they_were_used():
    found = {
        item.dataset.name: (item.dataset.digest, item.tags[0].value)
        for item in dataset_inputs(RECORDS, "new")
    }
    assert found == {
        "raw": ("a" * 32, "reused"),
        "labels": ("c" * 32, "read"),
        "model": ("b" * 32, "made"),
    }


def test_digests_fit_into_the_store():
    long = [record("node", "new", {}, {"x": "f" * 128})]
    assert len(dataset_inputs(long, "new")[0].dataset.digest) == 36


def test_no_records_are_no_datasets():
    assert dataset_inputs([], "new") == []
