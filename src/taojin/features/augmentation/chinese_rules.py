"""Rules for Chinese (中文改写规则) that keep names, values and negations.

Words are not delimited, so a rule asks for its neighbours: what may be part of another
word, of a name or of a number is left alone. Titles and quotations are never changed.
"""

import re

from taojin.features.augmentation.chinese_tables import (
    COUNTED_AFTER,
    EQUIVALENTS_ANYWHERE,
    EQUIVALENTS_AT_START,
    MEASURES,
    NOT_AFTER,
    NOT_BEFORE,
)
from taojin.features.augmentation.rules import Rewrite, Rule, both_ways

_HAN = "[\u3400-\u4dbf\u4e00-\u9fff]"
_CLAUSE = r"(?:(?<=\A)|(?<=[，。！？；：、,.!?;:\s]))"
_CLAUSE_END = r"(?=[，。！？；、,!?;\s]|\Z)"
_DIGITS = "零一二三四五六七八九"


def numeral(number: int) -> str:
    """A number from 0 to 99 in Chinese characters."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


_NUMERALS = {numeral(number): number for number in range(1, 100)}


def _guarded(pairs: dict[str, str], before: str) -> Rewrite:
    """Exchange words, each only between the neighbours that leave it a word."""
    words = [
        (f"(?<!{NOT_BEFORE[word]})" if word in NOT_BEFORE else "")
        + word
        + (f"(?!{NOT_AFTER[word]})" if word in NOT_AFTER else "")
        for word in sorted(pairs, key=len, reverse=True)
    ]
    return Rewrite(
        re.compile(f"{before}(?:{'|'.join(words)})"), lambda match: pairs[match.group()]
    )


def _equivalents() -> Rule:
    """常见等价词: 如果 and 假如, 为什么 and 为何; see the tables."""
    return Rule(
        "chinese_equivalents",
        (
            _guarded(EQUIVALENTS_AT_START, _CLAUSE),
            _guarded(EQUIVALENTS_ANYWHERE, ""),
        ),
    )


def _marks() -> Rule:
    """标点全半角: comma, question mark and the like, wide or narrow; wide ASCII."""
    pairs = both_ways({"，": ",", "？": "?", "！": "!", "；": ";", "：": ":"})
    narrow = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B)}
    return Rule(
        "chinese_marks",
        (
            Rewrite(
                re.compile(rf"(?<={_HAN})[，,？?！!；;：:](?={_HAN}|\Z)"),
                lambda match: pairs[match.group()],
            ),
            Rewrite(
                re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+"),
                lambda match: match.group().translate(narrow),
            ),
        ),
    )


def _numbers() -> Rule:
    """数字写法: 3个 as 三个, 3万元 and 30000元, 5% and 百分之五."""
    measures = "|".join(sorted(MEASURES, key=len, reverse=True))
    myriads = "(?=[元人个块次]|美元|欧元|日元)"
    return Rule(
        "chinese_numbers",
        (
            Rewrite(
                re.compile(
                    rf"(?:(?<=\A)|(?<=[。！？；\s{COUNTED_AFTER}]))(?<!\d[。\s])(?<![~～—至到-]\s)"
                    rf"(?:[2-9]|10)(?={measures})"
                ),
                lambda match: (
                    "两" if match.group() == "2" else numeral(int(match.group()))
                ),
            ),
            Rewrite(
                re.compile(
                    r"(?<![A-Za-z0-9_.,:+点第-])(?<![A-Za-z] )(?:(?P<few>[1-9]\d{0,3})"
                    rf"(?:\.(?P<rest>\d{{1,4}}))?万|(?P<many>[1-9]\d?)0000){myriads}"
                ),
                _other_myriads,
            ),
            Rewrite(
                re.compile(
                    rf"(?<![\d.,\-~～—至到比])(?<![A-Za-z])(?:[1-9]\d?)%"
                    rf"(?=[，。！？；、]|{_HAN}|\Z)(?!至|到|比)"
                    r"|(?<![零一二三四五六七八九十百千万])百分之"
                    r"(?P<han>[一二三四五六七八九十]++)(?![点分几多来余零百千万至到])"
                ),
                _other_percent,
            ),
        ),
    )


def _other_myriads(match: re.Match[str]) -> str:
    if match["many"]:
        return f"{match['many']}万"
    return match["few"] + (match["rest"] or "").ljust(4, "0")


def _other_percent(match: re.Match[str]) -> str:
    if match["han"]:
        number = _NUMERALS.get(match["han"])
        return match.group() if number is None else f"{number}%"
    if not re.search(_HAN, match.string):
        return match.group()
    return f"百分之{numeral(int(match.group()[:-1]))}"


def _dates() -> Rule:
    """日期写法: 3月5日 and 3月5号, 2021-03-05 as 2021年3月5日, 星期三 as 周三."""
    day = {"日": "号", "号": "日"}
    after = "(?=[，。！？；、,.!?;的我你他她在去来就前后之和或至到有]|\\s|\\Z)"
    part = "(?=[，。！？；、,.!?;的我你他她在去来就前后之和或至到有早晚]|上午|下午|中午|凌晨|\\s|\\Z)"
    return Rule(
        "chinese_dates",
        (
            Rewrite(
                re.compile(
                    r"(?<![A-Za-z0-9_./:-])((?:19|20)\d\d)-(0\d|1[0-2])-([0-2]\d|3[01])"
                    r"(?![A-Za-z0-9_/:-])"
                ),
                _spelt_out,
            ),
            Rewrite(
                re.compile(rf"(?<=\d月)(\d{{1,2}})([日号]){after}"),
                lambda match: match[1] + day[match[2]],
            ),
            Rewrite(
                re.compile(rf"(?:星期|礼拜)([一二三四五六日天]){part}"),
                lambda match: "周" + match[1].replace("天", "日"),
            ),
        ),
    )


def _spelt_out(match: re.Match[str]) -> str:
    if not re.search(_HAN, match.string):
        return match.group()
    return f"{match[1]}年{int(match[2])}月{int(match[3])}日"


def _particles() -> Rule:
    """语气词: 怎么办呢 as 怎么办, 如果…的话 and 如果…."""
    asked = "怎么|怎样|什么|哪|谁|多少|如何|为何|多久|多大|多远"
    return Rule(
        "chinese_particles",
        (
            Rewrite(
                re.compile(rf"((?:{asked})[^，。！？；：,!?;:]*)呢(?=[？?])"),
                lambda match: match[1],
            ),
            Rewrite(
                re.compile(
                    rf"{_CLAUSE}((?:如果|假如|倘若)(?!果|{NOT_AFTER['如果']})"
                    r"[^，。！？；：,!?;:]{2,}?)"
                    r"(?:(的话)(?=[，,])|(?<!的)(?<!时候)(?<!呢)"
                    r"(?=[，,][^，。！？；：,!?;:]+(?:[。！？!?]|\Z)))"
                ),
                lambda match: match[1] + ("" if match[2] else "的话"),
            ),
        ),
    )


def _politeness() -> Rule:
    """礼貌用语: 请问 before a question comes and goes, 你好 and 您好."""
    greeting = {"你": "您", "您": "你"}
    asked = "怎么|如何|为什么|哪里|哪儿|什么时候|有没有|能不能|可不可以"
    return Rule(
        "chinese_politeness",
        (
            Rewrite(
                re.compile(
                    rf"\A(?:请问[，,]?(?=[^，。！？]{{4,}}[？?]\Z)"
                    rf"|(?=(?:{asked})[^。！]*[？?]\Z))"
                ),
                lambda match: "" if match.group() else "请问",
            ),
            Rewrite(
                re.compile(rf"\A[你您](?=好{_CLAUSE_END})"),
                lambda match: greeting[match.group()],
            ),
        ),
    )


def _spacing() -> Rule:
    """中英文间空格: a space between Chinese and Latin letters comes and goes."""
    return Rule(
        "chinese_spacing",
        (
            Rewrite(
                re.compile(
                    rf"(?<={_HAN}) ?(?=[A-Za-z])|(?<=[A-Za-z]) ?(?={_HAN})",
                ),
                lambda match: "" if match.group() else " ",
            ),
        ),
    )


CHINESE_RULES = (
    _particles(),
    _equivalents(),
    _politeness(),
    _numbers(),
    _dates(),
    _marks(),
    _spacing(),
)
