import itertools

import pyarrow as pa
import pytest

from taojin.core.shards import write_shards
from taojin.curation.config import DuplicatesConfig, SignalsConfig
from taojin.curation.duplicates import CLUSTER_COLUMNS, find_duplicates
from taojin.curation.signals import measure_part

CONFIG = DuplicatesConfig()
BASE = " ".join(a + b + c for a in "abc" for b in "defgh" for c in "klmnopqr")


def edited(text, *places):
    words = text.split()
    for place in places:
        words[place] = f"changed{place}"
    return " ".join(words)


def signals(tmp_path, texts, order=None):
    rows = [
        {"document_id": f"{row:02d}", "text": text, "source": "s", "licence": None}
        for row, text in enumerate(texts)
    ]
    schema = pa.schema(
        [(name, pa.string()) for name in ("document_id", "text", "source", "licence")]
    )
    chosen = [rows[i] for i in (order or range(len(rows)))]
    table = pa.Table.from_pylist(chosen, schema=schema)
    measured, _ = measure_part(table, SignalsConfig())
    middle = measured.num_rows // 2
    return write_shards([measured.slice(0, middle), measured.slice(middle)], tmp_path)


def clusters(found):
    groups = found.groupby("cluster_id")["document_id"].agg(list).tolist()
    return [sorted(group) for group in groups]


def test_exact_and_near_copies_are_found(tmp_path):
    texts = ["unlike " * 3, BASE, BASE.upper(), edited(BASE, 60), "quite another text"]
    found = find_duplicates(signals(tmp_path, texts), CONFIG)
    assert tuple(found.columns) == CLUSTER_COLUMNS
    assert clusters(found) == [["01", "02", "03"]]
    assert found["cluster_id"].unique().tolist() == ["01"]
    assert found["kind"].tolist() == ["exact", "exact", "near"]
    assert found["twin_id"].tolist() == ["01", "01", "03"]


def test_near_copies_of_near_copies_are_one_cluster(tmp_path):
    texts = [BASE, edited(BASE, 40), edited(BASE, 40, 80)]
    assert clusters(find_duplicates(signals(tmp_path, texts), CONFIG)) == [
        ["00", "01", "02"]
    ]


def test_the_order_of_documents_does_not_matter(tmp_path):
    texts = [BASE, "x y z", BASE, edited(BASE, 7), "x  Y z", "alone"]
    results = [
        find_duplicates(signals(tmp_path / str(i), texts, order), CONFIG)
        for i, order in enumerate(
            itertools.islice(itertools.permutations(range(6)), 0, 720, 240)
        )
    ]
    assert clusters(results[0]) == [["00", "02", "03"], ["01", "04"]]
    assert all(result.equals(results[0]) for result in results)


def test_short_texts_are_no_near_copies_by_chance(tmp_path):
    texts = ["one two three four five!", "one, two three four five"]
    assert find_duplicates(signals(tmp_path, texts), CONFIG).empty
    lenient = DuplicatesConfig(min_shingles=1)
    assert len(find_duplicates(signals(tmp_path, texts), lenient)) == 2


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (DuplicatesConfig(exact=False, near=False), []),
        (DuplicatesConfig(near=False), [["00", "01"]]),
    ],
)
def test_a_kind_of_copy_can_be_left_out(tmp_path, config, expected):
    texts = [BASE, BASE, edited(BASE, 60)]
    assert clusters(find_duplicates(signals(tmp_path, texts), config)) == expected


def test_empty_documents_are_exact_copies_but_never_near_ones(tmp_path):
    texts = ["", " ", "---", "***"]
    found = find_duplicates(signals(tmp_path, texts), DuplicatesConfig(min_shingles=1))
    assert clusters(found) == [["00", "01"]]


def test_no_documents_have_no_copies(tmp_path):
    found = find_duplicates(signals(tmp_path, []), CONFIG)
    assert found.empty
    assert tuple(found.columns) == CLUSTER_COLUMNS
