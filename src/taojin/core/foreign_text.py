"""Text that others wrote, made harmless to show.

Samples and documents may hold any code point: control characters that break
files, bidirectional overrides that make a line read other than it is stored,
lone surrogates that no encoder takes. Here they become visible instead.
"""

import re

_BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane << 16 | 0xFFFE)}-{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
)
_UNSHOWABLE = re.compile(
    f"[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff{_BIDI_CONTROLS}"
    f"\U000e0000-\U000e007f{_NONCHARACTERS}]"
)
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
_CONTROL_PICTURES = 0x2400
"""Unicode's own pictures of the 32 control characters start here."""

_MARKDOWN_SPECIAL = re.compile(r"([\\`*_\[\]<>|~$&@]|:(?=//)|\.(?<=www\.))")
_MARKDOWN_LINE_START = re.compile(r"^(\d*)([#+=-]|(?<=\d)[.)](?=\s|$))")


def make_visible(text: str) -> str:
    """Replace what cannot or must not be shown by a visible stand-in.

    Line ends become line feeds; tabs stay. The result encodes as UTF-8, is valid in
    HTML and XML, and reads in the order in which it is stored. Joiners, marks,
    emoji and right-to-left letters stay as they are.
    """
    return _UNSHOWABLE.sub(_stand_in, _LINE_ENDS.sub("\n", text))


def shorten(text: str, max_chars: int) -> str:
    """Cut a text to at most ``max_chars``, with an ellipsis where it was cut."""
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"


def markdown_text(text: str, max_chars: int = 300) -> str:
    """Write foreign text as one line of Markdown that means nothing but itself."""
    line = " ".join(make_visible(text).split())
    escaped = _MARKDOWN_SPECIAL.sub(r"\\\1", shorten(line, max_chars))
    return _MARKDOWN_LINE_START.sub(r"\1\\\2", escaped)


def markdown_code(text: str, max_chars: int = 120) -> str:
    """Write an identifier as inline code, safe inside a table."""
    line = " ".join(make_visible(text).split())
    # Neither a backtick nor a bar can be escaped in inline code in every renderer.
    line = shorten(line, max_chars).replace("`", "ˋ").replace("|", "¦")
    return f"`{line}`" if line else ""


def _stand_in(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return f"⟨U+{code:04X}⟩"
