import json
from importlib import resources

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.text_buffers import TextBuffers, text_buffers
from taojin.curation.kernels.simple_words import split_simple_words
from taojin.curation.kernels.simplify import simplify, simplify_texts
from taojin.curation.kernels.words import split_words

FACTS = json.loads(
    resources.files("taojin.curation.kernels")
    .joinpath("tables/english.json")
    .read_text("utf-8")
)
SPECIAL = ["".join(words) for words in FACTS["special_cases"]]
UNITS = FACTS["suffixes_of_numbers"]
RUNS = (
    st.sampled_from(SPECIAL)
    | st.sampled_from(UNITS).map("12{}".format)
    | st.sampled_from(["‘", "s", "‘s", "0", "x0", "0km", "utf8", "ಠ︵ಠ", "é", "中文"])
    | st.text(max_size=5)
)


def simple(*texts):
    return simplify_texts(text_buffers(pa.array(texts, pa.large_string())))


def words_of(texts):
    units = split_simple_words(texts)
    content = units.data.tobytes()
    spans = zip(units.starts, units.ends, strict=True)
    words = [content[start:end].decode() for start, end in spans]
    return [words[a:b] for a, b in zip(units.offsets, units.offsets[1:], strict=False)]


def words_by_the_rule(texts):
    found = split_words(*texts)
    content = texts.data.tobytes()
    spans = zip(found.starts, found.ends, strict=True)
    words = [content[start:end].decode() for start, end in spans]
    return [words[a:b] for a, b in zip(found.offsets, found.offsets[1:], strict=False)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", ["plain", "words"]),
        ("it cannot wait", ["it", "can", "not", "wait"]),
        ("they ran 0km in utf0", ["they", "ran", "0", "km", "in", "utf0"]),
        ("the ‘ s", ["the", "‘", "s"]),
        ("it s", ["it", "s"]),
        ("a  b", ["a", "b"]),
        ("", []),
    ],
)
def test_words_are_as_the_rule_says(text, expected):
    texts = text_buffers(pa.array([text], pa.large_string()))
    assert words_of(texts) == [expected]


@settings(deadline=None)
@given(st.lists(st.lists(RUNS, max_size=6).map(" ".join), max_size=4))
def test_words_are_those_of_the_rule(texts):
    simplified = simple(*texts)
    assert words_of(simplified) == words_by_the_rule(simplified)


def test_every_special_case_is_split_as_by_the_rule():
    simplified = simple(*SPECIAL, *(f"x ‘ {case} ‘ s" for case in SPECIAL))
    assert words_of(simplified) == words_by_the_rule(simplified)


def test_one_space_stands_between_words():
    units = split_simple_words(simple("It can't,  wait", "", "0km"))
    assert units.data.tobytes() == b"it ca n't wait 0 km ".replace(b"ca n't", b"can t")


def test_one_special_case_of_several_parts_outlives_simplification():
    affixed = ["".join(words) for words in FACTS["affixed_special_cases"]]
    assert {case for case in affixed if simplify(case) == case} == {"‘s"}


@settings(deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=4))
def test_no_bytes_can_break_it(pieces):
    data = np.frombuffer(b"".join(pieces), dtype=np.uint8)
    offsets = np.cumsum([0, *map(len, pieces)], dtype=np.int64)
    units = split_simple_words(TextBuffers(data.copy(), offsets))
    assert len(units.offsets) == len(pieces) + 1
    assert (units.starts < units.ends).all()
