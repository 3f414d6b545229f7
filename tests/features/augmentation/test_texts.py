import csv
import json
import re
import unicodedata
import zipfile
from collections import Counter

import numpy as np
import pytest
from pydantic import ValidationError

from taojin.features.augmentation.chinese_rules import numeral
from taojin.features.augmentation.english_tables import NUMBER_WORDS, SPELLINGS
from taojin.features.augmentation.spans import SpanMaskingConfig
from taojin.features.augmentation.texts import (
    PARAPHRASE_RULES,
    ParaphraseConfig,
    TextAugmentationConfig,
    augment_texts,
    paraphrase,
)

OFF = dict.fromkeys(PARAPHRASE_RULES, 0.0)


def by(rule, text):
    config = ParaphraseConfig(probabilities={**OFF, rule: 1.0})
    return paraphrase(text, config, np.random.default_rng(0))


EXAMPLES = [
    ("english_contractions", "I do not know.", "I don't know."),
    ("english_contractions", "I don't know.", "I do not know."),
    ("english_contractions", "They can't pay.", "They cannot pay."),
    ("english_contractions", "I'm here and you've won.", "I am here and you have won."),
    ("english_contractions", "I have been there.", "I've been there."),
    ("english_numbers", "after 3 days", "after three days"),
    ("english_numbers", "after three days", "after 3 days"),
    ("english_numbers", "1,234,567 of them", "1234567 of them"),
    ("english_numbers", "5% off", "5 percent off"),
    ("english_numbers", "5 percent off", "5% off"),
    ("english_numbers", "涨了5%。", "涨了5%。"),
    ("english_dates", "on 5 March 2021", "on March 5, 2021"),
    ("english_dates", "on March 5, 2021", "on 5 March 2021"),
    ("english_dates", "on 2021-03-05", "on 5 March 2021"),
    ("english_dates", "at 3pm", "at 3 pm"),
    ("english_phrases", "Due to the fact that it rains", "Because it rains"),
    ("english_phrases", "cards, e.g. mine", "cards, for example mine"),
    ("english_spelling", "my favourite colour", "my favorite color"),
    ("english_spelling", "an unauthorized center", "an unauthorised centre"),
    ("english_politeness", "Can you help me?", "Can you please help me?"),
    ("english_politeness", "Could you please explain?", "Could you explain?"),
    ("english_politeness", "Send it, please.", "Send it."),
    ("english_clause_order", "If it rains, we stay.", "We stay if it rains."),
    ("english_clause_order", "If I pay, can you wait?", "Can you wait if I pay?"),
    ("english_marks", "it's so...", "it’s so…"),
    ("chinese_equivalents", "如果下雨，为什么出门？", "假如下雨，为何出门？"),
    ("chinese_equivalents", "我经常去。但是很远", "我常常去。但很远"),
    ("chinese_marks", "你好，世界？", "你好,世界?"),
    ("chinese_marks", "ＡＢＣ１２", "ABC12"),
    ("chinese_numbers", "买了3个，有2只", "买了三个，有两只"),
    ("chinese_numbers", "共3万元", "共30000元"),
    ("chinese_numbers", "共30000元", "共3万元"),
    ("chinese_numbers", "1.5万人", "15000人"),
    ("chinese_numbers", "涨了5%。", "涨了百分之五。"),
    ("chinese_numbers", "涨了百分之二十五。", "涨了25%。"),
    ("chinese_dates", "3月5日去", "3月5号去"),
    ("chinese_dates", "在2021-03-05见", "在2021年3月5日见"),
    ("chinese_dates", "星期天上午", "周日上午"),
    ("chinese_particles", "怎么办呢？", "怎么办？"),
    ("chinese_particles", "如果下雨的话，不去", "如果下雨，不去"),
    ("chinese_particles", "如果下雨，不去", "如果下雨的话，不去"),
    ("chinese_particles", "如果近，又便宜，去吗", "如果近，又便宜，去吗"),
    ("chinese_politeness", "怎么走？", "请问怎么走？"),
    ("chinese_politeness", "请问，这里怎么走？", "这里怎么走？"),
    ("chinese_politeness", "你好，在吗", "您好，在吗"),
    ("chinese_spacing", "用iPhone手机", "用 iPhone 手机"),
    ("chinese_spacing", "用 iPhone 手机", "用iPhone手机"),
]


@pytest.mark.parametrize(("rule", "before", "after"), EXAMPLES)
def test_a_rule_says_the_same_otherwise(rule, before, after):
    assert by(rule, before) == after


def test_every_rule_has_an_example():
    assert {rule for rule, _, _ in EXAMPLES} == set(PARAPHRASE_RULES)


UNTOUCHED = [
    # negation whose reach would change, or whose question needs the order
    "I do not only want this.",
    "Why don't you help?",
    "Isn't it there?",
    "What can you tell me?",
    "I have to go to in order to pay.",
    # parts of names, numbers and other words
    "The Labour Party in the Lincoln Center",
    "twenty two days, one or two weeks, No. 3 items, $5 days",
    "version 1,2 and 1,2345",
    "on 05/03/2021 or 2021-13-45",
    "file-2021-03-05.txt",
    "the till is open",
    "If he calls, she says that it is late.",
    "If my card is lost, can you find it?",
    # quoted, addressed, coded
    'He wrote "I do not know the colour".',
    "see https://example.org/colour?a=1,000 and me@colour.org",
    "`do not` stays",
    # Chinese words that share characters
    "如果汁好喝",
    "不但是他来",
    "题目前面",
    "也许可以",
    "并非常见",
    "非常时期",
    "三个代表",
    "小米3个",
    "3-5个",
    "一周三次",
    "一个星期三次",
    "这个星期一共",
    "百分之三十几",
    "百分之百",
    "百分之一百五十",
    "5%-10%",
    "3月5日报",
    "3月5号线",
    "你呢？",
    "《如果，爱》和“为什么”",
    "在统一共识里",
    "这里面",
    "公司达成一共识",
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_may_mean_something_else_is_left(text):
    config = ParaphraseConfig(
        probability=1.0,
        probabilities=dict.fromkeys(
            ("english_marks", "chinese_marks", "chinese_spacing"), 0.0
        ),
    )

    assert paraphrase(text, config, np.random.default_rng(0)) == text


def test_a_place_is_rewritten_with_its_probability():
    text = "do not " * 2000
    config = ParaphraseConfig(probabilities={**OFF, "english_contractions": 0.3})
    found = paraphrase(text, config, np.random.default_rng(0))

    assert found.count("don't") == pytest.approx(600, abs=80)
    assert found.count("don't") + found.count("do not") == 2000


def test_variation_follows_seed_text_and_copy_and_nothing_else():
    config = TextAugmentationConfig()
    texts = [
        f"I do not know {n}, you can't know 3 days, for example." for n in range(9)
    ]
    found = augment_texts(texts, config, 1)

    assert augment_texts(texts[::-1], config, 1) == found[::-1]
    assert augment_texts(texts, config, 2) != found
    assert augment_texts(texts, config, 1, copy=1) != found


def test_switching_a_rule_off_leaves_the_draws_of_others():
    text = "I don't know. You don't know. " * 5 + "colour of 3 days " * 9
    whole = ParaphraseConfig(probability=0.5)
    less = ParaphraseConfig(probability=0.5, probabilities={"english_spelling": 0.0})
    both = (paraphrase(text, c, np.random.default_rng(3)) for c in (whole, less))
    first, second = (one.replace("color", "colour") for one in both)

    assert first == second


def test_texts_are_masked_after_the_rules_if_asked():
    config = TextAugmentationConfig(masking=SpanMaskingConfig(share=0.5, mask="[M]"))
    (found,) = augment_texts(["one two three four five six"], config, 0)

    assert "[M]" in found


def test_rules_and_probabilities_are_checked():
    with pytest.raises(ValidationError, match="synonyms"):
        ParaphraseConfig(probabilities={"synonyms": 0.5})
    with pytest.raises(ValidationError, match="between 0 and 1"):
        ParaphraseConfig(probabilities={"english_marks": 1.5})


def test_spellings_pair_two_different_words_once():
    words = [*SPELLINGS, *SPELLINGS.values()]

    assert len(words) == len(set(words))
    assert SPELLINGS["visualise"] == "visualize"
    assert SPELLINGS["authorisation"] == "authorization"
    assert SPELLINGS["neighbourhood"] == "neighborhood"


@pytest.mark.parametrize(
    ("number", "written"),
    [(5, "五"), (10, "十"), (15, "十五"), (20, "二十"), (99, "九十九")],
)
def test_numbers_are_written_in_chinese(number, written):
    assert numeral(number) == written


ENGLISH_NUMBERS: dict[str, str] = {
    word: str(number) for number, word in NUMBER_WORDS.items()
}
CHINESE_NUMBERS = {numeral(number): str(number) for number in range(1, 100)}


def english_facts(text):
    """Names, numbers and negations of a text, however they are written."""
    plain = text.replace("’", "'").replace(" percent", "%")
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", plain)
    words = re.findall(r"[\w']+", plain)
    numbers = [ENGLISH_NUMBERS.get(word.lower()) or word for word in words]
    inner = re.findall(r"(?<=[a-z,] )[A-Z][A-Za-z]+\b", plain)
    return (
        Counter(re.findall(r"\d+", " ".join(numbers))),
        Counter(name for name in inner if name not in {"I'm", "I"}),
        sum(
            w == "not" or w == "cannot" or w.endswith("n't")
            for w in map(str.lower, words)
        ),
        sum(word.lower() in {"no", "never", "without", "none"} for word in words),
    )


def chinese_facts(text):
    plain = unicodedata.normalize("NFKC", text.replace("非常", "十分"))
    plain = re.sub(r"(\d+)(?:\.(\d+))?万", _myriads, plain)
    plain = re.sub(
        r"百分之([一二三四五六七八九十]++)(?![百点几])",
        lambda match: CHINESE_NUMBERS.get(match[1], match[1]) + "%",
        plain,
    )
    plain = re.sub(
        r"[两二三四五六七八九十]+(?=[个位名张条台只本家件份次天年人岁小分周块杯元公倍种])",
        lambda match: CHINESE_NUMBERS.get(match[0].replace("两", "二"), match[0]),
        plain,
    )
    return (
        Counter(int(number) for number in re.findall(r"\d+", plain)),
        Counter(re.findall(r"[A-Za-z]+", plain)),
        Counter(re.findall("[不没无非未别勿莫]", plain)),
        Counter(re.findall("《[^》]*》|“[^”]*”", plain)),
    )


def _myriads(match):
    return match[1] + (match[2] or "").ljust(4, "0")


def all_rules(texts):
    config = TextAugmentationConfig(paraphrase=ParaphraseConfig(probability=1.0))
    return augment_texts(texts, config, 0)


def test_real_english_keeps_names_numbers_and_negations(shared_data):
    with (shared_data / "banking77/train.csv").open(encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)][::5]
    found = all_rules(texts)

    assert sum(map(str.__ne__, texts, found)) > 0.3 * len(texts)
    wrong = [
        pair
        for pair in zip(texts, found, strict=True)
        if english_facts(pair[0]) != english_facts(pair[1])
    ]
    assert not wrong, wrong[:5]


def test_real_chinese_keeps_names_numbers_and_negations(shared_data):
    with zipfile.ZipFile(shared_data / "crosswoz/val.json.zip") as archive:
        dialogues = json.loads(archive.read(archive.namelist()[0]))
    texts = [
        message["content"]
        for dialogue in list(dialogues.values())[:80]
        for message in dialogue["messages"]
    ]
    news = json.loads(
        (shared_data / "fincuge_finnl/eval_list.json").read_text(encoding="utf-8")
    )
    texts += [text for text, _ in news[:600]]
    found = all_rules(texts)

    assert sum(map(str.__ne__, texts, found)) > 0.5 * len(texts)
    wrong = [
        pair
        for pair in zip(texts, found, strict=True)
        if chinese_facts(pair[0]) != chinese_facts(pair[1])
    ]
    assert not wrong, wrong[:5]
