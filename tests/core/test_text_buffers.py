import itertools

import pyarrow as pa
import pytest

from taojin.core.text_buffers import batches, text_array, text_buffers


def texts_of(buffers):
    data, offsets = buffers
    bounds = itertools.pairwise(offsets)
    return [bytes(data[start:end]).decode() for start, end in bounds]


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pa.array(["a", None, "", "字"]), ["a", "", "", "字"]),
        (pa.array([], pa.string()), []),
        (pa.chunked_array([], pa.large_string()), []),
        (pa.chunked_array([["a"], [], ["bc", ""]], pa.large_string()), ["a", "bc", ""]),
        (pa.array(["ab", "cd", "ef"], pa.large_string()).slice(1, 1), ["cd"]),
        (pa.array([None, None], pa.string()), ["", ""]),
    ],
)
def test_every_kind_of_column_is_seen_text_by_text(column, texts):
    assert texts_of(text_buffers(column)) == texts


def test_what_kernels_see_cannot_be_changed():
    buffers = text_buffers(pa.array(["abc"]))
    assert not buffers.data.flags.writeable
    assert not buffers.offsets.flags.writeable


def test_a_batch_never_cuts_a_text():
    texts = ["a" * 3, "b" * 30, "", "c" * 4, "d" * 5]
    parts = [texts_of(batch) for batch in batches(pa.array(texts), max_bytes=10)]
    assert [text for part in parts for text in part] == texts
    assert all(len(part) == 1 or len("".join(part)) <= 10 for part in parts)


def test_an_empty_column_makes_no_batch():
    assert list(batches(pa.array([], pa.string()))) == []


def test_bytes_become_texts_again():
    texts = pa.array(["a", "", "字"], pa.large_string())
    assert text_array(*text_buffers(texts)).equals(texts)
