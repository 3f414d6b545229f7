import math
import re
import string
import unicodedata
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.text_buffers import text_buffers
from taojin.curation.kernels.line_index import index_lines
from taojin.curation.kernels.ngrams import make_workspace
from taojin.curation.kernels.redpajama import SIGNALS, measure_redpajama
from taojin.curation.kernels.redpajama_words import _STOP_WORDS

NO_MARKS = str.maketrans("", "", string.punctuation)
BULLETS = tuple("•‣▶◀◦■□▪▫–")


def measure(*texts):
    buffers = text_buffers(pa.array(texts, pa.large_string()))
    work = make_workspace(int(np.diff(buffers.offsets).max()) + 1)
    rows = measure_redpajama(buffers, index_lines(buffers), work)
    return dict(zip(SIGNALS, rows.T, strict=True))


def share(part, whole):
    return part / whole if whole else 0.0


def normalised(text):
    lowered = text.translate(NO_MARKS).lower()
    return unicodedata.normalize("NFD", " ".join(lowered.split()))


def ngram_shares(words):
    shares = {}
    total = sum(map(len, words))
    for size in range(2, 11):
        grams = [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]
        counts = Counter(grams)
        gram, count = counts.most_common(1)[0] if grams else ((), 0)
        if size < 5:
            top = sum(map(len, gram)) * count if count > 1 else 0
            shares[f"rps_doc_frac_chars_top_{size}gram"] = share(top, total)
            continue
        marked = set()
        for start, gram in enumerate(grams):
            if counts[gram] > 1:
                marked.update(range(start, start + size))
        repeated = sum(len(words[i]) for i in marked)
        shares[f"rps_doc_frac_chars_dupe_{size}grams"] = share(repeated, total)
    return shares


def line_means(text):
    lines = re.findall(r"[^\n]*\n|[^\n]+$", text)
    plain = [normalised(line) for line in lines]
    rows = {
        "ending_with_terminal_punctution_mark": [
            line.rstrip().endswith((".", "!", "?", "”")) for line in lines
        ],
        "javascript_counts": [line.split().count("javascript") for line in plain],
        "num_words": [len(line.split()) for line in plain],
        "numerical_chars_fraction": [
            share(sum(map(str.isnumeric, line)), len(line)) for line in plain
        ],
        "start_with_bulletpoint": [line.lstrip().startswith(BULLETS) for line in lines],
        "uppercase_letter_fraction": [
            share(sum(map(str.isupper, line)), len(line)) for line in lines
        ],
    }
    means = {f"rps_lines_{name}": share(sum(v), len(v)) for name, v in rows.items()}
    trailing = sum(line.rstrip().endswith(("...", "…")) for line in lines)
    means["rps_doc_frac_lines_end_with_ellipsis"] = share(trailing, len(lines))
    return means


def expected(text):
    raw = re.findall(r"\w+|[^\w\s]+", text)
    plain = normalised(text)
    words = plain.split()
    counts = Counter(words)
    stop_words = set(_STOP_WORDS.split())
    with_letters = sum(bool(re.search("[a-zA-Z]", word)) for word in raw)
    symbols = sum(text.count(symbol) for symbol in ("#", "...", "…"))
    return {
        "rps_doc_word_count": len(words),
        "rps_doc_num_sentences": len(re.findall(r"\b[^.!?]+[.!?]*", text)),
        "rps_doc_mean_word_length": share(sum(map(len, words)), len(words)),
        "rps_doc_unigram_entropy": sum(
            -n / len(words) * math.log(n / len(words)) for n in counts.values()
        ),
        "rps_doc_frac_unique_words": share(len(counts), len(words)),
        "rps_doc_stop_word_fraction": share(
            sum(word in stop_words for word in raw) if words else 0, len(raw)
        ),
        "rps_doc_symbol_to_word_ratio": share(symbols, len(raw)),
        "rps_doc_frac_all_caps_words": share(sum(map(str.isupper, raw)), len(raw)),
        "rps_doc_frac_no_alph_words": 1.0 - share(with_letters, len(raw)) if raw else 0,
        "rps_doc_curly_bracket": share(len(re.findall("[{}]", text)), len(text)),
        "rps_doc_lorem_ipsum": share(plain.count("lorem ipsum"), len(plain)),
        **ngram_shares(words),
        **line_means(text),
    }


TEXTS = [
    "",
    "\n",
    "One",
    "--- ... --- \n\n #! ",
    "The cat. Is it? Yes!! 3.14 e.g. a.b\n\nnew LINE—x  “Quote.”\n",
    "Lorem ipsum dolor, LOREM-ipsum (lorem) ipsum; dolorem\nipsumque javascript JavaScript!",
    "• one\n\u2003– two…\n▶three...\n  \n9 ½ ① ٣ four\r\n",
    "Ünïcödé ÀÉ ǅungla ß İI ﬁ 한국어 각 日本語です　全角 ℵ Ⅳ Ⓐ éé",
    "NUL\0 a_b __ HTTP2 A.B.C. {x} {{y}}",
    "say it once more and then say it once more and then stop " * 3,
    "a b a b a b a b a b a b\n" * 3,
    "x\x1cy\x85z\u2028w\x0bv\u3000u \x1f",
]


@pytest.mark.parametrize("text", TEXTS)
def test_signals_are_those_of_the_published_definitions(text):
    measured = measure(text)
    for name, value in expected(text).items():
        assert measured[name][0] == pytest.approx(value, abs=1e-12), name


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("aAbB .!?\n#{}-_éÉ…1½中•\u0301\u2028 ǅ'"), max_size=60))
def test_signals_of_any_text_are_those_of_the_definitions(text):
    measured = measure("before\n", text, "\nafter")
    for name, value in expected(text).items():
        assert measured[name][1] == pytest.approx(value, abs=1e-12), name


def test_every_signal_has_a_definition_here():
    assert set(expected("a")) == set(SIGNALS)
