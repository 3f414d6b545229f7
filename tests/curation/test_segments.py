import numpy as np
import pyarrow as pa

from taojin.curation.segments import (
    later_copies,
    ratio,
    split_lines,
    split_paragraphs,
    split_words,
)


def chunked(*texts):
    return pa.chunked_array([pa.array(texts, pa.large_string())])


def pieces(segments):
    names = segments.vocabulary.to_pylist()
    bounds = zip(segments.offsets, segments.offsets[1:], strict=False)
    return [[names[i] for i in segments.ids[a:b]] for a, b in bounds]


def test_words_are_cut_at_any_white_space():
    text = chunked("  a b\n\n c\u3000d\u00a0", "", " \t ", "one")
    assert pieces(split_words(text)) == [["a", "b", "c", "d"], [], [], ["one"]]


def test_unspaced_scripts_count_each_character_as_a_word():
    assert pieces(split_words(chunked("用Python写。 テスト"))) == [
        ["用", "Python", "写", "。", "テ", "ス", "ト"]
    ]


def test_lines_are_trimmed_and_empty_ones_left_out():
    assert pieces(split_lines(chunked("a\r\n  b \n\n", "\n\n"))) == [["a", "b"], []]


def test_paragraphs_are_cut_at_blank_lines():
    assert pieces(split_paragraphs(chunked("a\nb\n \n\nc\n\n"))) == [["a\nb", "c"]]


def test_no_documents_make_no_pieces():
    segments = split_words(pa.chunked_array([], pa.large_string()))
    assert segments.num_documents == 0
    assert len(segments.ids) == 0


def test_chunks_do_not_matter():
    whole = split_words(chunked("a b", "b c"))
    parts = pa.chunked_array(
        [pa.array(["a b"], pa.large_string()), pa.array(["b c"], pa.large_string())]
    )
    assert pieces(split_words(parts)) == pieces(whole)


def test_totals_are_added_up_by_document():
    words = split_words(chunked("aa b", "", "b b b"))
    assert words.total(words.chars).tolist() == [3, 0, 3]
    assert words.total_of_pieces(np.ones(5)).tolist() == [2.0, 0.0, 3.0]


def test_keys_are_equal_only_within_a_document():
    words = split_words(chunked("a b a", "a b"))
    assert len(set(words.keys.tolist())) == 4


def test_only_later_copies_are_marked():
    marks = later_copies(np.array([7, 5, 7, 7, 5]))
    assert marks.tolist() == [False, False, True, True, True]


def test_a_share_of_nothing_is_zero():
    assert ratio(np.array([0, 1]), np.array([0, 2])).tolist() == [0.0, 0.5]
