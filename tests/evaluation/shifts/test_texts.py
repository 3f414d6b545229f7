import difflib
import re
from importlib.util import find_spec

import numpy as np
import pytest
from scipy.stats import spearmanr

from taojin.core.errors import ConfigurationError
from taojin.evaluation.shifts import TEXT_SHIFTS, script_shift

ENGLISH = [
    f"{number}. The quick Brown fox, it says, jumps over the lazy dog; will it? Yes!"
    for number in range(12)
]
CHINESE = [
    f"第{number}句：他们在这里学习汉语，天气（今天）很好。我们去图书馆读书、听音乐！"
    for number in range(12)
]
TRADITIONAL = [f"第{number}句：他們在這裡學習漢語，天氣很好。" for number in range(12)]
WIDE = [f"ＡＢＣ（{number}）：１２３，全角。" for number in range(12)]
SUITED = {
    "typos": ENGLISH + CHINESE,
    "casing": ENGLISH,
    "punctuation": ENGLISH + CHINESE,
    "white_space": ENGLISH + CHINESE,
    "full_width": ENGLISH,
    "half_width": WIDE,
    "simplified_to_traditional": CHINESE,
    "traditional_to_simplified": TRADITIONAL,
}
LEVELS = (0.2, 0.4, 0.6, 0.8, 1.0)


def distance(before, after):
    return sum(
        1 - difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()
        for one, other in zip(before, after, strict=True)
    )


def test_every_shift_has_texts_here():
    assert SUITED.keys() == TEXT_SHIFTS.keys()


@pytest.mark.parametrize("name", TEXT_SHIFTS)
def test_strength_0_leaves_texts_as_they_are(name):
    assert TEXT_SHIFTS[name](SUITED[name], 0.0, 3) == SUITED[name]


@pytest.mark.parametrize("name", TEXT_SHIFTS)
def test_more_strength_changes_more(name):
    texts = SUITED[name]

    distances = [
        distance(texts, TEXT_SHIFTS[name](texts, level, 3)) for level in LEVELS
    ]

    assert distances[0] > 0
    assert spearmanr(LEVELS, distances)[0] == pytest.approx(1.0)


@pytest.mark.parametrize("name", TEXT_SHIFTS)
def test_a_text_is_shifted_the_same_whatever_stands_beside_it(name):
    shift, texts = TEXT_SHIFTS[name], SUITED[name]
    whole = shift(texts, 0.5, 3)

    assert shift(texts[::-1], 0.5, 3)[::-1] == whole
    assert [shift([text], 0.5, 3)[0] for text in texts] == whole
    assert shift(texts, 0.5, 3) == whole


@pytest.mark.parametrize(
    "name", ["typos", "casing", "punctuation", "white_space", "full_width"]
)
def test_another_seed_changes_other_places(name):
    shift, texts = TEXT_SHIFTS[name], SUITED[name]

    assert shift(texts, 0.5, 3) != shift(texts, 0.5, 4)


@pytest.mark.parametrize("name", TEXT_SHIFTS)
@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_outside_0_to_1_is_refused(name, strength):
    with pytest.raises(ConfigurationError, match="must lie between 0 and 1"):
        TEXT_SHIFTS[name](SUITED[name], strength, 0)


@pytest.mark.parametrize("name", TEXT_SHIFTS)
def test_empty_texts_stay(name):
    assert TEXT_SHIFTS[name](["", " "], 1.0, 0)[0] == ""
    assert TEXT_SHIFTS[name]([], 1.0, 0) == []


def test_at_full_strength_every_word_has_one_typo_and_short_ones_none():
    words = "The quick Brown foxes are 12 of us"

    changed = TEXT_SHIFTS["typos"]([words], 1.0, 0)[0]

    assert len(changed.split()) == len(words.split())
    for before, after in zip(words.split(), changed.split(), strict=True):
        assert (before == after) == (not before.isalpha() or len(before) < 3)
        assert abs(len(before) - len(after)) <= 1


def test_half_of_the_chinese_characters_are_mistyped_at_full_strength():
    plain = TEXT_SHIFTS["typos"](["鑫" * 1000], 1.0, 0)[0]
    confused = TEXT_SHIFTS["typos"](["的" * 1000], 1.0, 0)[0]

    assert set(plain) == {"鑫"}
    assert 450 < len(plain) < 550
    assert set(confused) == set("的地得")
    assert 450 < confused.count("的") < 550


def test_a_place_that_a_low_strength_hits_a_higher_one_hits_alike():
    text = " ".join(["alphabet"] * 50)

    low, high = (TEXT_SHIFTS["typos"]([text], s, 1)[0].split() for s in (0.3, 0.7))

    assert all(high[i] == word for i, word in enumerate(low) if word != "alphabet")


def test_casing_changes_case_alone():
    changed = TEXT_SHIFTS["casing"](ENGLISH + CHINESE, 1.0, 0)

    assert [text.lower() for text in changed] == [t.lower() for t in ENGLISH + CHINESE]
    assert changed[len(ENGLISH) :] == CHINESE
    words = zip(ENGLISH[0].split(), changed[0].split(), strict=True)
    assert all(one != other for one, other in words if one[0].isalpha())


def test_punctuation_leaves_words_alone():
    changed = TEXT_SHIFTS["punctuation"](ENGLISH + CHINESE, 1.0, 0)

    for before, after in zip(ENGLISH + CHINESE, changed, strict=True):
        assert re.sub(r"[^\w]", "", before) == re.sub(r"[^\w]", "", after)
        assert before != after


def test_white_space_leaves_all_else_alone():
    changed = TEXT_SHIFTS["white_space"](ENGLISH + CHINESE, 1.0, 0)

    for before, after in zip(ENGLISH + CHINESE, changed, strict=True):
        assert "".join(before.split()) == "".join(after.split())
        assert before != after
    assert any(" " in text for text in changed[len(ENGLISH) :])


def test_widths_are_each_others_inverse():
    wide = TEXT_SHIFTS["full_width"](["Ab1!~ 汉"], 1.0, 0)

    assert wide == ["Ａｂ１！～ 汉"]
    assert TEXT_SHIFTS["half_width"](wide, 1.0, 0) == ["Ab1!~ 汉"]
    assert TEXT_SHIFTS["half_width"](["“好”。"], 1.0, 0) == ['"好".']


def test_scripts_are_converted_both_ways():
    text = "他们在这里学习汉语，天气很好。"
    converted = TEXT_SHIFTS["simplified_to_traditional"]([text], 1.0, 0)

    assert converted == ["他們在這裡學習漢語，天氣很好。"]
    assert TEXT_SHIFTS["traditional_to_simplified"](converted, 1.0, 0) == [text]


def test_pieces_between_marks_are_converted_whole():
    text = "，".join(["汉语"] * 200)

    changed = TEXT_SHIFTS["simplified_to_traditional"]([text], 0.3, 0)[0].split("，")

    assert set(changed) == {"汉语", "漢語"}
    assert 0.2 < changed.count("漢語") / 200 < 0.4


@pytest.mark.skipif(find_spec("opencc") is not None, reason="opencc is installed")
def test_converting_by_phrases_names_the_extra():
    with pytest.raises(ConfigurationError, match=r"taojin\[scripts\]"):
        script_shift("simplified_to_traditional", by_phrases=True)


def test_converting_by_phrases_chooses_by_phrase():
    pytest.importorskip("opencc")
    shift = script_shift("simplified_to_traditional", by_phrases=True)

    assert shift(["头发发展"], 1.0, 0) == ["頭髮發展"]


def test_the_table_agrees_with_opencc():
    opencc = pytest.importorskip("opencc")
    from taojin.evaluation.shifts.chinese_scripts import _PAIRS

    to_simplified = opencc.OpenCC("t2s").convert
    pairs = _PAIRS.split()
    wrong = [pair for pair in pairs if to_simplified(pair[1]) != pair[0]]

    assert len(pairs) > 800
    assert wrong == []


def test_the_table_has_one_form_a_character():
    from taojin.evaluation.shifts.chinese_scripts import _PAIRS

    pairs = _PAIRS.split()

    assert all(len(pair) == 2 and pair[0] != pair[1] for pair in pairs)
    assert len({pair[0] for pair in pairs}) == len({p[1] for p in pairs}) == len(pairs)


def test_neighbouring_keys_are_neighbours():
    from taojin.evaluation.shifts.typing_errors import KEY_NEIGHBOURS

    assert set(KEY_NEIGHBOURS["g"]) == set("fhtyvb")
    assert set(KEY_NEIGHBOURS["1"]) == {"2"}
    assert all(
        key in KEY_NEIGHBOURS[other]
        for key in KEY_NEIGHBOURS
        for other in KEY_NEIGHBOURS[key]
    )


def test_confusions_go_both_ways_and_are_never_the_character_itself():
    from taojin.evaluation.shifts.typing_errors import CONFUSED_CHARACTERS

    for character, others in CONFUSED_CHARACTERS.items():
        assert character not in others
        assert all(character in CONFUSED_CHARACTERS[other] for other in others)
    assert len(np.unique([*CONFUSED_CHARACTERS])) == len(CONFUSED_CHARACTERS) > 200
