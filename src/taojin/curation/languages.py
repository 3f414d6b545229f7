"""Which language a document is in, from its scripts and its commonest words.

Good enough to tell English, Chinese and other languages apart in documents of a few
dozen words; it needs no model. A script that one language uses decides by itself;
among languages in Latin letters the function words decide.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from taojin.curation.segments import Segments, ratio

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

UNDETERMINED = "und"

_SCRIPTS = {
    "latin": r"\p{Latin}",
    "han": r"\p{Han}",
    "kana": r"[\p{Hiragana}\p{Katakana}]",
    "hangul": r"\p{Hangul}",
    "cyrillic": r"\p{Cyrillic}",
    "arabic": r"\p{Arabic}",
    "greek": r"\p{Greek}",
    "hebrew": r"\p{Hebrew}",
    "thai": r"\p{Thai}",
    "devanagari": r"\p{Devanagari}",
}
_LANGUAGE_OF_SCRIPT = {
    "han": "zh",
    "kana": "ja",
    "hangul": "ko",
    "cyrillic": "ru",
    "arabic": "ar",
    "greek": "el",
    "hebrew": "he",
    "thai": "th",
    "devanagari": "hi",
}
_KANA_SHARE_OF_JAPANESE = 0.1
"""Japanese prose is about half kana; Chinese texts quote some."""

_FUNCTION_WORDS = {
    "en": "the of and to is in that for be with it are this by an or if from which "
    "not you can will when has should have was but used use returns we all each "
    "into than then these its how they at on as",
    "de": "der die das und ist nicht mit ein eine zu den von auf für im dem des sich "
    "werden wird auch als sind oder wenn bei nur kann nach aus wie einen einer",
    "fr": "le la les des est et une dans pour que qui sur par avec ce sont pas au "
    "être ou du cette si aux plus il elle nous vous ne leur ces",
    "es": "el la los las de que y en un una es para con por se del al como más o si "
    "su este esta son puede pero sus está hay",
    "it": "il la di che e un una per è con del della sono nel alla dei gli questo "
    "come più non si anche le lo al delle",
    "pt": "o os de que e um uma para com do da em não é por se na no dos das como "
    "mais ou ao são você pode este esta",
    "nl": "de het een van en is dat op te zijn voor met niet aan er om die wordt "
    "ook als bij naar uit kan deze worden door",
}
_PUNCTUATION = ".,;:!?\"'()[]{}`*_<>«»„“”"
_PLENTY = 0.08
"""Share of function words above which more of them is no more evidence."""
_ENOUGH_WORDS = 2.0
"""Fewer function words than this are chance; the score falls towards 0."""


def measure_languages(words: Segments) -> dict[str, Any]:
    """Tell the language of each document.

    Returns:
        * ``language``: BCP 47 tags;
        * ``language_score``, in [0, 1]: the share of the letters that are in the
          language's script, times, for Latin letters, how clearly and how amply its
          function words prevail. A score is no probability;
        * ``share_function_words``: of all words; 0 for other than Latin letters.
    """
    letters = {
        script: words.total(_matches(words.vocabulary, pattern) * words.chars)
        for script, pattern in _SCRIPTS.items()
    }
    _settle_han(letters)
    scripts = list(_SCRIPTS)
    table = np.stack([letters[script] for script in scripts])
    best = table.argmax(axis=0)
    script_share = ratio(table.max(axis=0), table.sum(axis=0))
    latin_tags, latin_scores, function_words = _measure_latin(words)
    is_latin = best == scripts.index("latin")
    scores = np.where(is_latin, script_share * latin_scores, script_share)
    tags = [
        latin_tags[index] if is_latin[index] else _LANGUAGE_OF_SCRIPT[scripts[script]]
        for index, script in enumerate(best)
    ]
    pairs = zip(tags, scores, strict=True)
    return {
        "language": [tag if score > 0 else UNDETERMINED for tag, score in pairs],
        "language_score": scores,
        "share_function_words": np.where(is_latin, function_words, 0.0),
    }


def _settle_han(letters: dict[str, NDArray[np.int64]]) -> None:
    """Count Han characters as Japanese where there is kana enough."""
    both = letters["han"] + letters["kana"]
    japanese = ratio(letters["kana"], both) >= _KANA_SHARE_OF_JAPANESE
    letters["kana"] = np.where(japanese, both, letters["kana"])
    letters["han"] = np.where(japanese, 0, letters["han"])


def _measure_latin(
    words: Segments,
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    """Best language in Latin letters, its score, and the share of function words."""
    bare = pc.utf8_trim(pc.utf8_lower(words.vocabulary), characters=_PUNCTUATION)
    languages = list(_FUNCTION_WORDS)
    table = np.zeros((len(languages), words.num_documents))
    for row, language in enumerate(languages):
        wanted = pa.array(_FUNCTION_WORDS[language].split(), type=bare.type)
        known = pc.is_in(bare, value_set=wanted).to_numpy(zero_copy_only=False)
        table[row] = words.total(known.astype(np.int64))
    ordered = np.sort(table, axis=0)
    first, second = ordered[-1], ordered[-2]
    clear = ratio(first - second, first)
    share = ratio(first, words.counts)
    ample = np.minimum(1.0, share / _PLENTY) * np.minimum(1.0, first / _ENOUGH_WORDS)
    return [languages[row] for row in table.argmax(axis=0)], clear * ample, share


def _matches(vocabulary: pa.Array, pattern: str) -> NDArray[np.int64]:
    found = pc.match_substring_regex(vocabulary, pattern)
    return found.to_numpy(zero_copy_only=False).astype(np.int64)
