"""Words for measuring overlap, in any script."""

import re

_CJK = (
    "\u3040-\u30ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U00020000-\U0003134f"  # Han, extensions
)
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:['’][^\W\d_{_CJK}]+)?")


def split_words(text: str) -> list[str]:
    """Split into lower-case words; CJK text into its characters.

    Punctuation, white space and underscores separate. Korean is written with
    spaces and goes by words.
    """
    return _WORD.findall(text.lower())
