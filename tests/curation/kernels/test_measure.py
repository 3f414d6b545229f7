import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.text_buffers import text_array
from taojin.curation.kernels.measure import (
    ALL_FAMILIES,
    COUNT_SIGNALS,
    RATIO_SIGNALS,
    family_signals,
    measure_texts,
)

TEXTS = [
    "The first text is English. It has [1] two sentences.\n\n- and\n- a list\n",
    "第一段中文。\n第二段中文，没有空格！",
    "",
    "{ lorem ipsum }\r\nx…\n" * 30,
]

PIECES = [
    *(bytes([byte]) for byte in range(256)),
    *(text.encode() for text in ("…", "•", "\u2028", "\u0085", "。", "中", "𠀀", "각")),
    *(b"[1]", b"[edit]", b"[citation needed", b"...", b"lorem ipsum", b"use cookies"),
    *(b"word ", b"the ", b". ", b"\n\n", b"\r\n", b"a b c d e f g.\n", b"javascript"),
]
anything = st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join)

CHECKED = """
import sys
from hypothesis import given, settings
from taojin.curation.kernels.measure import measure_texts
sys.path.insert(0, sys.argv[1])
from test_measure import anything, as_column

@settings(max_examples=1500, deadline=None, database=None)
@given(anything, anything)
def check(first, second):
    measure_texts(as_column(first, b"", second))

check()
"""


def as_column(*texts):
    """Make a column of bytes, UTF-8 or not."""
    offsets = np.cumsum([0, *map(len, texts)])
    data = np.frombuffer(b"".join(texts), np.uint8)
    return pa.chunked_array([text_array(data, offsets)])


def rows_of(column, *families):
    measured = measure_texts(column, families or ALL_FAMILIES)
    return [
        dict(zip(measured, row, strict=True))
        for row in np.transpose(list(measured.values()))
    ]


def test_all_signals_are_columns_of_the_announced_kind():
    measured = measure_texts(as_column(b"a", b"b"))
    assert set(measured) == {*COUNT_SIGNALS, *RATIO_SIGNALS}
    assert len(measured) == len(COUNT_SIGNALS) + len(RATIO_SIGNALS)
    for name, column in measured.items():
        assert column.dtype == (np.int64 if name in COUNT_SIGNALS else np.float64)
        assert len(column) == 2


@pytest.mark.parametrize("family", ALL_FAMILIES)
def test_a_family_is_measured_alone_as_with_the_others(family):
    column = pa.chunked_array([pa.array(TEXTS)])
    alone, together = measure_texts(column, [family]), measure_texts(column)
    assert tuple(alone) == family_signals(family)
    for name, values in alone.items():
        np.testing.assert_array_equal(values, together[name])


def test_no_texts_have_columns_without_rows():
    measured = measure_texts(pa.chunked_array([], pa.string()))
    assert all(len(column) == 0 for column in measured.values())


def test_a_null_is_measured_as_an_empty_text():
    first, second = rows_of(pa.chunked_array([pa.array([None, ""], pa.string())]))
    assert first == second


def test_a_text_measures_the_same_in_any_company():
    whole = rows_of(pa.chunked_array([pa.array(TEXTS)]))
    chunks = [pa.array(["x y", text]).slice(1) for text in TEXTS]
    assert rows_of(pa.chunked_array(chunks)) == whole
    alone = [rows_of(pa.chunked_array([pa.array([text])]))[0] for text in TEXTS]
    assert alone == whole


@settings(max_examples=100, deadline=None)
@given(anything)
def test_bytes_that_are_no_text_do_not_leak_into_their_neighbours(noise):
    text = TEXTS[0].encode()
    before, _, after = rows_of(as_column(text, noise, text))
    assert before == after == rows_of(as_column(text))[0]


@settings(max_examples=100, deadline=None)
@given(anything)
def test_shares_of_anything_are_shares(noise):
    row = rows_of(as_column(noise))[0]
    for name, value in row.items():
        assert np.isfinite(value), name
        assert value >= 0, name
        if "share" in name and "top" not in name:
            assert value <= 1, name


@pytest.mark.slow
def test_no_kernel_reads_or_writes_outside_its_arrays(tmp_path):
    """With checked indices, compiled anew for it: about a minute."""
    environment = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    folder = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", CHECKED, folder], env=environment, check=True)
