"""The first sentence of a text."""

import re

_ABBREVIATIONS = (
    "e.g.",
    "i.e.",
    "etc.",
    "vs.",
    "cf.",
    "approx.",
    "resp.",
    "no.",
    "al.",
)
"""A full stop at the end of these ends no sentence."""

_END = re.compile(r"[.!?][\"')\]`]*(?=\s)|[。！？][」』”’）]*")
_PROSE_START = re.compile(r"[\"'`*(“‘「『<\[]*\w")


def first_sentence(text: str) -> str:
    """Return the first sentence of the first paragraph, on one line.

    A paragraph without an end mark counts as one sentence. A paragraph that does
    not begin like prose (markup, a prompt, a field list) yields "".
    """
    paragraph = re.split(r"\n\s*\n", text.strip(), maxsplit=1)[0]
    line = " ".join(paragraph.split())
    if not _PROSE_START.match(line):
        return ""
    for end in _END.finditer(line):
        sentence = line[: end.end()]
        if not sentence.lower().endswith(_ABBREVIATIONS):
            return sentence
    return line
