import itertools
import json
import random
import sys
import threading
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.curation.kernels import word_memo, words
from taojin.curation.kernels.words import (
    CONTENT,
    LETTER,
    MARK,
    SENTENCE_END,
    SPACE_BEFORE,
    STOP,
    split_words,
)

FACTS = json.loads(
    resources.files("taojin.curation.kernels")
    .joinpath("tables/english.json")
    .read_text(encoding="utf-8")
)
SPACES = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]
ADVERSARIAL = [
    "",
    " ",
    "\n",
    "a",
    "\x00",
    "a\x00b \x00",
    "  two  spaces  ",
    "".join(f"a{space}b" for space in SPACES),
    "".join(f" {space} :)" for space in SPACES),
    "👩‍👩‍👧 👍🏽ok 🇩🇪. ❤️!",
    "e\u0301te\u0301. \u0301 \u200d \ufeff \ufffd",
    "x:( ( y:)) ) z ;- ) q:) :( a:)(:",
    "10a. m. 10a.m. (10p.m.). °C. 5°C. it's' 'it's",
    "U.S.A. Ph.D., e.g., i.e.; a.b.c... .5 -5 +5 a+ 5+ 5km/h 5KB. $5 US$5 5US$",
    "http://a.com/b?c, (www.a.com) <a@b.com>. user:pw@host.org:80 10.0.0.1 8.8.8.8.",
    "state-of-the-art a--b 1--2 1-2 a—b a,b 1,2 a/b a:b a=b a.B a.b A.B",
    "... .. . ……a…… !!! ((()))..''s's’s —– ~a~b",
    "汉字。，「引」㎡】 ひらがな、カタカナ 한국어. 中a文,中",
    "(╯°□°）╯︵┻━┻ x(╯°□°）╯︵┻━┻ ><(((*> a><(((*> (*_*)(*_*)",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't stop (e.g. now).", "Do n't stop ( e.g. now ) ."),
        ("see:) www.a.com/b, 5km!", "see :) www.a.com/b , 5 km !"),
        ("state-of-the-art", "state - of - the - art"),
        ("x:( ( y:( z", "x : ( ( y :( z"),
        ("\u3000中文\u3000", "中文"),
        (" \n\t", ""),
        ("", ""),
    ],
)
def test_texts_are_split_by_the_english_rule(text, expected):
    assert _split([text]) == [expected.split()]


@pytest.mark.parametrize("text", ADVERSARIAL)
def test_odd_texts_are_split_as_the_reference_does(text):
    assert _split([text]) == [_reference(text)]


def test_random_words_are_split_as_the_reference_does():
    _check(_random_texts(seed=1, num_runs=4000))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_many_random_words_are_split_as_the_reference_does(seed):
    _check(_random_texts(seed=seed + 100, num_runs=30_000))


def test_real_texts_are_split_as_the_reference_does():
    texts = {str(value.__doc__) for value in vars(np).values() if value.__doc__}
    assert len(texts) > 300
    _check(sorted(texts)[:120])


@pytest.mark.slow
def test_real_texts_of_other_languages_are_split_as_the_reference_does(shared_data):
    for path in sorted(shared_data.glob("*/*"))[:200]:
        if path.is_file():
            with path.open(encoding="utf-8", errors="replace") as source:
                _check([source.read(20_000)])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(), max_size=3))
def test_any_text_is_split_as_the_reference_does(texts):
    _check([text.replace("IS_ALPHA", "") for text in texts])


@given(st.lists(st.binary(max_size=40), max_size=4))
def test_any_bytes_are_cut_into_words_that_cover_all_but_white_space(texts):
    data = b"".join(texts)
    result = split_words(_bytes(data), _offsets(texts))
    covered = np.zeros(len(data), bool)
    for text in range(len(texts)):
        first, last = _offsets(texts)[text : text + 2]
        own = slice(result.offsets[text], result.offsets[text + 1])
        assert np.all(result.starts[own] >= first)
        assert np.all(result.ends[own] <= last)
    assert np.all(result.starts[1:] >= result.ends[:-1])
    for start, end in zip(result.starts, result.ends, strict=True):
        covered[start:end] = True
    rest = bytes(np.frombuffer(data, np.uint8)[~covered])
    assert rest.decode(errors="replace").strip() == ""


def test_words_say_what_they_are():
    text = "the  Tote ...\n. 42 é!"
    result = split_words(_bytes(text.encode()), _offsets([text.encode()]))
    assert result.flags.tolist() == [
        CONTENT | LETTER | STOP,
        CONTENT | LETTER | SPACE_BEFORE,
        MARK,
        SENTENCE_END | MARK | SPACE_BEFORE,
        CONTENT,
        CONTENT | LETTER,
        SENTENCE_END | MARK,
    ]
    assert result.chars.tolist() == [3, 4, 3, 1, 2, 1, 1]


def test_equal_words_have_equal_hashes_wherever_they_stand():
    text = "dog (dog) dog-cat! a:dog dog's long" + "x" * 300 + "!dog"
    result = split_words(_bytes(text.encode()), _offsets([text.encode()]))
    found: dict[str, set[int]] = {}
    for start, end, hashed in zip(
        result.starts, result.ends, result.hashes.tolist(), strict=True
    ):
        found.setdefault(text[start:end], set()).add(hashed)
    assert len(found["dog"]) == 1
    assert len({hashed for hashes in found.values() for hashed in hashes}) == len(found)


def test_batches_do_not_change_words():
    texts = _random_texts(seed=2, num_runs=500)
    assert _split(texts) == [split for text in texts for split in _split([text])]


def test_a_full_table_of_runs_changes_nothing(monkeypatch):
    texts = _random_texts(seed=3, num_runs=500)
    expected = _split(texts)
    for column, limit in enumerate((629_145, (1 << 24) - 100, (1 << 20) - 50)):
        memo = word_memo.new_memo()
        monkeypatch.setattr(words._local, "memo", memo)
        memo.used[column] = limit
        assert _split(texts) == expected
        assert memo.used[column] < limit
        assert _split(texts) == expected


@pytest.mark.parametrize(
    "text",
    [
        "." * 3 + "!" * 5000,  # more words than were reckoned with
        "x" * 3000 + "-" + "y" * 3000,  # longer than any run that is remembered
        "x:( ( " * 500,  # more runs to look at again
        ":)" * 3000,  # more matches
    ],
)
def test_texts_beyond_the_ordinary_get_more_room(text):
    pieces = _split([text, "after, all"])
    assert _split([text]) == pieces[:1]
    assert pieces[1] == ["after", ",", "all"]
    assert "".join(pieces[0]) == text.replace(" ", "")
    assert len(_split(["a b"])[0]) == 2


def test_threads_have_tables_of_their_own():
    texts = _random_texts(seed=4, num_runs=300)
    found = []

    def work():
        found.append((_split(texts), words._local.memo.entries))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [split for split, _ in found] == [_split(texts)] * 3
    assert len({id(entries) for _, entries in found}) == 3


@pytest.mark.parametrize("text", ["(" * 500_000, "a." * 250_000, ":)x" * 200_000])
def test_a_huge_run_takes_time_in_proportion(text):
    split = _split([text])
    assert "".join(split[0]) == text


def test_the_input_is_left_as_it_is():
    data, offsets = np.frombuffer(bytearray(b"a b."), np.uint8), np.array([0, 4])
    split_words(data, offsets)
    assert data.flags.writeable
    assert data.tobytes() == b"a b."
    assert offsets.flags.writeable


def _check(texts):
    for text, split in zip(texts, _split(texts), strict=True):
        assert split == _reference(text), repr(text)


def _reference(text):
    reference = pytest.importorskip("datatrove.utils.text")
    pytest.importorskip("spacy", reason="spaCy defines the rule")
    return reference.split_into_words(text, "en")


def _split(texts):
    encoded = [text.encode() for text in texts]
    data = b"".join(encoded)
    result = split_words(_bytes(data), _offsets(encoded))
    found = [
        data[start:end].decode()
        for start, end in zip(result.starts.tolist(), result.ends.tolist(), strict=True)
    ]
    assert [len(word) for word in found] == result.chars.tolist()
    bounds = result.offsets.tolist()
    return [found[a:b] for a, b in itertools.pairwise(bounds)]


def _bytes(data):
    return np.frombuffer(data, np.uint8)


def _offsets(texts):
    return np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(int)


def _random_texts(seed, num_runs):
    """Texts of words that the rules have much to do with."""
    draw = random.Random(seed)  # noqa: S311
    strings = [
        "".join(case)
        for case in FACTS["special_cases"] + FACTS["affixed_special_cases"]
    ]
    strings += FACTS["suffixes_of_numbers"] + FACTS["suffixes"] + FACTS["hyphens"]
    strings += ["..", "…", "http://", "www.a.com", "@", "1", "25", "/", "?", ":80"]
    strings += ["word", "Word", "WORD", "können", "слово", "漢字", "Ω", "naïve", "x1"]
    ranges = [span.split("-") for text in FACTS["characters"].values()
              for span in text.split()]  # fmt: skip
    signs = [chr(code) for code in range(33, 127)]

    def piece():
        kind = draw.random()
        if kind < 0.5:
            return draw.choice(strings)
        if kind < 0.85:
            return draw.choice(signs)
        span = draw.choice(ranges)
        character = chr(draw.randint(int(span[0], 16), int(span[-1], 16)))
        is_odd = character.isspace() or "\ud800" <= character <= "\udfff"
        return "" if is_odd else character

    runs = [
        "".join(piece() for _ in range(draw.randint(1, 6))) for _ in range(num_runs)
    ]
    spaces = [" "] * 6 + ["  ", "\n", " \n", "\u00a0"]
    return [
        "".join(run + draw.choice(spaces) for run in runs[first : first + 50])
        for first in range(0, num_runs, 50)
    ]
