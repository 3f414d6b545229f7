"""Words of English captions, punctuation apart, as the Texygen tables count them.

Those tables were made with ``word_tokenize`` of NLTK, which follows the conventions of
the Penn Treebank. This is a small function of our own that gives the same words on
lower-case sentences without brackets; the tests compare both on real captions.
"""

import re

_TOKEN = re.compile(
    r"\.{2,}"  # dots
    r"|[a-z0-9]+(?=n't(?!\w))|n't(?!\w)"  # a negation goes apart
    r"|'(?:s|m|d|ll|re|ve)?(?!\w)|'"  # so do other clitics
    r"|(?:(?!n't(?!\w)|\.{2})[^\s\"';@#$%&?!*,:()\[\]{}<>]|[,:](?=\d)|'(?=\w)(?!(?:s|m|d|ll|re|ve)(?!\w)))+"
    r"|\S"
)

_CLOSING = {"''", "'", ")", "]", "}"}


def split_caption(text: str) -> list[str]:
    """Split a sentence into words and punctuation marks, lower-case.

    A full stop is apart only where the text ends, ``'s`` and the like always;
    quotation marks become two back-ticks or two apostrophes.
    """
    words: list[str] = []
    stripped = text.lower().strip()
    for match in _TOKEN.finditer(stripped):
        word = match.group()
        if word == '"':
            before = stripped[match.start() - 1 : match.start()]
            word = "``" if before in {"", " ", "("} else "''"
        words.append(word)
    last = len(words) - 1
    while last > 0 and words[last] in _CLOSING:
        last -= 1
    if words and words[last].endswith(".") and set(words[last]) != {"."}:
        words[last : last + 1] = [words[last][:-1], "."]
    return words


def join_words(words: list[str]) -> str:
    """Words with single spaces between them, as a language model of words reads them."""
    return " ".join(words)
