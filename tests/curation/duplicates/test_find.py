import itertools

import numpy as np
import pyarrow as pa
import pytest

from taojin.core.errors import CorruptArtifactError
from taojin.core.shards import write_shards
from taojin.curation.duplicates import CLUSTER_COLUMNS, find_duplicates
from taojin.curation.duplicates.components import connect
from taojin.curation.duplicates.config import DuplicatesConfig, MinHashConfig
from taojin.curation.duplicates.keys import band_keys
from taojin.curation.duplicates.linking import link_equal_keys
from taojin.curation.minhash import band_hashes, exact_hashes
from taojin.engines import EngineConfig

CONFIG = DuplicatesConfig()
ALONE = EngineConfig(num_workers=1)
BASE = " ".join(a + b + c for a in "abc" for b in "defgh" for c in "klmnopqr")


def edited(text, *places):
    words = text.split()
    for place in places:
        words[place] = f"changed{place}"
    return " ".join(words)


def measured(texts, ids):
    text = pa.chunked_array([pa.array(texts, pa.large_string())])
    bands, num_shingles = band_hashes(text, MinHashConfig())
    flat = pa.array(bands.reshape(-1))
    return pa.table(
        {
            "document_id": pa.array(ids, pa.string()),
            "exact_hash": exact_hashes(text),
            "num_shingles": num_shingles,
            "band_hashes": pa.FixedSizeListArray.from_arrays(flat, bands.shape[1]),
        }
    )


def signals(folder, texts, order=None, num_parts=2):
    chosen = list(order or range(len(texts)))
    table = measured([texts[i] for i in chosen], [f"{i:02d}" for i in chosen])
    size = max(1, -(-table.num_rows // num_parts))
    starts = range(0, max(1, table.num_rows), size)
    return write_shards([table.slice(start, size) for start in starts], folder)


def found_in(folder, texts, config=CONFIG, **layout):
    shards = signals(folder / "signals", texts, **layout)
    return find_duplicates(shards, config, workspace=folder / "work", engine=ALONE)


def clusters(found):
    groups = found.groupby("cluster_id")["document_id"].agg(list).tolist()
    return [sorted(group) for group in groups]


def random_signals(folder, num_rows=4000, num_parts=3):
    """Documents of which about a tenth share one band or the exact hash with another."""
    random = np.random.default_rng(5)
    bands = random.integers(0, 2**64, (num_rows, 14), dtype=np.uint64)
    exact = random.integers(0, 2**62, num_rows)
    copies, originals = random.permutation(num_rows)[:400].reshape(2, 200)
    bands[copies, 3] = bands[originals, 3]
    bands[:300:2, 7] = 77  # one key that very many have
    exact[originals[:50]] = exact[copies[:50]]
    table = pa.table(
        {
            "document_id": [f"{row:08x}" for row in random.permutation(num_rows)],
            "exact_hash": [f"{value:032x}" for value in exact],
            "num_shingles": random.integers(1, 100, num_rows),
            "band_hashes": pa.FixedSizeListArray.from_arrays(
                pa.array(bands.reshape(-1)), 14
            ),
        }
    )
    size = -(-num_rows // num_parts)
    parts = [table.slice(start, size) for start in range(0, num_rows, size)]
    return write_shards(parts, folder)


def test_exact_and_near_copies_are_found(tmp_path):
    texts = ["unlike " * 3, BASE, BASE.upper(), edited(BASE, 60), "quite another text"]
    found = found_in(tmp_path, texts)
    assert tuple(found.columns) == CLUSTER_COLUMNS
    assert clusters(found) == [["01", "02", "03"]]
    assert found["cluster_id"].unique().tolist() == ["01"]
    assert found["kind"].tolist() == ["exact", "exact", "near"]
    assert found["twin_id"].tolist() == ["01", "01", "03"]


def test_near_copies_of_near_copies_are_one_cluster(tmp_path):
    texts = [BASE, edited(BASE, 40), edited(BASE, 40, 80)]
    assert clusters(found_in(tmp_path, texts)) == [["00", "01", "02"]]


def test_the_order_of_documents_does_not_matter(tmp_path):
    texts = [BASE, "x y z", BASE, edited(BASE, 7), "x  Y z", "alone"]
    orders = itertools.islice(itertools.permutations(range(6)), 0, 720, 240)
    results = [
        found_in(tmp_path / str(number), texts, order=order)
        for number, order in enumerate(orders)
    ]
    assert clusters(results[0]) == [["00", "02", "03"], ["01", "04"]]
    assert all(result.equals(results[0]) for result in results)


@pytest.mark.parametrize("num_parts", [1, 7])
def test_parts_do_not_change_the_result(tmp_path, num_parts):
    shards = random_signals(tmp_path / "first")
    expected = find_duplicates(shards, CONFIG, workspace=tmp_path / "w", engine=ALONE)
    others = random_signals(tmp_path / "second", num_parts=num_parts)
    found = find_duplicates(others, CONFIG, workspace=tmp_path / "w", engine=ALONE)
    assert len(expected) > 400
    assert found.equals(expected)


@pytest.mark.parametrize("memory_limit", [200_000, 1_000_000])
def test_little_memory_does_not_change_what_is_connected(tmp_path, memory_limit):
    shards = random_signals(tmp_path / "signals")
    labels = [
        connect(
            np.arange(shards.num_rows),
            link_equal_keys(
                shards,
                band_keys(shards, min_shingles=8),
                workspace=tmp_path / "work",
                memory_limit=limit,
                engine=ALONE,
                label="bands",
            ),
        )
        for limit in (memory_limit, 1 << 30)
    ]
    assert (labels[0] == labels[1]).all()
    assert (labels[0] != np.arange(shards.num_rows)).sum() > 300


@pytest.mark.slow
def test_workers_do_not_change_the_result(tmp_path):
    shards = random_signals(tmp_path / "signals", num_rows=40_000)
    config = DuplicatesConfig(memory_limit_mb=16)
    results = [
        find_duplicates(
            shards,
            config,
            workspace=tmp_path / "w",
            engine=EngineConfig(num_workers=workers),
        )
        for workers in (1, 2)
    ]
    assert len(results[0]) > 400
    assert results[0].equals(results[1])


def test_what_was_spilt_is_deleted(tmp_path):
    (tmp_path / "work" / "band_hashes").mkdir(parents=True)
    (tmp_path / "work" / "band_hashes" / "stale.edges").write_bytes(b"\0" * 16)
    found_in(tmp_path, [BASE, "another"])
    assert list((tmp_path / "work").iterdir()) == []


def test_what_an_earlier_run_left_is_not_read(tmp_path):
    folder = tmp_path / "work" / "band_hashes"
    folder.mkdir(parents=True)
    np.array([0, 1], dtype=np.int64).tofile(folder / "slice-000000.edges")
    assert found_in(tmp_path, [BASE, "another"]).empty


def test_short_texts_are_no_near_copies_by_chance(tmp_path):
    texts = ["one two three four five!", "one, two three four five"]
    assert found_in(tmp_path, texts).empty
    assert len(found_in(tmp_path, texts, DuplicatesConfig(min_shingles=1))) == 2


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (DuplicatesConfig(exact=False, near=False), []),
        (DuplicatesConfig(near=False), [["00", "01"]]),
        (DuplicatesConfig(exact=False), [["00", "01", "02"]]),
    ],
)
def test_a_kind_of_copy_can_be_left_out(tmp_path, config, expected):
    texts = [BASE, BASE, edited(BASE, 60)]
    assert clusters(found_in(tmp_path, texts, config)) == expected


def test_empty_documents_are_exact_copies_but_never_near_ones(tmp_path):
    texts = ["", " ", "---", "***"]
    found = found_in(tmp_path, texts, DuplicatesConfig(min_shingles=1))
    assert clusters(found) == [["00", "01"]]


def test_no_documents_have_no_copies(tmp_path):
    found = found_in(tmp_path, [])
    assert found.empty
    assert tuple(found.columns) == CLUSTER_COLUMNS


def test_a_damaged_part_is_named(tmp_path):
    shards = signals(tmp_path / "signals", [BASE, BASE])
    shards.path(shards.parts[1]).write_bytes(b"no Parquet")
    with pytest.raises(CorruptArtifactError, match=shards.parts[1].name):
        find_duplicates(shards, CONFIG, workspace=tmp_path / "w", engine=ALONE)
