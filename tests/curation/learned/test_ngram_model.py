import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.errors import DataError
from taojin.core.shards import write_shards
from taojin.core.text_buffers import TextBuffers, text_buffers
from taojin.curation.learned.config import NgramModelConfig
from taojin.curation.learned.ngram_model import (
    measure_perplexity,
    train_ngram_model,
    train_on_texts,
)

SENTENCES = [
    f"The {noun} that you {verb} is returned by the {other} of the module."
    for noun in ("value", "array", "object", "function", "buffer")
    for verb in ("pass", "make", "read", "write", "change")
    for other in ("method", "class", "caller", "constructor")
]
CONFIG = NgramModelConfig(order=5)


@pytest.fixture(scope="module")
def model():
    return train_on_texts([pa.array(SENTENCES)], CONFIG)


def bits(model, *texts):
    return measure_perplexity(text_buffers(pa.array(texts)), model).tolist()


def test_known_text_is_cheap_shuffled_dear_and_foreign_dearer(model):
    known = "The array that you read is returned by the caller of the module."
    words = "module the of caller by the is returned that read you array The."
    letters = "".join(sorted(known))
    found = bits(model, known, words, letters, "数组的副本由调用者返回")
    assert found == sorted(found)
    assert found[0] < 1.0
    assert found[3] > 8.0


def test_chinese_has_order_too():
    model = train_on_texts([pa.array(["这个函数返回给定数组的副本。"] * 20)], CONFIG)
    known, shuffled = bits(model, "返回数组的副本", "本副组的数返回")
    assert known < shuffled


def test_costs_are_those_of_interpolated_kneser_ney_by_hand():
    # Bigrams: "\na" twice, "ab" and "ac" once: discount 2 / (2 + 2 * 1) = 1/2.
    # Each of "a", "b", "c" ends one kind of bigram: no count is 2, discount 3/4.
    model = train_on_texts([pa.array(["ab", "ac"])], NgramModelConfig(order=2))
    single = (1 - 0.75) / 3 + 0.75 * 3 / 3 / 256
    first = (2 - 0.5) / 2 + 0.5 * 1 / 2 * single
    second = (1 - 0.5) / 2 + 0.5 * 2 / 2 * single
    unseen = 0.5 * 2 / 2 * (0.75 * 3 / 3 / 256)  # after "a"
    found = np.array(bits(model, "a", "ab", "az")) * [1, 2, 2]
    assert found[0] == pytest.approx(-np.log2(first), abs=0.06)
    assert found[1] - found[0] == pytest.approx(-np.log2(second), abs=0.06)
    assert found[2] - found[0] == pytest.approx(-np.log2(unseen), abs=0.12)


def test_what_follows_a_context_adds_up_to_one(model):
    contexts = ["The ", "array that", "x", "数组", "returned by the c"]
    for context in contexts:
        prefix = len(context.encode()) * bits(model, context)[0]
        data = [context.encode() + bytes([last]) for last in range(256)]
        offsets = np.cumsum([0, *map(len, data)]).astype(np.int64)
        texts = TextBuffers(np.frombuffer(b"".join(data), np.uint8), offsets)
        totals = measure_perplexity(texts, model) * np.diff(offsets)
        assert np.exp2(prefix - totals).sum() == pytest.approx(1.0, abs=0.1)


def test_pruning_keeps_the_commonest_and_bounds_the_table():
    config = NgramModelConfig(order=5, max_ngrams=256)
    small = train_on_texts([pa.array(SENTENCES * 2)], config)
    assert small.note["num_ngrams"] <= 256
    assert bits(small, SENTENCES[0])[0] < 4.0


def test_training_does_not_depend_on_how_texts_are_cut_into_columns(model):
    columns = [pa.array(SENTENCES[:30]), pa.array(SENTENCES[30:])]
    other = train_on_texts(columns, CONFIG)
    assert (other.slots == model.slots).all()
    assert (other.byte_costs == model.byte_costs).all()


def test_only_trusted_sources_are_read(tmp_path, model):
    table = pa.table(
        {"text": [*SENTENCES, "数组"], "source": ["ours"] * len(SENTENCES) + ["web"]}
    )
    documents = write_shards([table], tmp_path)
    trusting = NgramModelConfig(order=5, trusted_sources=("ours",))
    assert (train_ngram_model(documents, trusting).slots == model.slots).all()
    with pytest.raises(DataError, match=r"no text of \['nobody'\]"):
        train_ngram_model(
            documents, NgramModelConfig(order=5, trusted_sources=("nobody",))
        )


def test_reading_stops_at_the_limit():
    config = NgramModelConfig(order=5, max_bytes=1024)
    model = train_on_texts([pa.array(["x" * 2000]), pa.array(["y" * 2000])], config)
    assert model.note["num_bytes"] == 2000


def test_an_empty_text_costs_nothing(model):
    assert bits(model, "", "a")[0] == 0.0


@settings(deadline=None)  # the first call may compile
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4))
def test_arbitrary_bytes_have_finite_costs(model, contents):
    offsets = np.cumsum([0, *map(len, contents)]).astype(np.int64)
    texts = TextBuffers(np.frombuffer(b"".join(contents), np.uint8), offsets)
    found = measure_perplexity(texts, model)
    assert np.isfinite(found).all()
    assert (found >= 0).all()


@pytest.mark.parametrize("order", [2, 8])
def test_the_shortest_and_the_longest_order_work(order):
    model = train_on_texts([pa.array(SENTENCES)], NgramModelConfig(order=order))
    known, foreign = bits(model, SENTENCES[3], "q w z j")
    assert known < foreign
