"""Characters that no reader sees: control and format characters, odd line breaks."""

import re

_BREAK = re.compile("\r\n|[\r\x0b\x0c\u2028\u2029]")
_NEXT_LINE = "\x85"

_NEVER_MEANT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u180e\u202a-\u202e\u2060-\u206f"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e001f]"
)
"""C0 and C1, soft hyphen, embeddings and overrides of direction, invisible operators,
byte order mark, interlinear annotation, noncharacters."""

_EMOJI = "\u203c-\u3299\ufe0f\U0001f000-\U0001faff"
_JOINING = "\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\uabff"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_CONTEXTUAL = re.compile(
    f"(?<![{_EMOJI}{_JOINING}])[\u200c\u200d]+"
    f"|(?<=[{_EMOJI}])[\u200c\u200d]+(?![{_EMOJI}])"
    f"|(?<![{_UNSPACED}])\u200b+|\u200b+(?![{_UNSPACED}])"
    f"|(?<![{_EMOJI}\U000e0020-\U000e007f])[\U000e0020-\U000e007f]+"
)
"""Joiners outside of emoji and of scripts that shape letters by them; spaces of no
width outside of scripts that break lines by them; tags that follow no flag."""

_REPEATED = re.compile("([\u200b-\u200d])\\1+")
_DIRECTION_MARK = re.compile("[\u061c\u200e\u200f]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]")


def plain_breaks(text: str) -> str:
    """Write every line break as a line feed: CR LF, CR, form feed, U+2028, U+2029."""
    return _BREAK.sub("\n", text)


def remove_invisible(line: str) -> str:
    """Leave out control and format characters that nothing in the line needs.

    Tab and line feed stay; so do joiners within emoji and in scripts that need them,
    spaces of no width in South-East Asian text, and marks of direction beside text
    from right to left. U+0085 becomes a line feed.
    """
    line = _NEVER_MEANT.sub("", line.replace(_NEXT_LINE, "\n"))
    line = _REPEATED.sub(r"\1", line)
    while (shorter := _CONTEXTUAL.sub("", line)) != line:
        line = shorter
    if _RIGHT_TO_LEFT.search(line):
        return line
    return _DIRECTION_MARK.sub("", line)
