"""Batches of texts of any bytes, the likelier the more they ask of a kernel.

A case is a list of texts, as bytes; the same seed gives the same cases on a machine
with the same packages installed. What is to last is kept as bytes, see ``write_case``.
"""

import importlib
import inspect
import json
from functools import cache
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st

Case = list[bytes]

SPACES = [chr(c) for c in range(0x110000) if chr(c).isspace()]
BREAKS = ["\n", "\r\n", "\r", "\n\n", "\v", "\f", "\x1c", "\x1e", "\x85", "\u2028"]
MARKS = [
    *(
        "\u0301",
        "\u0308",
        "\u0345",
        "\u20dd",
        "\u3099",
        "\u0327",
        "\u0f71",
        "\U0001d165",
    ),
    *("\u200b", "\u200d", "\ufe0f", "\u202e", "\ufeff", "\u00ad", "\U000e0100", "\0"),
]
LETTERS = [
    *("a", "I", "Zé", "ß", "ſ", "İ", "ǅ", "Σ", "ς", "ΑΣ", "ﬁ", "Å", "ạ̈", "ñ"),
    *("金", "返回", "的", "裏", "𠀀", "ひ", "カ", "ｶﾞ", "한글", "각", "ไทย", "ကို", "ក្ក"),
    *(
        "مرحبا",
        "שלום",
        "नमस्ते",
        "ஶ்ரீ",
        "Ж",
        "𝒜",
        "𐐀",
        "𞤀",
        "😀",
        "👩\u200d👩\u200d👧",
        "🇨🇳",
        "🏽",
    ),
]
DIGITS = [
    "0",
    "7",
    "12",
    "1234567",
    "3.14",
    "1,000",
    "٣",
    "½",
    "Ⅷ",
    "²",
    "１２",
    "𝟘",
    "𞥐",
    "10",
]
SIGNS = [
    *(
        "...",
        "…",
        "....",
        "!",
        "?!",
        '"',
        "'",
        "’",
        "“",
        "”",
        "。",
        "！",
        "？",
        "，",
        "、",
        "；",
    ),
    *(
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "#",
        "##",
        "*",
        "- ",
        "• ",
        "* ",
        "1. ",
        ">>> ",
    ),
    *(
        "-",
        "--",
        "—",
        "_",
        "/",
        "\\",
        "@",
        ":",
        "://",
        "&",
        "%",
        "$",
        "€",
        "^",
        "~",
        "|",
        "`",
    ),
]
PHRASES = [
    *(
        "lorem ipsum",
        "LOREM IPSUM",
        "javascript",
        "JavaScript",
        "terms of use",
        "cookie policy",
    ),
    *(
        "uses cookies",
        "[edit]",
        "[citation needed]",
        "[12]",
        "[1, 2]",
        "read more...",
        "license",
    ),
    *(
        "the",
        "be",
        "to",
        "of",
        "and",
        "that",
        "have",
        "with",
        "The end.",
        "U.S.A.",
        "e.g.",
        "Mr.",
    ),
    *(
        ":-)",
        "x:( ((",
        ":'(",
        "=D",
        "¯\\(ツ)/¯",
        "don't",
        "can't've",
        "I'm",
        "o'clock",
        "'Cause",
    ),
    *(
        "https://a.example/b?c=d#e",
        "www.example.com",
        "ftp://x",
        "a@b.example",
        "::1",
        "fe80::1",
    ),
    *(
        "10.0.0.1",
        "1.2.3.4",
        "2001:db8::8a2e:370:7334",
        "10km",
        "5pm",
        "3$",
        "C++",
        "a.b.c.d",
    ),
    *(
        "AKIAIOSFODNN7EXAMPLE",
        "+1 415 555 0132",
        "13800138000",
        "京A12345",
        "078-05-1120",
    ),
    *(
        "4111 1111 1111 1111",
        "GB82 WEST 1234 5698 7654 32",
        "11010519491231002X",
        "<EMAIL_1>",
    ),
    *(
        "Ã©",
        "â€™",
        "ä½ å¥½",
        "锟斤拷",
        "\ufffd",
        "浣犲ソ",
        "Ä\x8d",
        "&amp;",
        "\u3000\u3000段落",
    ),
]
BROKEN = [
    *(
        b"\x80",
        b"\xbf",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xc3",
        b"\xe2\x80",
        b"\xe2",
        b"\xed\xa0\x80",
    ),
    *(
        b"\xe0\x80\x80",
        b"\xf0\x9f\x98",
        b"\xf0\x9f",
        b"\xf0",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88",
    ),
    *(
        b"\xf7\xbf\xbf\xbf",
        b"\xff",
        b"\xfe\xff",
        b"\xe2\x80\xe2",
        b"\xc2",
        b"\xef\xbf",
        b"\xed\xbf",
    ),
    *(
        b"\xf0\x8f\xbf\xbf",
        b"\xc2\x85\x85",
        b"\xe4\xba",
        b"\xe3\x80",
        b"\xef\xbc",
        b"\xf3\xa0\x84",
    ),
]
_SOURCES = (
    *(
        "json",
        "re",
        "email",
        "unicodedata",
        "decimal",
        "html",
        "collections",
        "argparse",
    ),
    *("numpy", "numpy.linalg", "pandas", "pyarrow", "textwrap", "difflib", "calendar"),
)
_HUGE = 70_000


@cache
def snippets() -> list[bytes]:
    """Pieces that decide something somewhere, more often than chance would."""
    lists = (SPACES, BREAKS, MARKS, LETTERS, DIGITS, SIGNS, PHRASES)
    named = [piece.encode() for pieces in lists for piece in pieces]
    tables = resources.files("taojin.curation.kernels").joinpath("tables/english.json")
    facts = json.loads(tables.read_text("utf-8"))
    special = ["".join(pieces).encode() for pieces in facts["special_cases"]]
    return [*named * 4, *BROKEN * 4, *special]


@cache
def real_texts() -> list[bytes]:
    """Documentation that is installed here anyway."""
    found: set[str] = set()
    for name in _SOURCES:
        module = importlib.import_module(name)
        for member in ["", *sorted(vars(module))]:
            text = inspect.getdoc(getattr(module, member) if member else module)
            if text and len(text) > 80:
                found.add(text[:6000])
    return [text.encode() for text in sorted(found)][::3]


class Cases:
    """Draws cases, and changes those that were worth keeping."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - no secret
        self.corpus: list[Case] = []

    def draw(self) -> Case:
        """Draw the next case."""
        random = self._random
        if self.corpus and random.random() < 0.4:
            case = list(random.choice(self.corpus))
            return self._vary(case)
        roll = random.random()
        if roll < 0.01:
            return [b""] * random.randrange(300) + self._texts(2)
        if roll < 0.02:
            return [self._text() for _ in range(random.randrange(100))]
        return self._texts(random.choice((1, 1, 2, 2, 3, 5, 8)))

    def _texts(self, most: int) -> Case:
        return [self._text() for _ in range(self._random.randint(1, most))]

    def _text(self) -> bytes:
        random = self._random
        make = random.choice(
            (
                self._noise,
                self._pieces,
                self._pieces,
                self._pieces,
                self._points,
                self._ngrams,
                self._lines,
                self._real,
                self._real,
                self._run,
            )
        )
        text = make()
        for _ in range(random.choice((0, 0, 0, 1, 1, 2, 4))):
            text = self._mutate(text)
        return text[:_HUGE]

    def _length(self, most: int) -> int:
        """Mostly short, at times long."""
        random = self._random
        roll = random.random()
        if roll < 0.02:
            return random.randint(0, most * 40)
        return random.randint(0, most if roll < 0.3 else most // 5)

    def _noise(self) -> bytes:
        return self._random.randbytes(self._length(200))

    def _pieces(self) -> bytes:
        random = self._random
        pieces = random.choices(snippets(), k=self._length(80))
        if random.random() < 0.5:  # few kinds, many times
            pieces = random.choices(pieces[:4] or [b"a"], k=len(pieces))
        return random.choice((b"", b"", b" ", b" ", b"\n", b"\n\n")).join(pieces)

    def _points(self) -> bytes:
        """Characters of a block or two of Unicode."""
        random = self._random
        starts = [random.choice((0, 0x80, 0x300, 0x2000, 0x3000, 0x4E00, 0xFE00))]
        starts.append(random.randrange(0, 0x110000 - 64))
        points = [
            random.choice(starts) + random.randrange(64)
            for _ in range(self._length(120))
        ]
        return "".join(map(chr, points)).encode("utf-8", "surrogatepass")

    def _ngrams(self) -> bytes:
        """Words that repeat, with a period or at random, of very few kinds."""
        random = self._random
        words = random.choices(snippets(), k=random.randint(1, 4))
        size = self._length(300)
        if random.random() < 0.5:
            period = random.choices(words, k=random.randint(1, 12))
            chosen = (period * (size // len(period) + 1))[:size]
        else:
            chosen = random.choices(words, k=size)
        return random.choice((b" ", b" ", b"\n", b"", b". ")).join(chosen)

    def _lines(self) -> bytes:
        random = self._random
        kinds = [self._pieces()[:60] for _ in range(random.randint(1, 4))]
        ends = random.choices([each.encode() for each in BREAKS], k=2)
        lines = random.choices(kinds, k=self._length(60))
        return b"".join(line + random.choice(ends) for line in lines)

    def _real(self) -> bytes:
        text = self._random.choice(real_texts())
        start = self._random.randrange(len(text))
        return text[start : start + self._length(1500)]

    def _run(self) -> bytes:
        """One piece, over and over."""
        random = self._random
        piece = random.choice((*snippets(), random.randbytes(1), random.randbytes(3)))
        most = 600 if random.random() < 0.97 else _HUGE // len(piece)
        return piece * random.randrange(most)

    def _vary(self, case: Case) -> Case:
        random = self._random
        for _ in range(random.randint(1, 3)):
            roll = random.random()
            if roll < 0.7:
                index = random.randrange(len(case))
                case[index] = self._mutate(case[index])
            elif roll < 0.85:
                case.insert(random.randint(0, len(case)), self._text())
            elif len(case) > 1:
                del case[random.randrange(len(case))]
        return case

    def _mutate(self, text: bytes) -> bytes:
        random = self._random
        first = random.randint(0, len(text))
        last = min(len(text), first + random.choice((0, 1, 2, 3, 8, 40, 400)))
        kept, middle, rest = text[:first], text[first:last], text[last:]
        roll = random.randrange(8)
        if roll == 0:
            middle = random.choice(snippets())
        elif roll == 1:
            middle = random.randbytes(random.choice((1, 1, 2, 4)))
        elif roll == 2:
            middle *= random.choice((0, 2, 3, 20))
        elif roll == 3:
            middle = random.choice(snippets()) * random.choice((1, 2, 5, 100))
        elif roll == 4:
            middle = random.choice(snippets()).join(
                middle[i : i + 1] for i in range(len(middle))
            )
        elif roll == 5:
            middle = middle[::-1]
        elif roll == 6:
            middle = random.choice((middle.upper(), middle.lower(), middle.title()))
        else:
            kept, rest = rest, kept
        return (kept + middle + rest)[:_HUGE]


def write_case(case: Case) -> list[str | list[str | int]]:
    """Write a case as JSON can hold it: a byte a letter, a run as piece and times."""
    return [_write_text(text) for text in case]


def read_case(written: list[str | list[str | int]]) -> Case:
    """Read what ``write_case`` has written."""
    return [
        text.encode("latin-1")
        if isinstance(text, str)
        else str(text[0]).encode("latin-1") * int(text[1])
        for text in written
    ]


def _write_text(text: bytes) -> str | list[str | int]:
    for size in range(1, 17):
        if len(text) > 8 * size and text[:size] * (len(text) // size) == text:
            return [text[:size].decode("latin-1"), len(text) // size]
    return text.decode("latin-1")


def load_seeds(folder: Path) -> dict[str, Case]:
    """Read the kept cases, by name."""
    return {
        f"{path.stem}-{name}": read_case(written)
        for path in sorted(folder.glob("*.json"))
        for name, written in json.loads(path.read_text("utf-8"))["cases"].items()
    }


def write_json(path: Path, content: Any) -> None:
    """Write a file whole, or not at all."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    new.replace(path)


def hypothesis_cases() -> st.SearchStrategy[Case]:
    """Cases as hypothesis draws them."""
    pieces = st.sampled_from(snippets())
    texts = st.one_of(
        st.binary(max_size=200),
        st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.lists(pieces, max_size=40).map(b"".join),
        st.lists(pieces, max_size=40).map(b" ".join),
        st.lists(st.one_of(pieces, st.binary(max_size=4)), max_size=30).map(b"".join),
        st.tuples(st.one_of(pieces, st.binary(max_size=6)), st.integers(0, 300)).map(
            lambda drawn: drawn[0] * drawn[1]
        ),
    )
    return st.lists(texts, min_size=1, max_size=6)
