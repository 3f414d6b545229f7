"""What the characters of Chinese text are for, as bits of one table.

Which Han characters only one of the two scripts has comes from the character tables
of OpenCC; a character that is its own counterpart, or the counterpart of another one,
is in both and tells nothing.
"""

import json
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

TRADITIONAL = 1 << 0
"""Han characters that only the traditional script has."""
SIMPLIFIED = 1 << 1
"""Han characters that only the simplified script has."""
FUNCTION = 1 << 2
"""Characters that are mostly grammar: particles, pronouns, prepositions."""
PUNCTUATION = 1 << 3
"""Marks of Chinese and Japanese only; quotation marks and dashes that Western text
has as well are left out."""
SENTENCE_END = 1 << 4
"""Marks after which a sentence is over."""
TERMINAL = 1 << 5
"""Marks that a finished line ends in."""
CLOSING = 1 << 6
"""Marks that may stand between those and the end of the line."""
FULL_WIDTH = 1 << 7
"""Latin letters and digits in the width of a Han character."""

_TABLES = "taojin.curation.kernels.tables"
_FUNCTION = (
    "的了是在不和与與及或我你您他她它们們这這那个個哪谁誰什么麼也都就而且但却卻才"
    "于於以为為之其所者被把将將从從对對到由因如若则則虽雖很又再还還已没沒无無"
    "吗嗎呢吧啊呀着著过過得地有会會能可要乎矣焉哉兮"
)
_PUNCTUATION = (
    "、。〃〈〉《》「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟・！（），．：；？～｡｢｣､･"
)
_SENTENCE_ENDS = "。！？｡!?"
_TERMINAL = "。！？｡!?.…"
_CLOSING = "”’」』）》】〕｣)\"'"


@cache
def character_roles() -> NDArray[np.uint8]:
    """Make the table of bits of the code points below 0x10000; read-only."""
    stored = resources.files(_TABLES).joinpath("chinese_scripts.json")
    scripts = json.loads(stored.read_text(encoding="utf-8"))
    roles = np.zeros(1 << 16, np.uint8)
    for bit, characters in (
        (TRADITIONAL, scripts["traditional"]),
        (SIMPLIFIED, scripts["simplified"]),
        (FUNCTION, _FUNCTION),
        (PUNCTUATION, _PUNCTUATION),
        (SENTENCE_END, _SENTENCE_ENDS),
        (TERMINAL, _TERMINAL),
        (CLOSING, _CLOSING),
    ):
        roles[[ord(character) for character in characters]] |= bit
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A)):
        roles[first : last + 1] |= FULL_WIDTH
    roles.flags.writeable = False
    return roles
