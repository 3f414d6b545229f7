import pyarrow as pa
import pytest

from taojin.curation.composition import (
    measure_characters,
    measure_lines,
    measure_words,
)
from taojin.curation.segments import split_lines, split_paragraphs, split_words


def chunked(*texts):
    return pa.chunked_array([pa.array(texts, pa.large_string())])


def characters(*texts):
    return measure_characters(chunked(*texts))


def words(*texts):
    return measure_words(chunked(*texts), split_words(chunked(*texts)))


def lines(*texts):
    text = chunked(*texts)
    return measure_lines(split_lines(text), split_paragraphs(text))


def test_bytes_and_code_points_are_counted():
    measured = characters("aé中🎉", "", "ab")
    assert measured["num_bytes"].tolist() == [10, 0, 2]
    assert measured["num_chars"].tolist() == [4, 0, 2]
    assert measured["share_non_ascii_chars"].tolist() == [0.75, 0.0, 0.0]


def test_shares_of_characters_read_every_script():
    measured = characters("Ab1 ", "Äß٣中", "")
    assert measured["share_letter_chars"].tolist() == [0.5, 0.75, 0.0]
    assert measured["share_digit_chars"].tolist() == [0.25, 0.25, 0.0]
    assert measured["share_upper_chars"].tolist() == [0.25, 0.25, 0.0]


def test_a_slice_of_a_table_is_measured_as_itself():
    text = pa.chunked_array([pa.array(["AAAA", "", "a1"], pa.large_string()).slice(1)])
    assert measure_characters(text)["share_digit_chars"].tolist() == [0.0, 0.5]


def test_words_are_counted_and_measured():
    measured = words("The cat and THE dog.", "", "1 22 --- x4")
    assert measured["num_words"].tolist() == [5, 0, 4]
    assert measured["mean_word_length"].tolist() == [3.2, 0.0, 2.0]
    assert measured["share_alphabetic_words"].tolist() == [1.0, 0.0, 0.25]
    assert measured["share_unique_words"].tolist() == [1.0, 0.0, 1.0]


def test_stop_words_are_counted_once_each_in_any_case():
    text = "The (the) THE of, with nothing"
    assert words(text, "the", "")["num_stop_words"].tolist() == [3, 1, 0]


def test_the_symbol_ratio_is_that_of_the_commoner_symbol():
    assert words("# # a ...", "wait… a b c")["symbol_to_word_ratio"].tolist() == [
        0.5,
        0.25,
    ]


def test_sentence_ends_are_told_from_abbreviations_of_numbers():
    measured = words("It works. Does it? (Yes!) 3.14 1. e", "可以。 好！")
    assert measured["num_sentence_ends"].tolist() == [3, 2]


@pytest.mark.parametrize(
    ("signal", "text", "share"),
    [
        ("share_bullet_lines", "* a\n- b\n• c\n--option\n**bold**", 0.6),
        ("share_ellipsis_lines", "more...\nand so on…\nend.", 2 / 3),
        ("share_doctest_lines", ">>> a = 1\n... b\nIn [3]: x\nprose", 0.75),
    ],
)
def test_kinds_of_lines_are_told_apart(signal, text, share):
    assert lines(text)[signal][0] == pytest.approx(share)


def test_licence_phrases_are_counted_in_any_case():
    text = "Copyright (c) 2020 X\nALL RIGHTS RESERVED.\nIt IS provided WITHOUT WARRANTY"
    assert lines(text, "a copyright notice")["num_licence_phrases"].tolist() == [3, 0]
