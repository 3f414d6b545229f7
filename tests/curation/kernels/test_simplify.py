import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.text_buffers import TextBuffers, text_buffers
from taojin.curation.kernels.simplify import (
    lower,
    lower_texts,
    simplify,
    simplify_texts,
)

TRICKY = (
    "aAzZ 0१٣𞓱.,،٫⎖!_\n\t\u00a0\u3000\u0301\u302e\u1b44\ua9c0éǅΣσİẞȺ中가\U0001d160ﬁ"
)
TEXTS = st.lists(st.text() | st.text(alphabet=TRICKY), max_size=6)


def folded(fold, texts):
    result = fold(text_buffers(pa.array(texts, pa.large_string())))
    content = result.data.tobytes()
    bounds = zip(result.offsets[:-1], result.offsets[1:], strict=True)
    return [content[start:end].decode() for start, end in bounds]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, WORLD!", "hello world"),
        ("  a \n\t b  ", "a b"),
        ("3.14 + 2 = 5,140.0", "0 0 0 0"),
        ("1.2.3", "0 0"),
        ("v2.", "v0"),
        ("٣٫١٤ and १२", "0 and 0"),
        ("Crème Brûlée", "creme brulee"),
        ("ΟΔΟΣ ΣΑΣ", "οδος σας"),
        ("İstanbul", "istanbul"),
        ("한", "\u1112\u1161\u11ab"),
        ("a \u0301 b", "a  b"),
        ("\u0301 a \u0301", "a"),
        ("它说：“你好。”", "它说 你好"),
        ("‘single’", "‘single"),
        ("\x00\x7f\x85", ""),
        ("", ""),
    ],
)
def test_simplified_texts_are_as_the_rule_says(text, expected):
    assert simplify(text) == expected
    assert folded(simplify_texts, [text]) == [expected]


@settings(deadline=None)
@given(TEXTS)
def test_tables_simplify_as_python_does(texts):
    assert folded(simplify_texts, texts) == [simplify(text) for text in texts]


@settings(deadline=None)
@given(TEXTS)
def test_tables_lower_as_python_does(texts):
    assert folded(lower_texts, texts) == [lower(text) for text in texts]


@pytest.mark.parametrize("between", ["", "\u0301"])
def test_spacing_marks_are_put_in_canonical_order(between):
    swapped = f"ka\u302e{between}\ua9c0 x"
    assert folded(simplify_texts, [swapped, "b"]) == [simplify(swapped), "b"]
    assert simplify(swapped) == "ka\ua9c0\u302e x"


def test_texts_that_grow_are_not_cut():
    texts = ["각" * 5000, "\U0001d160" * 100, "b"]
    assert folded(simplify_texts, texts) == [simplify(text) for text in texts]


def test_rare_texts_stand_in_their_places():
    texts = ["", "ΑΣ", "one", "", "ΣΑΣ", "ΑΣ", "two", ""]
    assert folded(simplify_texts, texts) == [simplify(text) for text in texts]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=5))
def test_no_bytes_can_break_it(pieces):
    sizes = np.array([0, *map(len, pieces)])
    data = np.frombuffer(b"".join(pieces), dtype=np.uint8)
    texts = TextBuffers(data, np.cumsum(sizes, dtype=np.int64))
    result = simplify_texts(texts)
    assert result.num_texts == len(pieces)
    assert (np.diff(result.offsets) >= 0).all()
    assert result.offsets[-1] == len(result.data)


@pytest.mark.parametrize("pattern", ["a{}b", "{}", "1{}2", " \u0301{}"])
def test_every_character_is_simplified_as_the_reference_does(pattern):
    reference = pytest.importorskip("datatrove.utils.text")
    # Beyond the first three planes there is nothing but marks that select glyphs.
    codes = [*range(0x3400), *range(0xA000, 0xD800), *range(0xF900, 0x20000)]
    texts = [pattern.format(chr(code)) for code in codes]
    expected = [reference.simplify_text(text) for text in texts]
    assert folded(simplify_texts, texts) == expected


@settings(deadline=None)
@given(st.text() | st.text(alphabet=TRICKY))
def test_any_text_is_simplified_as_the_reference_does(text):
    reference = pytest.importorskip("datatrove.utils.text")
    assert simplify(text) == reference.simplify_text(text)
