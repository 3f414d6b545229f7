"""Captions are split as the tables of the benchmark were."""

import pytest

from taojin.evaluation.sentences.words import join_words, split_caption

# What word_tokenize of NLTK 3.10.4 gives.
CASES = {
    "A man rides a wave.": "a man rides a wave .",
    "a man's dog, isn't it?": "a man 's dog , is n't it ?",
    'a sign that says "stop" here': "a sign that says `` stop '' here",
    'it reads "bus station."': "it reads `` bus station . ''",
    "trees in the woods..": "trees in the woods ..",
    "a t.v. on a stand": "a t.v. on a stand",
    "it is 11:59 at 1,000 feet": "it is 11:59 at 1,000 feet",
    "a black-and-white cat; a dog": "a black-and-white cat ; a dog",
    "they're here (both)": "they 're here ( both )",
    "the dogs' bowls": "the dogs ' bowls",
}


@pytest.mark.parametrize("text", CASES)
def test_a_caption_is_split_as_nltk_does(text):
    assert join_words(split_caption(text)) == CASES[text]


def test_an_empty_caption_has_no_words():
    assert split_caption("  ") == []
