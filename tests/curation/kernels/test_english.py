import json
import random
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from taojin.curation.kernels import english
from taojin.curation.kernels.english import english_tables, find_kinds, find_string
from taojin.curation.kernels.web_addresses import is_web_address

ORACLE = Path(__file__).parents[2] / "oracle" / "english_tables.py"
ADDRESS_PIECES = [
    "http://",
    "https://",
    "ftp://",
    "a+b.c://",
    "mailto:",
    "user@",
    "user:secret@",
    "@",
    "www.",
    "example.com",
    "example",
    ".com",
    ".co.uk",
    ".org.",
    "é.fr",
    "中文.中国",
    "a_b.c-d.net",
    "-a.com",
    "a-.com",
    "a..com",
    ".a.com",
    "8.8.8.8",
    "10.0.0.1",
    "127.0.0.1",
    "192.168.1.1",
    "192.167.1.1",
    "169.254.0.1",
    "172.16.0.1",
    "172.32.0.1",
    "172.2٣.1.1",
    "223.1.1.254",
    "224.1.1.1",
    "1.2.3.255",
    "1.2.3",
    "256.1.1.1",
    "01.1.1.1",
    "٣.٣.٣.٣",
    "1٣.1.1.1",
    "2٣1.1.1.1",
    "100.٣٣.255.9",
    "25٣.1.1.1",
    "1.25٣.1.1",
    ":80",
    ":8080",
    ":123456",
    ":8",
    ":٣٣",
    "/",
    "/path",
    "?q=1",
    "#top",
    "/a?b#c",
    "x",
    "X",
    "aa",
    "AA",
    ".",
    ":",
    "_",
    "-",
]


@pytest.mark.slow
def test_the_stored_tables_are_those_of_the_reference():
    pytest.importorskip("spacy", reason="spaCy defines the rule")
    pytest.importorskip("datatrove", reason="datatrove defines symbols and stop words")
    oracle = runpy.run_path(str(ORACLE))
    stored = json.loads(oracle["PATH"].read_text(encoding="utf-8"))
    assert stored == oracle["read_tables"]()


def test_every_stored_string_is_found_and_no_other():
    tables = english_tables()
    facts = json.loads(runpy.run_path(str(ORACLE))["PATH"].read_text(encoding="utf-8"))
    for words in facts["special_cases"]:
        codes = _codes("".join(words))
        assert find_kinds(codes, 0, len(codes), tables) & english.SPECIAL_CASE
    for text in ("", "thee", "x" * 12, "x" * 200, "can'tx"):
        codes = _codes(text)
        assert find_string(codes, 0, len(codes), tables) == -1


def test_strings_fit_the_rows_of_the_table():
    facts = json.loads(runpy.run_path(str(ORACLE))["PATH"].read_text(encoding="utf-8"))
    cases = ["".join(words) for words in facts["special_cases"]]
    units = facts["suffixes_of_numbers"] + facts["hyphens"] + facts["suffixes"]
    assert max(map(len, cases + units)) <= english.LONGEST
    assert max(map(len, facts["affixed_special_cases"])) <= english.MOST_PARTS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("www.example.com", True),
        ("example.com:8080/path?x#y", True),
        ("user:pw@example.com", True),
        ("a@b@c.de", True),
        ("http://8.8.8.8/", True),
        ("http://10.0.0.1/", False),
        ("lower.Upper", False),
        ("end.of", True),
        ("1.2.3", False),
        ("x" * 65 + ".com", False),
        ("x" * 64 + ".com", True),
        ("a." + "x" * 64, False),
        ("@a.com", False),
        ("", False),
    ],
)
def test_web_addresses_are_one_word(text, expected):
    codes = _codes(text)
    assert is_web_address(codes, 0, len(codes), english_tables().classes) == expected


def test_web_addresses_are_those_of_the_reference_pattern():
    exceptions = pytest.importorskip("spacy.lang.tokenizer_exceptions")
    classes = english_tables().classes
    draw = random.Random(5)  # noqa: S311
    num_addresses = 0
    for _ in range(20_000):
        pieces = draw.choices(ADDRESS_PIECES, k=draw.randint(1, 5))
        text = "".join(pieces)
        if draw.random() < 0.3:
            place = draw.randrange(len(text))
            text = text[:place] + draw.choice(".:/@-_aZ9é中٣#?") + text[place + 1 :]
        expected = exceptions.URL_MATCH(text) is not None
        codes = _codes(text)
        assert is_web_address(codes, 0, len(codes), classes) == expected, text
        num_addresses += expected
    assert num_addresses > 1000


def test_long_web_addresses_are_read_once():
    for text in ("a@" * 200_000, "a." * 200_000 + "!", "1.1.1." * 100_000):
        codes = _codes(text)
        assert not is_web_address(codes, 0, len(codes), english_tables().classes)


def test_word_characters_are_those_of_regular_expressions():
    classes = english_tables().classes
    for bit, pattern in (
        (english.WORD_CHARACTER, r"\w"),
        (english.DECIMAL_DIGIT, r"\d"),
    ):
        matches = re.compile(pattern).match
        expected = [code for code in range(len(classes)) if matches(chr(code))]
        assert np.flatnonzero(classes & bit).tolist() == expected


def _codes(text):
    return np.array([ord(character) for character in text], np.int64)
