from collections import Counter

import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError

from taojin.core.errors import ConfigurationError, CountMismatchError, DataError
from taojin.core.shards import write_shards
from taojin.features.splits import (
    SplitConfig,
    split_documents,
    split_of_documents,
    texts_of_split,
)

NO_CLUSTERS = pd.DataFrame({"document_id": [], "cluster_id": []}, dtype="str")
FEW = SplitConfig(train=0.6, validation=0.2, test=0.2, min_documents=1)


def documents(folder, ids):
    half = len(ids) // 2
    tables = [
        pa.table({"document_id": part, "text": [f"text of {name}" for name in part]})
        for part in (ids[:half], ids[half:])
    ]
    return write_shards(tables, folder)


def names(count):
    return [f"d{number:04d}" for number in range(count)]


def test_every_document_is_in_one_split_in_the_given_order(tmp_path):
    ids = names(500)

    table = split_documents(documents(tmp_path, ids), NO_CLUSTERS, FEW)

    assert table["document_id"].tolist() == ids
    assert set(table["split"]) == {"train", "validation", "test"}


def test_shares_are_kept_within_chance(tmp_path):
    config = SplitConfig(train=0.8, validation=0.1, test=0.1)

    table = split_documents(documents(tmp_path, names(5000)), NO_CLUSTERS, config)

    counts = Counter(table["split"])
    assert counts["train"] / 5000 == pytest.approx(0.8, abs=0.02)
    assert counts["test"] / 5000 == pytest.approx(0.1, abs=0.02)


def test_near_duplicates_never_straddle_the_splits(tmp_path):
    ids = names(900)
    clusters = pd.DataFrame(
        {"document_id": ids, "cluster_id": [f"c{i // 3}" for i in range(900)]}
    )

    table = split_documents(documents(tmp_path, ids), clusters, FEW)

    assert len(set(table["cluster_id"])) == 300
    assert len(set(zip(table["cluster_id"], table["split"], strict=True))) == 300


def test_without_clusters_the_same_documents_would_straddle(tmp_path):
    table = split_documents(documents(tmp_path, names(900)), NO_CLUSTERS, FEW)

    triples = [f"c{i // 3}" for i in range(900)]
    assert len(set(zip(triples, table["split"], strict=True))) > 300


def test_a_document_keeps_its_split_when_others_come(tmp_path):
    small = split_documents(documents(tmp_path / "a", names(300)), NO_CLUSTERS, FEW)
    large = split_documents(documents(tmp_path / "b", names(600)), NO_CLUSTERS, FEW)

    pd.testing.assert_frame_equal(large.head(300), small)


def test_clusters_of_other_documents_are_no_matter(tmp_path):
    given = documents(tmp_path, names(100))
    foreign = pd.DataFrame({"document_id": ["gone"], "cluster_id": ["c"]})

    pd.testing.assert_frame_equal(
        split_documents(given, foreign, FEW), split_documents(given, NO_CLUSTERS, FEW)
    )


def test_another_seed_divides_otherwise(tmp_path):
    given = documents(tmp_path, names(300))
    other = FEW.model_copy(update={"seed": 1})

    first, second = (split_documents(given, NO_CLUSTERS, c) for c in (FEW, other))

    assert first["split"].tolist() != second["split"].tolist()


def test_a_split_with_too_few_documents_is_an_error_that_names_it(tmp_path):
    config = SplitConfig(train=0.98, validation=0.01, test=0.01, min_documents=5)

    with pytest.raises(
        ConfigurationError, match=r"features\.splits.*min_documents is 5"
    ):
        split_documents(documents(tmp_path, names(20)), NO_CLUSTERS, config)


def test_one_document_cannot_be_divided(tmp_path):
    with pytest.raises(ConfigurationError, match="of 1 documents"):
        split_documents(documents(tmp_path, ["only"]), NO_CLUSTERS, FEW)


def test_a_document_in_two_clusters_is_refused(tmp_path):
    clusters = pd.DataFrame({"document_id": ["d0000"] * 2, "cluster_id": ["a", "b"]})

    with pytest.raises(DataError, match="d0000"):
        split_documents(documents(tmp_path, names(10)), clusters, FEW)


def test_shares_must_add_up():
    with pytest.raises(ValidationError, match=r"add up to 1, not 0\.9"):
        SplitConfig(train=0.7, validation=0.1, test=0.1)


def test_splits_of_other_documents_are_refused(tmp_path):
    given = documents(tmp_path, names(4))
    splits = pd.DataFrame({"document_id": ["d0000", "else"], "split": ["train"] * 2})

    with pytest.raises(CountMismatchError, match=r"lack 3 of the 4 .* 1 others"):
        split_of_documents(given, splits)


def test_the_texts_of_a_split_come_in_the_documents_order(tmp_path):
    given = documents(tmp_path, names(4))
    splits = pd.DataFrame(
        {"document_id": names(4)[::-1], "split": ["test", "train", "train", "test"]}
    )

    assert texts_of_split(given, splits, "test") == ["text of d0000", "text of d0003"]
    assert texts_of_split(given, splits, "validation") == []
