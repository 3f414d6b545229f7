import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.errors import (
    CorruptArtifactError,
    CountMismatchError,
    DataError,
    EmptyStageError,
)
from taojin.core.shards import write_shards
from taojin.features.tokenisation import tokenise_documents
from taojin.features.tokenizer import TokenizerConfig, load_tokenizer, train_tokenizer
from taojin.features.tokens import TokenShards

TEXTS = ["Alpha beta gamma.", "金 gold 😀", "", "x\0y", "delta\n\n    epsilon " * 30]
IDS = [f"d{number}" for number in range(5)]
SPLITS = pd.DataFrame(
    {"document_id": IDS, "split": ["train", "train", "validation", "test", "test"]}
)


def documents(folder, texts=TEXTS):
    parts = [
        pa.table({"document_id": ids, "text": pa.array(some, pa.large_string())})
        for ids, some in ((IDS[:2], texts[:2]), (IDS[2:], texts[2:]))
    ]
    return write_shards(parts, folder)


@pytest.fixture
def tokenizer_json(tmp_path):
    config = TokenizerConfig(vocab_size=300)
    return train_tokenizer(documents(tmp_path / "train"), SPLITS, config)


@pytest.fixture
def shards(tmp_path, tokenizer_json):
    given = documents(tmp_path / "documents")
    return tokenise_documents(given, SPLITS, tokenizer_json, tmp_path / "tokens")


def test_documents_come_back_whole_each_with_its_end(shards, tokenizer_json):
    tokenizer = load_tokenizer(tokenizer_json)
    found = {}
    for split in shards.splits:
        tokens, offsets = shards.tokens(split), shards.offsets(split)
        ids = shards.documents(split)["document_id"]
        bodies = shards.document_tokens(split)
        for number, document_id in enumerate(ids):
            *body, end = tokens[offsets[number] : offsets[number + 1]].tolist()
            assert end == shards.end_of_document
            assert bodies[number].tolist() == body
            found[document_id] = tokenizer.decode(body)

    assert found == dict(zip(IDS, TEXTS, strict=True))


def test_counts_add_up(shards):
    table = shards.table()

    assert sorted(table["document_id"]) == IDS
    bytes_of = dict(zip(table["document_id"], table["num_bytes"], strict=True))
    assert bytes_of == {
        name: len(text.encode()) for name, text in zip(IDS, TEXTS, strict=True)
    }
    for split in shards.splits:
        own = table[table["split"] == split]
        assert own["num_tokens"].sum() == len(shards.tokens(split))
        assert shards.offsets(split)[-1] == len(shards.tokens(split))
        assert shards.offsets(split).dtype == np.int64


def test_tokens_are_mapped_narrow_and_read_only(shards):
    tokens = shards.tokens("test")

    assert isinstance(tokens, np.memmap)
    assert tokens.dtype == np.uint16
    assert tokens.max() < shards.vocab_size
    assert not tokens.flags.writeable


def test_the_same_input_gives_the_same_bytes_wherever_it_lies(
    shards, tokenizer_json, tmp_path
):
    again = tokenise_documents(
        documents(tmp_path / "copy"), SPLITS, tokenizer_json, tmp_path / "elsewhere"
    )

    assert again.fingerprint == shards.fingerprint
    assert sorted(p.name for p in again.root.iterdir()) == sorted(
        p.name for p in shards.root.iterdir()
    )


@pytest.mark.parametrize("change", ["text", "split"])
def test_another_text_or_split_is_another_fingerprint(
    change, shards, tokenizer_json, tmp_path
):
    texts, splits = list(TEXTS), SPLITS.copy()
    if change == "text":
        texts[0] = "Alpha beta gamma!"
    else:
        splits["split"] = ["train", "train", "test", "validation", "test"]

    other = tokenise_documents(
        documents(tmp_path / "o", texts), splits, tokenizer_json, tmp_path / "t"
    )

    assert other.fingerprint != shards.fingerprint


def test_an_opened_folder_equals_the_written_one(shards):
    assert TokenShards.open(str(shards.root)) == shards
    assert TokenShards.open(shards.root).fingerprint == shards.fingerprint


def test_a_truncated_file_is_refused_by_name(shards):
    path = shards.root / "train.tokens"
    path.write_bytes(path.read_bytes()[:-2])

    with pytest.raises(CorruptArtifactError, match=r"train\.tokens has"):
        TokenShards.open(shards.root)


def test_a_missing_file_is_refused_by_name(shards):
    (shards.root / "test.documents.parquet").unlink()

    with pytest.raises(
        CorruptArtifactError, match=r"test\.documents\.parquet is missing"
    ):
        TokenShards.open(shards.root)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format_version": 99}'])
def test_a_bad_manifest_is_refused(shards, content):
    (shards.root / "manifest.json").write_text(content, encoding="utf-8")

    with pytest.raises(CorruptArtifactError, match="run the features stage again"):
        TokenShards.open(shards.root)


def test_a_folder_without_manifest_is_refused(tmp_path):
    with pytest.raises(CorruptArtifactError, match=r"manifest\.json"):
        TokenShards.open(tmp_path)


def test_an_unknown_split_is_refused(shards):
    with pytest.raises(DataError, match="'holdout'"):
        shards.tokens("holdout")


def test_a_failed_run_leaves_what_was_there(shards, tmp_path):
    before = shards.fingerprint

    with pytest.raises(CorruptArtifactError):
        tokenise_documents(documents(tmp_path / "d"), SPLITS, "broken", shards.root)

    assert TokenShards.open(shards.root).fingerprint == before
    assert not list(tmp_path.glob("*.partial"))


def test_splits_that_lack_a_document_are_refused(tokenizer_json, tmp_path):
    with pytest.raises(CountMismatchError, match="lack 1 of the 5"):
        tokenise_documents(
            documents(tmp_path / "d"), SPLITS.head(4), tokenizer_json, tmp_path / "t"
        )


def test_an_empty_split_is_an_error_that_names_it(tokenizer_json, tmp_path):
    splits = SPLITS.assign(split="train")

    with pytest.raises(EmptyStageError, match=r"\['test', 'validation'\]"):
        tokenise_documents(
            documents(tmp_path / "d"), splits, tokenizer_json, tmp_path / "t"
        )


def test_a_vocabulary_over_sixteen_bits_takes_wider_tokens(tokenizer_json, tmp_path):
    model = json.loads(tokenizer_json)
    vocabulary = model["model"]["vocab"]
    for number in range(len(vocabulary), (1 << 16) + 1):
        vocabulary[f"filler {number}"] = number
    wide = json.dumps(model)

    shards = tokenise_documents(documents(tmp_path / "d"), SPLITS, wide, tmp_path / "t")

    assert shards.vocab_size == (1 << 16) + 1
    assert shards.tokens("train").dtype == np.uint32
    assert shards.offsets("train")[-1] == len(shards.tokens("train"))
