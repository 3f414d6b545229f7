import logging
import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.errors import CorruptArtifactError, EmptyStageError
from taojin.core.shards import Shards, write_shards
from taojin.features.tokenizer import (
    END_OF_DOCUMENT,
    TokenizerConfig,
    load_tokenizer,
    train_tokenizer,
)

TEXTS = [
    "Return the sum of array elements over a given axis.\n\n    >>> sum([1, 2])",
    "Return the mean of array elements over a given axis, or None.",
    "返回数组元素沿给定轴的总和。",
    "A title\n=======\n\nSome words, 1234567 numbers & 😀 emoji.",
] * 5


def corpus(folder, texts=TEXTS, split="train"):
    ids = [f"d{number}" for number in range(len(texts))]
    table = pa.table({"document_id": ids, "text": pa.array(texts, pa.large_string())})
    splits = pd.DataFrame({"document_id": ids, "split": [split] * len(ids)})
    return write_shards([table], folder), splits


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    return train_tokenizer(*corpus(folder), TokenizerConfig(vocab_size=400))


@settings(max_examples=200, deadline=None)
@given(text=st.text())
def test_any_unicode_text_survives_the_round_trip(trained, text):
    tokenizer = load_tokenizer(trained)

    assert (
        tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "  two  spaces \n\n\n\tand a tab  ",
        "\r\nWindows\r\n",
        "👩‍👩‍👧‍👦 e\u0301 é",
        "总和\u3000。",
        "\ufffe\U0010ffff",
        "a" * 5000,
    ],
)
def test_awkward_texts_survive_the_round_trip(trained, text):
    tokenizer = load_tokenizer(trained)

    assert (
        tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text
    )


def test_a_text_cannot_forge_the_end_of_a_document(trained):
    tokenizer = load_tokenizer(trained)
    text = f"before {END_OF_DOCUMENT} after"

    ids = tokenizer.encode(text).ids

    assert tokenizer.token_to_id(END_OF_DOCUMENT) not in ids
    assert tokenizer.decode(ids, skip_special_tokens=False) == text


def test_training_twice_gives_the_same_vocabulary(tmp_path, trained):
    again = train_tokenizer(*corpus(tmp_path), TokenizerConfig(vocab_size=400))

    assert again == trained


@pytest.mark.slow
def test_another_process_gives_the_same_vocabulary(tmp_path, trained):
    shards, splits = corpus(tmp_path)
    splits.to_parquet(tmp_path / "splits.parquet")
    program = (
        "import pandas, sys\n"
        "from taojin.core.shards import Shards\n"
        "from taojin.features.tokenizer import TokenizerConfig, train_tokenizer\n"
        f"splits = pandas.read_parquet({str(tmp_path / 'splits.parquet')!r})\n"
        f"shards = Shards.open({str(shards.root)!r})\n"
        "config = TokenizerConfig(vocab_size=400)\n"
        "sys.stdout.write(train_tokenizer(shards, splits, config))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True
    )

    assert done.stdout.decode() == trained


def test_only_the_train_split_is_learnt_from(tmp_path):
    shards, splits = corpus(tmp_path, ["common words here"] * 9 + ["zebra zebra zebra"])
    splits.loc[9, "split"] = "test"

    tokenizer = load_tokenizer(
        train_tokenizer(shards, splits, TokenizerConfig(vocab_size=400))
    )

    assert len(tokenizer.encode(" words").ids) == 1
    assert len(tokenizer.encode(" zebra").ids) > 1


def test_a_small_corpus_says_which_size_it_supports(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        made = train_tokenizer(*corpus(tmp_path), TokenizerConfig(vocab_size=4096))

    size = load_tokenizer(made).get_vocab_size()
    assert size < 4096
    assert f"going on with {size}" in caplog.text


def test_a_sample_of_the_text_is_enough_where_there_is_much(tmp_path):
    texts = [f"word{'abcdefghij'[i % 10] * 3} number {i}" for i in range(400)]
    config = TokenizerConfig(
        vocab_size=4096, min_frequency=1, max_train_megabytes=0.004
    )

    sampled = train_tokenizer(*corpus(tmp_path / "a", texts), config)
    whole = train_tokenizer(
        *corpus(tmp_path / "b", texts),
        config.model_copy(update={"max_train_megabytes": 1}),
    )

    sizes = [load_tokenizer(made).get_vocab_size() for made in (sampled, whole)]
    assert 257 < sizes[0] < sizes[1]


def test_no_train_document_is_an_error(tmp_path):
    with pytest.raises(EmptyStageError, match=r"features\.tokenizer"):
        train_tokenizer(*corpus(tmp_path, split="test"), TokenizerConfig())


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"model": 1}'])
def test_damaged_json_is_refused(text):
    with pytest.raises(CorruptArtifactError, match="train it anew"):
        load_tokenizer(text)


def test_a_strange_tokeniser_is_refused(trained):
    foreign = trained.replace(END_OF_DOCUMENT, "<|other|>")

    with pytest.raises(CorruptArtifactError, match="end_of_document"):
        load_tokenizer(foreign)


def test_shards_are_not_changed(tmp_path):
    shards, splits = corpus(tmp_path)
    before = splits.copy(deep=True)

    train_tokenizer(shards, splits, TokenizerConfig(vocab_size=300))

    pd.testing.assert_frame_equal(splits, before)
    assert Shards.open(tmp_path).fingerprint == shards.fingerprint
