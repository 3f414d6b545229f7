"""Where a text ends: after its last token, or before a text that stops it."""

from collections.abc import Sequence

from tokenizers import Tokenizer

_SPARE_TOKENS = 4
"""A decoder may trim the first token of what it is given."""


class StopTexts:
    """Looks for texts that end a generation, wherever tokens break them.

    Args:
        tokenizer: Turns tokens into text.
        stop: The texts; none of them empty.
    """

    def __init__(self, tokenizer: Tokenizer, stop: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._stop = tuple(stop)
        # A token has at least one byte, so this many tokens hold a whole stop text.
        lengths = [len(text.encode("utf-8", errors="replace")) for text in stop]
        self._num_tokens = max(lengths, default=0) + _SPARE_TOKENS

    def ends(self, tokens: Sequence[int]) -> bool:
        """Return whether the newest token completed a stop text."""
        if not self._stop:
            return False
        tail = self._tokenizer.decode(list(tokens[-self._num_tokens :]))
        return any(text in tail for text in self._stop)

    def cut(self, text: str) -> tuple[str, bool]:
        """Return the text before the first stop text, and whether there was one."""
        places = [text.find(stop) for stop in self._stop]
        found = [place for place in places if place >= 0]
        return (text[: min(found)], True) if found else (text, False)


def readable(
    tokenizer: Tokenizer, tokens: Sequence[int], stop: int, stop_texts: StopTexts
) -> tuple[str, bool]:
    """Turn new tokens into text.

    Args:
        tokenizer: Turns tokens into text.
        tokens: New tokens of a row.
        stop: The token that ends a text.
        stop_texts: What else ends it.

    Returns:
        The text, and whether it ended of itself. A text that was cut off inside a
        character loses what there is of it.
    """
    finished = list(tokens[-1:]) == [stop]
    text = tokenizer.decode(list(tokens[:-1] if finished else tokens))
    text, stopped = stop_texts.cut(text)
    if finished or stopped:
        return text, True
    # Bytes that are no character decode to replacement signs.
    return text.rstrip("\ufffd"), False
