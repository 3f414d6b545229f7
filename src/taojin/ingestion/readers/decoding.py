"""Bytes to text: UTF-8 and nothing else, with a message that says what was found."""

_BOM = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def decode(content: bytes, *, at_start: bool) -> tuple[str | None, str]:
    """Decode UTF-8.

    Args:
        content: The bytes.
        at_start: Whether they begin a file, where a byte order mark may stand.

    Returns:
        The text and an empty string, or None and what is wrong with the bytes.
    """
    if at_start:
        if content.startswith(_UTF16_MARKS):
            return None, "starts with a UTF-16 byte order mark; convert it to UTF-8"
        content = content.removeprefix(_BOM)
    try:
        return content.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        context = content[max(0, error.start - 10) : error.start + 10]
        return None, (
            f"not UTF-8: byte 0x{content[error.start]:02x} at {error.start}, "
            f"in {context!r}"
        )
