from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from taojin.curation.personal_data import (
    KINDS,
    count_personal_data,
    redact,
    redact_texts,
)

CORPUS = Path(__file__).parents[3] / "data" / "02_intermediate" / "raw_documents"

FRAGMENTS = [
    *("jo@firm.de", "ＪＯ＠ｆｉｒｍ．ｄｅ", "a-b@c-d.org", "@x.io", "x@y.z.uk"),
    *("86.231.85.193", "http://86.231.85.193/", "2a00:1450:4001:81b::200e", "：："),
    *("4532 2766 4457 7020", "4532276644577020", "卡号", "6212345678901232"),
    *("GB82WEST12345698765432", "GB82 WEST 1234 5698 7654 32", "11010519491231002X"),
    *("+49 89 6361 4802", "13812345678", "(010)62781234", "phone: ", "电话：", "x12"),
    *("312\u201186\u201140123", "030 / 7403650", "138\u00a01234\u00a05678", "）", "（"),
    *("531-21-7351", "SSN ", "passport ", "护照E12345678", "京A·12345", "车新a12345"),
    *(
        "AKIA7Q2ZC4M9XW1B5T8K",
        "://u:Hq7v2Lm9@w.quill.net",
        "token = 'aB3dE6gH9jK2mN5p'",
    ),
    *("<EMAIL_1>", "<PHONE_7>", "<#>", "<", ">", "中", "é", "𝟘", "٣", "\u2028", "\r"),
    *(" ", " ", "\n", "\n", "-", ".", ",", "/", ":", "@", "1", "7", "a", "Z", "_", "+"),
]
texts = st.lists(
    st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join), max_size=4
)


@settings(max_examples=150, deadline=None)
@given(texts)
def test_a_column_is_redacted_as_its_texts_one_by_one(values):
    redacted, totals, counts = redact_texts(pa.chunked_array([values], pa.string()))
    alone = [redact(value) for value in values]
    assert redacted.to_pylist() == [text for text, _ in alone]
    for kind in KINDS:
        expected = [own.get(kind, 0) for _, own in alone]
        assert counts[kind].tolist() == expected
        assert totals.get(kind, 0) == sum(expected)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=20).map("".join))
def test_redacting_twice_changes_nothing_more_whatever_the_text(text):
    once, _ = redact(text)
    assert redact(once) == (once, {})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=4))
def test_bytes_that_are_no_text_pass_without_harm(values):
    padding = [b"\xef\xbc", b"@", b"\xe4\xba", b"1", b"\xe2\x80", b"://", b"+1 23"]
    values = [*values, *padding, b"".join(values)]
    column = pa.array(values, pa.binary()).view(pa.string())
    redacted, _, _ = redact_texts(column)
    kept = redacted.view(pa.large_binary()).to_pylist()
    assert [a == b for a, b in zip(kept, values, strict=True)].count(False) <= 1


def test_texts_without_findings_keep_their_buffer():
    column = pa.array(["nothing here", "nor there"], pa.large_string())
    redacted, totals, _ = redact_texts(column)
    assert redacted.buffers()[2].address == column.buffers()[2].address
    assert totals == {}


def test_a_slice_and_a_null_are_read_right():
    column = pa.array(["a@b.org", None, "c@d.org", "e@f.org"], pa.large_string())
    redacted, totals, counts = redact_texts(column[1:3])
    assert redacted.to_pylist() == ["", "<EMAIL_1>"]
    assert totals == {"email": 1}
    assert counts["email"].tolist() == [0, 1]


def test_an_empty_column_holds_nothing():
    redacted, totals, counts = redact_texts(pa.chunked_array([], pa.large_string()))
    assert len(redacted) == 0
    assert totals == {}
    assert all(len(own) == 0 for own in counts.values())


def test_only_the_kinds_asked_for_are_counted():
    counts = count_personal_data(pa.array(["a@b.org 13812345678"]), ["phone"])
    assert {kind: own.tolist() for kind, own in counts.items()} == {"phone": [1]}


def test_chunks_do_not_matter():
    values = ["a@b.org", "x" * 50, "call +49 89 6361 4802", "", "c@d.org a@b.org"]
    whole = redact_texts(pa.chunked_array([values]))
    parts = redact_texts(pa.chunked_array([values[:2], values[2:3], values[3:]]))
    assert whole[0].equals(parts[0])
    assert all(np.array_equal(whole[2][kind], parts[2][kind]) for kind in KINDS)


@pytest.mark.slow
def test_real_documents_are_redacted_as_one_by_one():
    parts = sorted(CORPUS.glob("*.parquet"))[:3]
    if not parts:
        pytest.skip("needs the documents of an ingestion, make smoke")
    for part in parts:
        text = pq.read_table(part, columns=["text"])["text"]
        redacted, _, _ = redact_texts(text)
        assert redacted.to_pylist() == [redact(value)[0] for value in text.to_pylist()]
