"""What a paraphrase rule is, and how it is applied without touching what is quoted."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

PROTECTED = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+|`[^`]*`"
    r"|\"[^\"]*\"|“[^”]*”|‘[^’]*’|《[^》]*》|「[^」]*」|『[^』]*』|【[^】]*】|\[[^\]]*\]|<[^>]*>"
)
"""Addresses, handles, code, titles and what is quoted; no rule changes them."""


class Rewrite(NamedTuple):
    """Places, and what to write there.

    Attributes:
        places: Matches them.
        write: Gives the new words of a match, or the old ones where they must stay.
    """

    places: re.Pattern[str]
    write: Callable[[re.Match[str]], str]


class Rule(NamedTuple):
    """A way to say the same otherwise.

    Attributes:
        name: For settings and tables of results.
        rewrites: Applied in this order; none undoes what another did.
    """

    name: str
    rewrites: tuple[Rewrite, ...]


def applied(rule: Rule, text: str, probability: float, seed: int) -> str:
    """Rewrite each place of a rule with a probability.

    Args:
        rule: Where and what.
        text: Any text.
        probability: Of each place.
        seed: Of the random numbers: one a place, whatever the probability.
    """
    random: np.random.Generator | None = None
    for places, write in rule.rewrites:
        if places.search(text) is None:
            continue
        random = random or np.random.default_rng(seed)  # costs more than a search
        kept = [match.span() for match in PROTECTED.finditer(text)]

        def rewritten(
            match: re.Match[str],
            write: Callable[[re.Match[str]], str] = write,
            kept: list[tuple[int, int]] = kept,
            random: np.random.Generator = random,
        ) -> str:
            hit = random.random() < probability
            start, end = match.span()
            within = any(start < last and end > first for first, last in kept)
            return write(match) if hit and not within else match.group()

        text = places.sub(rewritten, text)
    return text


def cased_like(words: str, model: str) -> str:
    """Give words a capital if the model starts with one."""
    return words[:1].upper() + words[1:] if model[:1].isupper() else words


def both_ways(pairs: Mapping[str, str]) -> dict[str, str]:
    """Each key to its value, and each value to its key."""
    return {**pairs, **{value: key for key, value in pairs.items()}}
