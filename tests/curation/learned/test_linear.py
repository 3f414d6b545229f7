import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from taojin.core.text_buffers import text_buffers
from taojin.curation.learned.linear import LinearTextModel, bucket_lists, margins
from taojin.curation.learned.windows import spread_windows


def model_of(kind, columns, bits=10):
    random = np.random.default_rng(7)
    weights = random.integers(-127, 128, (1 << bits, columns)).astype(np.int8)
    return LinearTextModel(
        kind=kind,
        bits=bits,
        weights=weights,
        scale=0.25,
        bias=np.arange(columns, dtype=np.float64),
        smoothing=20.0,
        labels=tuple(map(str, range(columns))),
        max_bytes=2048,
    )


def plain_margin(buckets, model):
    weights = model.weights[buckets].astype(np.int64)
    total = (weights * np.abs(weights)).sum(axis=0)
    return model.bias + model.scale * total / (len(buckets) + model.smoothing)


@pytest.mark.parametrize(("kind", "columns"), [("chars", 32), ("words", 1)])
def test_a_margin_is_the_shrunk_mean_of_signed_squares(kind, columns):
    texts = text_buffers(pa.array(["Some words here", "", "数组 twice twice"]))
    model = model_of(kind, columns)
    windows = spread_windows(texts, model.max_bytes)
    found, _ = margins(texts, windows, texts.num_texts, model)
    buckets, offsets = bucket_lists(texts, windows, kind, model.bits)
    for row in range(3):
        mine = buckets[offsets[row] : offsets[row + 1]]
        assert found[row] == pytest.approx(plain_margin(mine, model))


def test_a_text_of_many_ngrams_does_not_overflow():
    model = model_of("words", 1)
    model = dataclasses.replace(model, weights=np.full_like(model.weights, 127))
    texts = text_buffers(pa.array(["a b " * 200_000]))
    found, _ = margins(texts, spread_windows(texts, 1 << 30), 1, model)
    assert found[0, 0] == pytest.approx(0.25 * 127**2, rel=1e-3)


def test_windows_of_one_owner_add_up():
    texts = text_buffers(pa.array(["alpha beta " * 700]))
    model = model_of("words", 1)
    windows = spread_windows(texts, model.max_bytes)
    assert len(windows.starts) == 2
    together, sizes = margins(texts, windows, 1, model)
    buckets, _ = bucket_lists(texts, windows, "words", model.bits)
    assert together[0] == pytest.approx(plain_margin(buckets, model))
    _, parts = margins(texts, windows._replace(owners=np.arange(2)), 2, model)
    assert sizes[0] == parts.sum()


def test_a_text_scores_the_same_alone_and_among_others():
    model = model_of("chars", 32)
    alone = text_buffers(pa.array(["one of them"]))
    among = text_buffers(pa.array(["数组", "one of them", "x" * 9999]))
    first, _ = margins(alone, spread_windows(alone, 2048), 1, model)
    second, _ = margins(among, spread_windows(among, 2048), 3, model)
    assert (first[0] == second[1]).all()
