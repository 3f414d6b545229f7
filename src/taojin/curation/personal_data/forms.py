"""Forms of characters that stand for ASCII where people write numbers."""

import re

_ODD = re.compile("[\uff01-\uff5e\u2010-\u2015\u00a0\u202f]")
_TO_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_JOINT = re.compile("(?<=[0-9)])(?:(?P<dash>[\u2010-\u2015])|[\u00a0\u202f])(?=[0-9])")


def plain_forms(text: str) -> str:
    """Write wide forms in ASCII, and hyphens and spaces between digits.

    Chinese and Japanese input writes full-width forms; typeset text has dashes and
    spaces that do not break. Character by character: positions stay.
    """
    if not _ODD.search(text):
        return text
    text = text.translate(_TO_HALF_WIDTH)
    return _JOINT.sub(lambda match: "-" if match["dash"] else " ", text)
