import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.errors import CountMismatchError
from taojin.core.shards import write_shards
from taojin.evaluation.audits.corpora import (
    TrainingCorpus,
    training_corpus,
    training_texts,
)
from taojin.evaluation.audits.incidence import Incidence, distinct_pairs
from taojin.evaluation.audits.origins import Copies, standing_of
from taojin.features.tokenisation import tokenise_documents

ORIGINS = pd.DataFrame(
    {
        "document_id": ["a", "b", "c", "d"],
        "source": ["web", "web", "books", "books"],
        "licence": ["MIT", "MIT", np.nan, None],
    }
)


@pytest.mark.parametrize(
    ("licence", "standing"),
    [
        ("CC0-1.0", "free"),
        ("Apache-2.0", "attribution"),
        ("MIT OR GPL-3.0-only", "attribution"),
        ("MIT AND GPL-3.0-only", "restricted"),
        ("CC-BY-NC-4.0", "restricted"),
        ("CC-BY-ND-4.0", "restricted"),
        ("CC-BY-SA-4.0", "restricted"),
        ("of my own", "restricted"),
        (None, "restricted"),
    ],
)
def test_a_licence_says_what_a_copy_may_do(licence, standing):
    assert standing_of(licence) == standing


def test_an_item_counts_once_an_origin():
    copies = Copies(np.array([0, 0, 0, 1]), np.array([0, 1, 2, 1]), ORIGINS)

    rows = copies.by_origin(4, 0.95)

    assert [
        (row["source"], row["licence"], row["num_copies"], row["num_only_here"])
        for row in rows
    ] == [("web", "MIT", 2, 1), ("books", None, 1, 0)]
    assert copies.restricted.items.tolist() == [0]
    assert copies.strictest().rows()[0]["document_id"] == "c"
    assert copies.strictest().rows()[1]["document_id"] == "b"


def test_pairs_are_distinct_and_expanded():
    pairs = distinct_pairs(np.array([1, 0, 1, 1]), np.array([5, 7, 5, 2]))
    assert [column.tolist() for column in pairs] == [[0, 1, 1], [7, 2, 5]]

    incidence = Incidence(*pairs, 3)
    others, members = incidence.expand(np.array([9, 8, 7]), np.array([1, 2, 0]))
    assert (others.tolist(), members.tolist()) == ([9, 9, 7], [2, 5, 7])


def test_a_place_belongs_to_the_document_that_holds_it():
    corpus = TrainingCorpus(np.arange(9), np.array([0, 4, 5, 9, 9]), ORIGINS)

    assert corpus.documents_at(np.array([0, 3, 4, 5, 8])).tolist() == [0, 0, 1, 2, 2]
    with pytest.raises(CountMismatchError, match="2 documents of 5 tokens"):
        TrainingCorpus(np.arange(9), np.array([0, 4, 5]), ORIGINS)


@pytest.fixture
def curated(tmp_path):
    texts = pa.array(["x", "yy", "zzz", "-"], pa.large_string())
    table = pa.Table.from_pandas(ORIGINS).append_column("text", texts)
    return write_shards([table.slice(0, 1), table.slice(1)], tmp_path / "documents")


@pytest.fixture
def tokens(curated, byte_tokenizer, tmp_path):
    splits = ORIGINS.assign(split=["train", "test", "train", "validation"])
    return tokenise_documents(
        curated, splits, byte_tokenizer.to_str(), tmp_path / "tokens"
    )


def test_tokens_are_joined_with_the_origins_of_their_documents(curated, tokens):
    corpus = training_corpus(tokens, curated)

    assert corpus.documents["document_id"].tolist() == ["a", "c"]
    assert corpus.documents["source"].tolist() == ["web", "books"]
    assert corpus.offsets.tolist() == [0, 2, 6]


def test_tokens_of_other_documents_are_refused(curated, tokens, tmp_path):
    others = write_shards([curated.read().slice(1)], tmp_path / "others")

    with pytest.raises(CountMismatchError, match=r"1 of 2 .* \['a'\]"):
        training_corpus(tokens, others)


def test_only_the_texts_that_were_trained_on_are_read(curated):
    tables = list(training_texts(curated, {"c", "a"}))

    assert [table.column("text").to_pylist() for table in tables] == [["x"], ["zzz"]]
