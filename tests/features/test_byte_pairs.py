import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from taojin.core.shards import write_shards
from taojin.features.byte_pairs import encoder, encoder_of
from taojin.features.byte_pairs.encoder import BytePairEncoder, ReferenceEncoder
from taojin.features.byte_pairs.pieces import piece_end
from taojin.features.tokenizer import (
    END_OF_DOCUMENT,
    TokenizerConfig,
    load_tokenizer,
    train_tokenizer,
)

SAMPLES = [
    "Return the sum of array elements over a given axis.\n\n    >>> sum([1, 2])\n",
    "def _private(self):\n\treturn self.__dict__  # 1234567, 3.14159\r\n",
    "返回数组元素沿给定轴的总和。ABC１２３，『引文』。\u3000\u3000段落",
    "A title\n=======\n\n\n   Some words & 😀 emoji — naïve café, Größe, Ελληνικά\n",
    "aaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbb abababababab ---------- \n\n\n\n\n",
] * 5

# What decides where a piece ends, more often than chance would have it.
SNIPPETS = [
    *("a", "Zé", "金", "ſǅ", "ʰ", "\u0308", "return", "1", "22", "1234567", "٣½Ⅷ²"),
    *(".", "--", "_", "'", "😀", "\0", "\u200b", " ", "  ", "    ", "\n", "\n\n"),
    *("\r\n", "\t", "\v", "\x85", "\xa0", "\u2028", "\u3000", " \n  ", "\n  x"),
]
TRICKY = st.lists(st.sampled_from(SNIPPETS), max_size=25).map("".join)
TEXTS = st.one_of(st.text(), TRICKY, st.text("ab", min_size=60, max_size=400))


def train(folder, texts, vocab_size) -> str:
    ids = [f"d{number}" for number in range(len(texts))]
    table = pa.table({"document_id": ids, "text": pa.array(texts, pa.large_string())})
    splits = pd.DataFrame({"document_id": ids, "split": ["train"] * len(ids)})
    shards = write_shards([table], folder)
    return train_tokenizer(shards, splits, TokenizerConfig(vocab_size=vocab_size))


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> str:
    return train(tmp_path_factory.mktemp("documents"), SAMPLES, 600)


@pytest.fixture(scope="module")
def tangled(tmp_path_factory) -> str:
    """Merges that compete for the same letters everywhere."""
    letters = np.random.default_rng(0).choice(list("abc"), (200, 60))
    texts = ["".join(row) for row in letters]
    return train(tmp_path_factory.mktemp("tangled"), texts, 900)


@pytest.fixture(scope="module")
def fast(trained):
    return encoder_of(trained)


@pytest.fixture(scope="module")
def reference(trained):
    return ReferenceEncoder(load_tokenizer(trained))


def column(texts) -> pa.Array:
    return pa.array(texts, pa.large_string())


def require_equal(fast, reference, texts):
    tokens, ends = fast.encode(column(texts))
    expected_tokens, expected_ends = reference.encode(column(texts))
    assert tokens.tolist() == expected_tokens.tolist()
    assert ends.tolist() == expected_ends.tolist()


def test_our_own_tokenisers_are_encoded_the_fast_way(fast):
    assert isinstance(fast, BytePairEncoder)


@settings(max_examples=400, deadline=None)
@given(texts=st.lists(TEXTS, max_size=4))
@example(texts=[])
@example(texts=[".........\0" + " " * 20, "........." + " " * 20])
@example(texts=["", "", ""])
@example(texts=[END_OF_DOCUMENT, f"a{END_OF_DOCUMENT}b"])
def test_ids_are_those_of_the_reference(fast, reference, texts):
    require_equal(fast, reference, texts)


def pieces_of(fast, text):
    data = np.frombuffer(text.encode() + bytes(16), np.uint8)
    at, end = 0, len(text.encode())
    while at < end:
        start, at = at, piece_end(data, at, end, fast._model.classes)
        yield at - start


def expected_pieces(trained, text):
    splitter = load_tokenizer(trained).pre_tokenizer
    assert splitter is not None
    # A byte is one letter there.
    return [len(piece) for piece, _ in splitter.pre_tokenize_str(text)]


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(TRICKY, st.text()))
def test_pieces_are_those_of_the_expression(trained, fast, text):
    assert list(pieces_of(fast, text)) == expected_pieces(trained, text)


def test_every_kind_of_character_is_known(trained, fast):
    points = [*range(0xD800), *range(0xE000, 0x40000, 7), *range(0xE0000, 0x110000, 97)]
    text = "".join(f"a{chr(p)}1{chr(p)} {chr(p)}\n" for p in points)

    assert list(pieces_of(fast, text)) == expected_pieces(trained, text)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 5000,
        "ab" * 3000 + " " + "=" * 700,
        " " * 1000 + "x",
        "\n" * 999 + "   x",
        "金" * 4000,
        "return" * 40,
        "".join(letter for letter in "".join(SAMPLES) if letter.isalpha()),
        "".join(chr(97 + n * n % 26) for n in range(3000)),
    ],
    ids=lambda text: repr(text[:8]),
)
def test_long_pieces_are_merged_as_the_reference_merges(fast, reference, text):
    require_equal(fast, reference, [text, text[:97], text[:96], text[:95]])


@settings(max_examples=100, deadline=None)
@given(text=st.text("abc", min_size=90, max_size=300))
def test_merges_that_compete_are_made_in_the_order_of_the_reference(tangled, text):
    require_equal(
        encoder_of(tangled), ReferenceEncoder(load_tokenizer(tangled)), [text]
    )


@pytest.mark.parametrize("slots", [4, 64])
def test_a_full_memo_is_emptied_and_changes_nothing(
    trained, reference, monkeypatch, slots
):
    monkeypatch.setattr(encoder, "_MEMO_SLOTS", slots)
    texts = [f"word{n} {n * 7919} nr{n % 50}" for n in range(500)]

    require_equal(encoder_of(trained), reference, [*texts, *texts])


def test_a_slice_of_a_column_is_encoded_alone(fast, reference):
    texts = column(SAMPLES)

    for part in (texts.slice(3, 4), texts.slice(len(texts)), texts.slice(2, 1)):
        found, expected = fast.encode(part), reference.encode(part)
        assert found[0].tolist() == expected[0].tolist()
        assert found[1].tolist() == expected[1].tolist()


def test_a_longer_text_than_before_finds_room(trained, reference, monkeypatch):
    monkeypatch.setattr(encoder, "_ROOM", 200)
    fast = encoder_of(trained)

    require_equal(fast, reference, ["a" * 150])
    require_equal(fast, reference, ["ab" * 5000])


@settings(max_examples=300, deadline=None)
@given(content=st.lists(st.binary(max_size=200), min_size=1, max_size=4))
def test_any_bytes_are_encoded_without_loss(trained, fast, content):
    offsets = pa.array(np.cumsum([0, *map(len, content)]), pa.int64())
    texts = pa.LargeStringArray.from_buffers(
        len(content), offsets.buffers()[1], pa.py_buffer(b"".join(content))
    )

    tokens, ends = fast.encode(texts)

    letters = load_tokenizer(trained)
    bytes_of = {letter: n for n, letter in enumerate(encoder._byte_letters())}
    found, start = [], 0
    for end in ends.tolist():
        *body, last = tokens[start:end].tolist()
        assert last == letters.token_to_id(END_OF_DOCUMENT)
        words = "".join(letters.id_to_token(token) or "?" for token in body)
        found.append(bytes(bytes_of[letter] for letter in words))
        start = end
    assert found == content


def test_a_tokeniser_of_another_shape_is_left_to_the_reference(trained):
    content = json.loads(trained)
    content["normalizer"] = {"type": "Lowercase"}
    changed = json.dumps(content)

    other = encoder_of(changed)

    assert isinstance(other, ReferenceEncoder)
    expected = load_tokenizer(changed).encode("A tItLe").ids
    assert other.encode(column(["A tItLe"]))[0].tolist()[:-1] == expected


def test_real_chinese_and_english_give_the_ids_of_the_reference(
    fast, reference, shared_data
):
    chinese = pq.read_table(shared_data / "cold" / "test.parquet")["TEXT"].to_pylist()
    crawl = pd.read_json(
        shared_data / "dolma_fixtures" / "cc_en_head-0091.jsonl.gz", lines=True
    )

    require_equal(fast, reference, chinese)
    require_equal(fast, reference, crawl["text"].tolist())


FUZZ = """
import sys
import numpy as np
import pyarrow as pa
from taojin.features.byte_pairs import encoder, encoder_of

encoder._MEMO_SLOTS = 64
fast = encoder_of(open(sys.argv[1]).read())
random = np.random.default_rng(0)
for round in range(200):
    kinds = (random.integers(0, 256, 900), random.integers(0, 3, 900) * 23 + 10,
             random.choice([0xE9, 0x87, 0x91, 0x20, 0xF4, 0xC2], 900))
    data = kinds[round % 3].astype(np.uint8).tobytes()
    cuts = np.sort(random.integers(0, 900, 5))
    offsets = pa.array([0, *cuts, 900], pa.int64())
    texts = pa.LargeStringArray.from_buffers(6, offsets.buffers()[1], pa.py_buffer(data))
    tokens, ends = fast.encode(texts)
    assert len(ends) == 6
"""


@pytest.mark.slow
def test_no_bytes_make_a_kernel_leave_its_arrays(trained, tmp_path):
    (tmp_path / "tokenizer.json").write_text(trained)
    switches = ["NUMBA_BOUNDSCHECK=1", f"NUMBA_CACHE_DIR={tmp_path / 'kernels'}"]
    program = [sys.executable, "-c", FUZZ, str(tmp_path / "tokenizer.json")]

    done = subprocess.run(
        ["/usr/bin/env", *switches, *program],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
