import json
from pydoc_data.topics import topics

import pyarrow as pa
import pytest

from taojin.core.fingerprints import hash_text
from taojin.core.text_buffers import text_buffers
from taojin.curation.duplicates.config import MinHashConfig
from taojin.curation.minhash import band_hashes, exact_hashes, signatures

CONFIG = MinHashConfig()
WORDS = MinHashConfig(unit="word")
CHARACTERS = MinHashConfig(unit="character")

POEM = (
    "床前明月光，疑是地上霜。举头望明月，低头思故乡。白日依山尽，黄河入海流。"
    "欲穷千里目，更上一层楼。春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。"
)


def chunked(*texts):
    return pa.chunked_array([pa.array(texts, pa.large_string())])


def bands(*texts, config=CONFIG):
    return band_hashes(chunked(*texts), config)


def shared(first, second, config=CONFIG):
    hashes, _ = bands(first, second, config=config)
    return int((hashes[0] == hashes[1]).sum())


def documentation():
    """Paragraphs of Python's own documentation, in groups of three."""
    paragraphs = "\n\n".join(topics.values()).split("\n\n")
    return [
        "\n\n".join(paragraphs[start : start + 3])
        for start in range(0, len(paragraphs), 3)
    ]


def test_case_marks_and_punctuation_do_not_matter():
    assert (
        shared("Café au lait, s'il vous plaît!", "cafe AU lait — s il vous plait") == 14
    )
    assert shared("Café, au lait encore une", "cafe AU “lait” encore une.") == 14


def test_numbers_are_alike():
    assert (
        shared("In 2023 there were 1.5 of them", "In 1999 there were 27 of them") == 14
    )


def test_a_small_edit_leaves_bands_and_another_text_none():
    text = " ".join(
        chr(97 + i % 26) * (1 + i % 7) + chr(97 + i % 23) for i in range(300)
    )
    words = text.split()
    words[150] = "changed"
    assert shared(text, " ".join(words)) > 3
    assert shared(text, " ".join(reversed(words))) == 0


def test_a_small_edit_of_chinese_leaves_bands():
    edited = POEM.replace("黄河", "长河")
    assert shared(POEM, edited) > 0
    assert shared(POEM, edited) == shared(POEM, edited, CHARACTERS)
    assert shared(POEM, edited, WORDS) == 0


def test_each_document_is_measured_in_the_unit_of_its_script():
    texts = ["one two three four five six", POEM, "", "seven eight nine ten eleven"]
    mixed, counts = bands(*texts)
    by_word, word_counts = bands(*texts, config=WORDS)
    by_character, character_counts = bands(*texts, config=CHARACTERS)
    assert (mixed[[0, 2, 3]] == by_word[[0, 2, 3]]).all()
    assert (mixed[1] == by_character[1]).all()
    assert counts.tolist() == [2, character_counts[1], 0, 1]
    assert word_counts[1] < character_counts[1]


def test_the_share_of_equal_minima_estimates_similarity():
    rows = MinHashConfig(ngram=1, num_bands=256, num_rows=1)
    alphabet = [a + b for a in "abcdefghij" for b in "klmnopqrst"]
    first, second = " ".join(alphabet[:75]), " ".join(alphabet[25:])
    # Jaccard similarity is 50 / 100; three standard errors of 256 trials are 0.09.
    assert shared(first, second, rows) / 256 == pytest.approx(0.5, abs=0.1)


def test_another_seed_is_another_family():
    first, _ = bands("some words that are hashed", config=CONFIG)
    second, _ = bands("some words that are hashed", config=MinHashConfig(seed=2))
    assert not (first == second).any()


def test_a_document_is_hashed_the_same_in_any_company():
    alone, _ = bands("one two three four five six")
    among, _ = bands("zero", "one two three four five six", "", "seven eight")
    assert (alone[0] == among[1]).all()


def test_shingles_are_counted():
    _, counts = bands("a b c d e f", "a b", "", "--- !!", "a b c d e")
    assert counts.tolist() == [2, 0, 0, 0, 1]


def test_no_documents_have_no_hashes():
    hashes, counts = bands()
    assert hashes.shape == (0, 14)
    assert counts.tolist() == []


def test_hashes_never_change_between_releases():
    hashes, _ = bands("the quick brown fox jumps over the lazy dog")
    assert hashes[0, :2].tolist() == [14872096157009044923, 13437992744885935279]


def test_exact_hashes_ignore_case_and_white_space_only():
    same = exact_hashes(chunked("A  b\n", "a b", "a b.", "", "ΑΣ  Σ")).to_pylist()
    assert same[0] == same[1]
    assert len(set(same)) == 4
    assert same[4] == hash_text("ας σ")


def reference():
    minhash = pytest.importorskip("datatrove.pipeline.dedup.minhash")
    xxhash = pytest.importorskip("xxhash")
    hashing = pytest.importorskip("datatrove.utils.hashing")
    config = minhash.MinhashConfig(
        hash_config=hashing.HashConfig(hash_fc="xxhash", precision=64),
    )
    step = minhash.MinhashDedupSignature("unused", config)
    # Version 4 of xxhash takes no strings any more, as the reference gives it.
    step._hash_func = lambda text: xxhash.xxh64_intdigest(text.encode())
    return step


def require_equal(texts):
    step = reference()
    minima, counts = signatures(text_buffers(pa.array(texts)), WORDS)
    for text, row, count in zip(texts, minima.tolist(), counts.tolist(), strict=True):
        shingles = step.get_shingles(text)
        assert len(shingles) == count
        if count:
            assert row == [
                value for band in step.get_signature(shingles) for value in band
            ]


def test_signatures_are_those_of_the_reference():
    edges = ["", " ", "one two", "ΟΔΟΣ ΣΑΣ " * 5, "a\u0301 \u0301 b c d e f", POEM * 3]
    edges += ["can't won't I'm 3.14km e-mail x.y@z.org U.S.A. :-) — … " * 3]
    require_equal(documentation()[::120] + edges)


@pytest.mark.slow
def test_signatures_of_many_real_documents_are_those_of_the_reference(shared_data):
    path = shared_data / "dclm_quality" / "majority_data.jsonl"
    lines = path.read_text("utf-8").splitlines()[:300]
    require_equal([json.loads(line)["text"] for line in lines])
