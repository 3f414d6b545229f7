import json

import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.errors import CountMismatchError
from taojin.core.records import DOCUMENT_SCHEMA
from taojin.core.shards import Shards, write_shards
from taojin.training.semi_supervised.pool import unlabelled_documents


def documents(root, texts: dict[str, str]) -> Shards:
    rows = [
        {
            "document_id": name, "text": text, "source": "news", "uri": name,
            "title": name, "licence_declared": None, "licence": None,
            "metadata": json.dumps({}),
        }
        for name, text in texts.items()
    ]  # fmt: skip
    return write_shards([pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA)], root)


def splits(**of: str) -> pd.DataFrame:
    return pd.DataFrame({"document_id": list(of), "split": list(of.values())})


def test_only_train_documents_without_a_label_are_taken(tmp_path):
    shards = documents(
        tmp_path, {"a": "one", "b": "two", "c": "three", "d": "four", "e": " "}
    )
    assignment = splits(a="train", b="train", c="validation", d="test", e="train")

    pool = unlabelled_documents(
        shards, assignment, {"b"}, max_documents=9, max_text_chars=2
    )

    assert pool.to_dict("records") == [{"document_id": "a", "text": "on"}]


def test_which_documents_are_taken_does_not_depend_on_their_order(tmp_path):
    texts = {f"d{number}": f"text {number}" for number in range(20)}
    assignment = splits(**dict.fromkeys(texts, "train"))
    backwards = dict(reversed(texts.items()))

    def taken(root, order: dict[str, str]) -> list[str]:
        pool = unlabelled_documents(
            documents(root, order), assignment, (), max_documents=5, max_text_chars=99
        )
        return list(pool["document_id"])

    first = taken(tmp_path / "a", texts)
    assert first == taken(tmp_path / "b", backwards)
    assert first != list(texts)[:5]


def test_nothing_left_is_an_empty_table(tmp_path):
    pool = unlabelled_documents(
        documents(tmp_path, {"a": "one"}), splits(a="test"), (),
        max_documents=9, max_text_chars=9,
    )  # fmt: skip

    assert list(pool.columns) == ["document_id", "text"]
    assert pool.empty


def test_splits_of_other_documents_are_refused(tmp_path):
    with pytest.raises(CountMismatchError):
        unlabelled_documents(
            documents(tmp_path, {"a": "one"}), splits(b="train"), (),
            max_documents=9, max_text_chars=9,
        )  # fmt: skip
