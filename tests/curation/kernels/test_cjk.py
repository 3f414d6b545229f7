import re
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.text_buffers import text_buffers
from taojin.curation.kernels.chinese import (
    FUNCTION,
    SIMPLIFIED,
    TRADITIONAL,
    character_roles,
)
from taojin.curation.kernels.cjk import SIGNALS, measure_cjk
from taojin.curation.kernels.ngrams import make_workspace

CHARACTER = re.compile(r"[\u3005\u3007\u3040-\u309f\u30a1-\u30fa\u4e00-\u9fff]")


def measure(*texts):
    buffers = text_buffers(pa.array(texts, pa.large_string()))
    work = make_workspace(int(np.diff(buffers.offsets).max()) + 1)
    return dict(zip(SIGNALS, measure_cjk(buffers, work).T, strict=True))


def one(text, signal):
    return measure("中", text, "文。")[f"cjk_{signal}"][1]


def test_text_without_han_or_kana_has_no_signals():
    measured = measure("", "Plain. “Text”… ＡＢ。", "한국어 텍스트.")
    assert all(column.tolist() == [0.0] * 3 for column in measured.values())


@pytest.mark.parametrize(
    ("text", "signal", "value"),
    [
        ("中文 ab\n", "num_chars", 2),
        ("中文 ab\n", "share_chars", 0.5),
        ("𠀀々〇かカ", "num_chars", 5),
        ("你好，世界。", "share_punctuation", 1 / 3),
        ("中Ａ１ab", "share_full_width", 0.5),
        ("中文", "share_full_width", 0),
        ("漢漢字汉", "share_traditional", 2 / 3),
        ("天地玄後后里", "share_traditional", 1),
        ("我的书是新", "share_function_chars", 0.6),
        ("天天天地", "share_unique_chars", 0.5),
        ("天。地！\n玄！！黄", "num_sentences", 4),
        ("天地。玄\n——\n", "mean_sentence_chars", 1.5),
        ("他说：“好。”\n题目\n\nabc.\n完！  ", "share_terminal_lines", 2 / 3),
    ],
)
def test_characters_and_marks_are_measured(text, signal, value):
    assert one(text, signal) == pytest.approx(value)


def test_the_two_scripts_share_no_character():
    roles = character_roles()
    assert not np.any((roles & TRADITIONAL != 0) & (roles & SIMPLIFIED != 0))
    assert roles[ord("會")] == TRADITIONAL | FUNCTION
    assert roles[ord("国")] == SIMPLIFIED
    assert roles[ord("后")] == 0


def ngram_share(text, size):
    chars = CHARACTER.findall(text)
    grams = ["".join(chars[i : i + size]) for i in range(len(chars) - size + 1)]
    counts = Counter(grams)
    if size < 5:
        top = max(counts.values(), default=0)
        return (top * size if top > 1 else 0) / max(len(chars), 1)
    seen, copied = set(), set()
    for start, gram in enumerate(grams):
        if gram in seen:
            copied.update(range(start, start + size))
        seen.add(gram)
    return len(copied) / max(len(chars), 1)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("天地玄，\nか a"), max_size=60))
def test_repeated_ngrams_are_those_that_occurred_before(text):
    measured = measure("天地玄天地玄", text)
    for size in range(2, 11):
        kind = "top" if size < 5 else "duplicate"
        signal = measured[f"cjk_share_{kind}_{size}_gram_chars"]
        assert signal[1] == pytest.approx(ngram_share(text, size)), size
