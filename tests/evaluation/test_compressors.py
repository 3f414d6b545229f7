import lzma
import math
import zlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.errors import CountMismatchError, EmptyStageError
from taojin.core.shards import write_shards
from taojin.evaluation.compressors import CompressorConfig, compressor_losses
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.likelihood import bits_per_byte

CONFIG = CompressorConfig()


def prose(seed, num_words=120):
    words = ["array", "of", "values", "along", "an", "axis", "with", "its", "shape"]
    return " ".join(np.random.default_rng(seed).choice(words, num_words))


def noise(seed, num_chars=600):
    codes = np.random.default_rng(seed).integers(33, 127, num_chars)
    return "".join(map(chr, codes))


def corpus(folder, train, test):
    texts = [*train, *test]
    ids = [f"d{number:03d}" for number in range(len(texts))]
    table = pa.table({"document_id": ids, "text": pa.array(texts, pa.large_string())})
    splits = ["train"] * len(train) + ["test"] * len(test)
    return write_shards([table], folder), pd.DataFrame(
        {"document_id": ids, "split": splits}
    )


def measured(folder, train, test, config=CONFIG):
    losses = compressor_losses(*corpus(folder, train, test), "test", config)
    return {
        name: bits_per_byte(frame, IntervalConfig()).value
        for name, frame in losses.items()
    }


def test_each_held_out_document_has_a_row(tmp_path):
    test = [prose(1), "短文 😀", "\0"]

    losses = compressor_losses(*corpus(tmp_path, [prose(0)], test), "test", CONFIG)

    for frame in losses.values():
        assert frame["document_id"].tolist() == ["d001", "d002", "d003"]
        assert frame["num_bytes"].tolist() == [len(text.encode()) for text in test]
        assert min(frame["nats"]) > 0


@pytest.mark.parametrize("name", ["lzma", "zlib"])
def test_noise_costs_what_it_holds_and_repetition_nearly_nothing(tmp_path, name):
    train = [prose(0)]

    noisy = measured(tmp_path / "a", train, [noise(i) for i in range(30)])[name]
    repeated = measured(tmp_path / "b", train, ["same " * 2000] * 5)[name]

    assert noisy == pytest.approx(math.log2(94), rel=0.08)
    assert repeated < 0.1


@pytest.mark.parametrize("name", ["lzma", "zlib"])
def test_train_text_is_seen(tmp_path, name):
    test = [noise(i) for i in range(5)]

    told = measured(tmp_path / "a", test, test)[name]
    untold = measured(tmp_path / "b", [noise(9)], test)[name]

    assert told < 0.3 * untold


def test_the_seen_train_text_is_bounded(tmp_path):
    test = [noise(i) for i in range(5)]
    nothing = CompressorConfig(max_train_megabytes=0.0)

    assert measured(tmp_path, test, test, nothing)["lzma"] > 5.0


@pytest.mark.parametrize("name", ["lzma", "zlib"])
def test_the_total_is_what_the_compressor_needs_for_all_at_once(tmp_path, name):
    test = [noise(1), prose(2)]
    nothing = CompressorConfig(max_train_megabytes=0.0)

    frame = compressor_losses(*corpus(tmp_path, ["x"], test), "test", nothing)[name]

    num_bytes = sum(frame["nats"]) / math.log(2) / 8
    whole = "".join(f"{text}\0" for text in test).encode()
    packed = lzma.compress(whole) if name == "lzma" else zlib.compress(whole, 9)
    assert num_bytes == pytest.approx(round(num_bytes))
    assert num_bytes == pytest.approx(len(packed), abs=80)  # the files' headers


def test_more_noise_costs_more(tmp_path):
    values = [
        measured(
            tmp_path / str(level),
            [prose(0)],
            [prose(i)[level * 100 :] + noise(i, level * 100) for i in range(1, 6)],
        )["zlib"]
        for level in range(5)
    ]

    assert values == sorted(values)


def test_a_split_without_documents_is_refused(tmp_path):
    with pytest.raises(EmptyStageError, match="'validation'"):
        compressor_losses(*corpus(tmp_path, ["a"], ["b"]), "validation", CONFIG)


def test_splits_of_other_documents_are_refused(tmp_path):
    shards, splits = corpus(tmp_path, ["a"], ["b"])

    with pytest.raises(CountMismatchError):
        compressor_losses(shards, splits.head(1), "test", CONFIG)
