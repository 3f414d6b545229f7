import pyarrow as pa
import pytest

from taojin.curation.config import MinHashConfig
from taojin.curation.minhash import band_hashes, exact_hashes
from taojin.curation.segments import split_words

CONFIG = MinHashConfig()


def chunked(*texts):
    return pa.chunked_array([pa.array(texts, pa.large_string())])


def bands(*texts, config=CONFIG):
    return band_hashes(split_words(chunked(*texts)), config)


def shared(first, second, config=CONFIG):
    hashes, _ = bands(first, second, config=config)
    return int((hashes[0] == hashes[1]).sum())


def test_case_marks_and_punctuation_do_not_matter():
    assert (
        shared("Café au lait, s'il vous plaît!", "cafe AU lait — s il vous plait") < 14
    )
    assert shared("Café, au lait encore une", "cafe AU ‘lait’ encore une.") == 14


def test_digits_are_alike():
    assert (
        shared("In 2023 there were 15 of them", "In 1999 there were 27 of them") == 14
    )


def test_a_small_edit_leaves_bands_and_another_text_none():
    text = " ".join(
        chr(97 + i % 26) * (1 + i % 7) + chr(97 + i % 23) for i in range(300)
    )
    words = text.split()
    words[150] = "changed"
    assert shared(text, " ".join(words)) > 3
    assert shared(text, " ".join(reversed(words))) == 0


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
    assert counts.tolist() == [2, 1, 0, 0, 1]


def test_no_documents_have_no_hashes():
    hashes, counts = bands()
    assert hashes.shape == (0, 14)
    assert counts.tolist() == []


def test_hashes_never_change_between_releases():
    hashes, _ = bands("the quick brown fox jumps over the lazy dog")
    assert hashes[0, :2].tolist() == [9895375645800093824, 5007668345020414104]


def test_exact_hashes_ignore_case_and_white_space_only():
    same = exact_hashes(chunked("A  b\n", "a b", "a b.", ""))
    assert same[0] == same[1]
    assert len(set(same)) == 3
