"""Reads the tables of the English word rule off the libraries that define it.

Run as a script to write the stored file anew: ``python tests/oracle/english_tables.py``
(needs spaCy and datatrove). The word rule is that of spaCy's blank English pipeline, as
datatrove's filters use it; symbols and stop words are those of datatrove's filters.
"""

import importlib.metadata
import json
import re
import sys
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[2] / "src/taojin/curation/kernels/tables/english.json"
_CHARACTERS = [chr(code) for code in range(sys.maxunicode + 1)]
_PLAIN = "\x01"  # in no class of the rule


def read_tables():
    """Return the content of the stored file."""
    import spacy
    from datatrove.pipeline.filters.gopher_quality_filter import STOP_WORDS
    from datatrove.utils.text import PUNCTUATION_SET
    from spacy.lang import char_classes as classes
    from spacy.pipeline.sentencizer import Sentencizer

    rule: Any = spacy.blank("en").tokenizer
    lower = _in_class(classes.ALPHA_LOWER)
    prefixes = _matching(rule.prefix_search, "{}1")
    suffixes = _matching(rule.suffix_search, _PLAIN + "{}")
    before_dot = _matching(rule.suffix_search, "{}.") - lower - {"."}
    infixes = _matching(rule.infix_finditer, _PLAIN + "{}" + _PLAIN)
    assert _matching(rule.prefix_search, "{}a") - prefixes == {"+"}
    return {
        "versions": {
            name: importlib.metadata.version(name) for name in ("spacy", "datatrove")
        },
        "characters": {
            "prefix": _ranges(prefixes),
            "suffix": _ranges(suffixes),
            "infix": _ranges(infixes),
            "letter": _ranges(_in_class(classes.ALPHA)),
            "lower": _ranges(lower),
            "upper": _ranges(_in_class(classes.ALPHA_UPPER)),
            "quote": _ranges(_in_class(classes.CONCAT_QUOTES)),
            "before_dot": _ranges(before_dot),
            "symbol": _ranges(PUNCTUATION_SET),
            "sentence_end": _ranges(Sentencizer.default_punct_chars),
        },
        "prefixes": _longer(classes.LIST_CURRENCY, classes.LIST_PUNCT[:0]),
        "suffixes": _longer(classes.LIST_PUNCT, ["'s", "'S", "’s", "’S"]),
        "suffixes_of_numbers": sorted(
            {_plain(text) for text in classes.LIST_CURRENCY + classes.LIST_UNITS}
        ),
        "hyphens": sorted(classes.LIST_HYPHENS, key=lambda text: (len(text), text)),
        "stop_words": sorted(STOP_WORDS),
        **_special_cases(rule),
    }


def _special_cases(rule):
    """Special cases as their tokens; those with affixes also as affixes cut them."""
    from spacy.symbols import ORTH
    from spacy.tokenizer import Tokenizer

    plain = Tokenizer(
        rule.vocab,
        prefix_search=rule.prefix_search,
        suffix_search=rule.suffix_search,
        infix_finditer=rule.infix_finditer,
        url_match=rule.url_match,
    )
    cases = [text for text in rule.rules if not re.search(r"\s", text)]
    affixed = [
        text
        for text in cases
        if rule.find_prefix(text) or rule.find_suffix(text) or rule.find_infix(text)
    ]
    return {
        "special_cases": sorted(
            [token[ORTH] for token in rule.rules[text]] for text in cases
        ),
        "affixed_special_cases": sorted(
            [token.text for token in plain(text)] for text in affixed
        ),
    }


def _longer(*lists):
    return sorted(
        {_plain(text) for texts in lists for text in texts if len(_plain(text)) > 1}
    )


def _plain(pattern):
    return pattern.replace("\\", "")


def _in_class(content):
    return set(filter(re.compile(f"[{content}]").match, _CHARACTERS))


def _matching(search, template):
    """Characters that alone make a match inside a template; a dot may be it, too."""
    found = set()
    for character in _CHARACTERS:
        match = search(template.format(character))
        matches = [match] if match is None or hasattr(match, "group") else match
        if any(one and one.group() in (character, ".") for one in matches):
            found.add(character)
    return found


def _ranges(characters):
    """Write code points as ranges: ``41-5A 61``."""
    codes = sorted(map(ord, characters))
    ranges = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return " ".join(
        f"{first:X}" if first == last else f"{first:X}-{last:X}"
        for first, last in ranges
    )


if __name__ == "__main__":
    PATH.write_text(
        json.dumps(read_tables(), ensure_ascii=False, indent=1) + "\n",
        encoding="utf-8",
    )
