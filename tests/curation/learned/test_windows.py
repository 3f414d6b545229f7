import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.text_buffers import TextBuffers, text_buffers
from taojin.curation.learned.windows import (
    PASSAGE_BYTES,
    SHORTEST_PASSAGE_BYTES,
    WINDOW_BYTES,
    split_passages,
    spread_windows,
)


def pieces(texts, windows):
    return [
        bytes(texts.data[start:end]).decode()
        for start, end in zip(windows.starts, windows.ends, strict=True)
    ]


def test_short_documents_are_read_whole():
    texts = text_buffers(pa.array(["one", "", "three"]))
    windows = spread_windows(texts, 100)
    assert pieces(texts, windows) == ["one", "", "three"]
    assert windows.owners.tolist() == [0, 1, 2]


def test_long_documents_are_read_from_start_to_end_in_windows():
    document = "".join(f"{number:05d}" for number in range(4000))
    texts = text_buffers(pa.array(["short", document, "short"]))
    windows = spread_windows(texts, 4 * WINDOW_BYTES)
    found = pieces(texts, windows)
    assert windows.owners.tolist() == [0, 1, 1, 1, 1, 2]
    assert found[1] == document[:WINDOW_BYTES]
    assert found[4] == document[-WINDOW_BYTES:]
    assert all(len(piece) == WINDOW_BYTES for piece in found[1:5])


def test_windows_begin_and_end_between_characters():
    texts = text_buffers(pa.array(["数组" * 3000, "é" * 9000, "🎉" * 5000]))
    for piece in pieces(texts, spread_windows(texts, 3 * WINDOW_BYTES)):
        assert WINDOW_BYTES - 4 <= len(piece.encode()) <= WINDOW_BYTES + 4


def test_a_document_does_not_see_its_neighbours():
    alone = text_buffers(pa.array(["x" * 5000]))
    among = text_buffers(pa.array(["数" * 999, "x" * 5000, "y"]))
    first = spread_windows(alone, 2 * WINDOW_BYTES)
    second = spread_windows(among, 2 * WINDOW_BYTES)
    inside = second.owners == 1
    assert pieces(alone, first) == [
        piece for piece, mine in zip(pieces(among, second), inside, strict=True) if mine
    ]


def test_passages_are_lines_and_sentences_that_add_up_to_the_text():
    line = "A sentence of some length. " * 6
    document = f"{line}\n{'数组很长' * 30}。{'很' * 500}\nshort"
    texts = text_buffers(pa.array([document, "", "another"]))
    passages = split_passages(texts)
    found = pieces(texts, passages)
    assert "".join(found) == document + "another"
    assert found[0].endswith("length.")
    assert any(piece.endswith("。") for piece in found)
    assert passages.owners.tolist()[-1] == 2
    assert 1 not in passages.owners


@settings(deadline=None)  # the first call may compile
@given(st.lists(st.binary(max_size=2000), max_size=5))
def test_passages_of_arbitrary_bytes_are_neither_lost_nor_too_long(contents):
    offsets = np.cumsum([0, *map(len, contents)]).astype(np.int64)
    texts = TextBuffers(np.frombuffer(b"".join(contents), np.uint8), offsets)
    passages = split_passages(texts)
    sizes = passages.ends - passages.starts
    assert sizes.sum() == len(texts.data)
    limits = texts.offsets[1:][passages.owners]
    is_last = passages.ends == limits
    assert (sizes[~is_last] >= SHORTEST_PASSAGE_BYTES).all()


@pytest.mark.parametrize("text", ["a" * 5000, "数" * 2000, "word " * 900])
def test_long_lines_are_cut(text):
    texts = text_buffers(pa.array([text]))
    for piece in pieces(texts, split_passages(texts)):
        assert len(piece.encode()) <= PASSAGE_BYTES + 70
