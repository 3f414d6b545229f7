"""The same clusters as the reference; which member of one stays differs by design."""

import random
from collections import defaultdict
from pydoc_data.topics import topics

import pyarrow as pa
import pytest

from taojin.core.shards import write_shards
from taojin.curation.duplicates import find_duplicates
from taojin.curation.duplicates.config import DuplicatesConfig, MinHashConfig
from taojin.curation.minhash import band_hashes
from taojin.engines import EngineConfig

NUM_FILES = 3


def documents():
    """Python's own documentation in pieces, with near copies planted among them."""
    source = random.Random(3)  # noqa: S311 - no secret
    lines = [line for text in topics.values() for line in text.splitlines() if line]
    pieces = ["\n".join(lines[i : i + 4]) for i in range(0, len(lines), 4)]
    copies = [edited(source.choice(pieces), source) for _ in range(600)]
    mixed = pieces + copies
    source.shuffle(mixed)
    return mixed


def edited(text, source):
    words = text.split(" ")
    for _ in range(source.choice((0, 1, 2, 5))):
        words[source.randrange(len(words))] = f"edit{source.randrange(1000)}"
    return " ".join(words)


def reference_clusters(texts, folder):
    """Clusters as sets of numbers of texts, and the numbers that the filter removes."""
    minhash = pytest.importorskip("datatrove.pipeline.dedup.minhash")
    data = pytest.importorskip("datatrove.data")
    xxhash = pytest.importorskip("xxhash")
    folders = [str(folder / name) for name in ("signatures", "buckets", "clusters")]
    config = minhash.MinhashConfig()
    per_file = -(-len(texts) // NUM_FILES)
    files = [
        [
            data.Document(text, str(number))
            for number, text in enumerate(texts[start : start + per_file], start)
        ]
        for start in range(0, len(texts), per_file)
    ]
    sign = minhash.MinhashDedupSignature(folders[0], config)
    # Version 4 of xxhash takes no strings any more, as the reference gives it.
    sign._hash_func = lambda text: xxhash.xxh64_intdigest(text.encode())
    for rank, file in enumerate(files):
        sign.run(file, rank, NUM_FILES)
    match = minhash.MinhashDedupBuckets(folders[0], folders[1], config=config)
    for rank in range(config.num_buckets):
        match.run(None, rank, config.num_buckets)
    minhash.MinhashDedupCluster(
        folders[1], folders[2], config=config, save_cluster_id=True
    ).run(None, 0, 1)
    keep = minhash.MinhashDedupFilter(folders[2])
    kept = {
        doc.id for rank, file in enumerate(files) for doc in keep.run(iter(file), rank)
    }
    mark = minhash.MinhashDedupFilter(folders[2], load_cluster_ids=True)
    for rank, file in enumerate(files):
        list(mark.run(iter(file), rank))
    groups = defaultdict(set)
    for document in (document for file in files for document in file):
        if (cluster := document.metadata.get("minhash_cluster_id", -1)) >= 0:
            groups[cluster].add(int(document.id))
    return groups.values(), len(texts) - len(kept)


def our_clusters(texts, folder):
    text = pa.chunked_array([pa.array(texts, pa.large_string())])
    bands, num_shingles = band_hashes(text, MinHashConfig(unit="word"))
    table = pa.table(
        {
            "document_id": [f"{number:06d}" for number in range(len(texts))],
            "exact_hash": [f"{number:032x}" for number in range(len(texts))],
            "num_shingles": num_shingles,
            "band_hashes": pa.FixedSizeListArray.from_arrays(
                pa.array(bands.reshape(-1)), bands.shape[1]
            ),
        }
    )
    found = find_duplicates(
        write_shards([table], folder / "signals"),
        DuplicatesConfig(min_shingles=1),
        workspace=folder / "work",
        engine=EngineConfig(num_workers=1),
    )
    ids = found.groupby("cluster_id")["document_id"].agg(list)
    return [{int(document) for document in cluster} for cluster in ids]


@pytest.mark.slow
def test_clusters_are_those_of_the_reference(tmp_path):
    texts = documents()
    expected, num_removed = reference_clusters(texts, tmp_path / "reference")
    ours = our_clusters(texts, tmp_path)
    assert len(texts) > 2500
    assert len(ours) > 300
    assert sorted(map(sorted, ours)) == sorted(map(sorted, expected))
    assert sum(map(len, ours)) - len(ours) == num_removed
