"""Rules for English that keep names, values and negations.

A rule is here if it holds in nearly every context in which it applies; where a word has
two meanings, the pattern asks for the context of one of them, or the word is missing.
Words with capitals are left alone where they may be names.
"""

import re
from datetime import date

from taojin.features.augmentation.english_tables import (
    CONTRACTED_NEGATIONS,
    CONTRACTED_VERBS,
    NUMBER_WORDS,
    PHRASES,
    PHRASES_ONE_WAY,
    SPELLINGS,
    UNITS,
)
from taojin.features.augmentation.rules import Rewrite, Rule, both_ways, cased_like

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_START = r"(?<![\w'’.@/\\-])"
_END = r"(?![\w'’@/\\]|-\w)"
_SUBJECT = r"(?:I|(?i:you|we|they|he|she|it|this|that|there|who|which))"
_PARTICIPLE = r"(?:already |just |never |also )?(?:been|had|got|made|done|lost|\w+ed)\b"
_HAN = re.compile("[\u4e00-\u9fff]")
_OPENING = r"(?:(?<=\A)|(?<=[.!?;,]\s)|(?<=[.!?;,]\s\s))"


def _lookup(pairs: dict[str, str], pattern: str) -> Rewrite:
    """Exchange words whatever their first letter's case."""

    def write(match: re.Match[str]) -> str:
        words = match.group()
        other = pairs.get(words) or pairs.get(words[:1].lower() + words[1:])
        return words if other is None else cased_like(other, words)

    return Rewrite(re.compile(pattern), write)


def _any_of(words: dict[str, str], *, capital: bool = False) -> str:
    ordered = sorted(words, key=len, reverse=True)
    both = [
        f"[{word[0].upper()}{word[0]}]{re.escape(word[1:])}"
        if capital and word[0].isalpha()
        else re.escape(word)
        for word in ordered
    ]
    return "(?:" + "|".join(both) + ")"


def _contractions() -> Rule:
    """*do not* and *don't*, *I am* and *I'm*.

    Not before *only* and the like, where the negation reaches further, and not in
    questions, whose order of words depends on it.
    """
    short = {long: brief for brief, long in CONTRACTED_NEGATIONS.items()}
    apart = r"(?!\s+(?:only|just|merely|simply|to|not|even|necessarily|all|every)\b)"
    subject = rf"(?P<who>{_SUBJECT} )(?P<brief>{_any_of(CONTRACTED_NEGATIONS)}){_END}"

    def negated(match: re.Match[str]) -> str:
        if match["brief"]:
            return match["who"] + CONTRACTED_NEGATIONS[match["brief"]]
        return short[match.group()]

    verbs = {long: brief for brief, long in CONTRACTED_VERBS.items()}
    plain = _any_of(CONTRACTED_VERBS, capital=True)
    whole = _any_of(verbs, capital=True)
    return Rule(
        "english_contractions",
        (
            Rewrite(
                re.compile(f"{_START}(?:{subject}|{_any_of(short)}{_END}{apart})"),
                negated,
            ),
            _lookup(
                both_ways(verbs),
                rf"{_OPENING}{whole}(?= [a-z])(?<!have)|{_START}{plain}(?= [a-z])"
                rf"|{_OPENING}{whole}(?= {_PARTICIPLE})",
            ),
        ),
    )


def _numbers() -> Rule:
    """*3 days* and *three days*, *1,000* as *1000*, *5%* as *5 percent*."""
    words = {str(number): word for number, word in NUMBER_WORDS.items()}
    both = both_ways(words)
    units = "|".join(UNITS)
    compound = "".join(
        rf"(?<!{word} )"
        for word in (r"No\.", "ty", "hundred", "thousand", "and", "or", "to", "point")
    )
    percent = {"%": " percent", " percent": "%"}
    return Rule(
        "english_numbers",
        (
            Rewrite(
                re.compile(
                    rf"(?<![\w.,:/$£€¥#'’-]){compound}{_any_of(both)}(?= (?:{units})\b)"
                ),
                lambda match: both[match.group()],
            ),
            Rewrite(
                re.compile(r"(?<![\w.,:/-])[1-9]\d{0,2}(?:,\d{3})+(?![\w,:/-]|\.\d,)"),
                lambda match: match.group().replace(",", ""),
            ),
            Rewrite(
                re.compile(
                    r"(?<![\d.,~–-])(\d++(?:\.\d++)?+)"
                    r"(%(?![\w%~–-])| percent(?= [a-z]|[.,;!?]|$))"
                ),
                lambda match: (
                    match.group()
                    if _HAN.search(match.string)
                    else match[1] + percent[match[2]]
                ),
            ),
        ),
    )


def _dates() -> Rule:
    """*5 March 2021*, *March 5, 2021* and *2021-03-05*; *3 pm* and *3pm*.

    Dates in digits with slashes are left: which number is the month is unknown.
    """
    months = "|".join(_MONTHS)
    years = r"(?P<year{0}>(?:1[89]|20)\d\d)"
    return Rule(
        "english_dates",
        (
            Rewrite(
                re.compile(
                    r"(?<![\w./:,$-])(?:"
                    rf"(?P<day>[12]?\d|3[01]) (?P<month>{months}) {years.format(1)}"
                    rf"|(?P<month2>{months}) (?P<day2>[12]?\d|3[01]), {years.format(2)}"
                    r")(?![\w/:-])"
                ),
                _other_order,
            ),
            Rewrite(
                re.compile(r"(?<![\w./:-])((?:19|20)\d\d)-(\d\d)-(\d\d)(?![\w/:-])"),
                _spelt_out,
            ),
            Rewrite(
                re.compile(r"(?<=\d)( ?)([ap])m(?![\w.])"),
                lambda match: f"{'' if match[1] else ' '}{match[2]}m",
            ),
        ),
    )


def _other_order(match: re.Match[str]) -> str:
    if match["day"]:
        return f"{match['month']} {match['day']}, {match['year1']}"
    return f"{match['day2']} {match['month2']} {match['year2']}"


def _spelt_out(match: re.Match[str]) -> str:
    if _HAN.search(match.string):
        return match.group()
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:  # no such day: the digits mean something else
        return match.group()
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _phrases() -> Rule:
    """*for example* and *e.g.*, *in order to* as *to*; see the tables."""
    both = {**PHRASES_ONE_WAY, **both_ways(PHRASES)}
    return Rule(
        "english_phrases",
        (_lookup(both, f"{_START}(?<!to ){_any_of(both, capital=True)}{_END}"),),
    )


def _spelling() -> Rule:
    """British and American; words in small letters only."""
    both = both_ways(SPELLINGS)
    return Rule(
        "english_spelling",
        (
            Rewrite(
                re.compile(f"{_START}{_any_of(both)}{_END}"),
                lambda match: both[match.group()],
            ),
        ),
    )


def _politeness() -> Rule:
    """*can you help*, *can you please help*; *please* at the end comes and goes."""
    verbs = (
        r"(?:help|tell me|explain|show me|let me know|give me|assist|advise|confirm)"
    )
    return Rule(
        "english_politeness",
        (
            Rewrite(
                re.compile(
                    rf"{_OPENING}((?:[Cc]an|[Cc]ould) you) (please )?(?={verbs}\b)"
                    r"(?!.*\bplease\b.*\bplease\b)"
                ),
                lambda match: (
                    match.group()
                    if not match[2] and "please" in match.string.lower()
                    else f"{match[1]} {'' if match[2] else 'please '}"
                ),
            ),
            Rewrite(
                re.compile(r"(?<=[a-z]), please(?=[.!?]*\Z)"),
                lambda match: "",  # noqa: ARG005
            ),
        ),
    )


def _clause_order() -> Rule:
    """*If it rains, we stay* as *we stay if it rains*.

    Only whole sentences of two plain clauses: with a third, it would be open to which
    of them the condition belongs; and only if the second needs no word of the first.
    """
    mark = r"(?!and\b|or\b|but\b|if\b|when\b|because\b|that\b|unless\b|so\b|else\b)"
    plain = rf"(?:{mark}[\w'’-]+)(?: {mark}[\w'’-]+)*"
    named = (
        r"(?!it\b|its\b|them\b|they\b|their\b|he\b|she\b|him\b|her\b|this\b|these\b)"
    )
    clear = plain.replace(mark, mark + named)
    start = r"(?:I|you|we|please|can|could|do|does|is|are|will|what|how)"
    return Rule(
        "english_clause_order",
        (
            Rewrite(
                re.compile(
                    rf"(?:(?<=\A)|(?<=[.!?] ))If ({plain}), (?:then )?"
                    rf"(?=(?:{start})\b)({clear})(?=[.!?](?:\s|\Z))"
                ),
                lambda match: f"{match[2][:1].upper()}{match[2][1:]} if {match[1]}",
            ),
        ),
    )


def _marks() -> Rule:
    """Apostrophes, dots and dashes, typed or set."""
    pairs = both_ways({"...": "…", " - ": " – "})
    return Rule(
        "english_marks",
        (
            Rewrite(
                re.compile(r"(?<=[A-Za-z])['’](?=[A-Za-z])"),
                lambda match: "’" if match.group() == "'" else "'",
            ),
            Rewrite(
                re.compile(r"(?<=[A-Za-z])(?:\.{3}(?!\.)|…| [-–] (?=[A-Za-z]))"),
                lambda match: pairs[match.group()],
            ),
        ),
    )


ENGLISH_RULES = (
    _clause_order(),
    _contractions(),
    _phrases(),
    _politeness(),
    _spelling(),
    _numbers(),
    _dates(),
    _marks(),
)
