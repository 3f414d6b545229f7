"""Find fixed phrases in bytes, in any case, all at once.

An automaton after Aho and Corasick (1975): one table look-up a byte, however many
phrases there are. Case is that of ``str.lower`` for phrases of ASCII: the Kelvin sign
counts as a k.
"""

from collections import deque
from collections.abc import Mapping
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel

_KELVIN_SIGN = "\u212a"


class Automaton(NamedTuple):
    """Tables of an automaton.

    Attributes:
        symbols: Symbol of each byte; bytes that occur in no phrase share one.
        transitions: Next state, by state times ``num_symbols`` plus symbol.
        found: Sum of the values of the phrases that end in a state.
        num_symbols: One element.
    """

    symbols: NDArray[np.int64]
    transitions: NDArray[np.int64]
    found: NDArray[np.int64]
    num_symbols: NDArray[np.int64]


def make_automaton(values: Mapping[str, int]) -> Automaton:
    """Build the automaton of some phrases.

    Args:
        values: What each phrase counts; phrases in lower case.
    """
    return _Builder(values).automaton


@lean_kernel
def sum_phrases(
    data: NDArray[np.uint8], start: int, end: int, automaton: Automaton
) -> int:
    """Add up the values of all phrases in ``data[start:end]``, at every occurrence."""
    state, total = 0, 0
    num_symbols = automaton.num_symbols[0]
    for position in range(start, end):
        symbol = automaton.symbols[data[position]]
        state = automaton.transitions[state * num_symbols + symbol]
        total += int(automaton.found[state])
    return total


@lean_kernel
def which_phrases(
    data: NDArray[np.uint8], start: int, end: int, automaton: Automaton
) -> int:
    """Join the values of all phrases in ``data[start:end]`` bit by bit."""
    state, bits = 0, 0
    num_symbols = automaton.num_symbols[0]
    for position in range(start, end):
        symbol = automaton.symbols[data[position]]
        state = automaton.transitions[state * num_symbols + symbol]
        bits |= int(automaton.found[state])
    return bits


class _Builder:
    def __init__(self, values: Mapping[str, int]) -> None:
        self._children: list[dict[int, int]] = [{}]
        self._found = [0]
        for phrase, value in values.items():
            for spelling in _spellings(phrase):
                self._add(spelling.encode(), value)

    @cached_property
    def automaton(self) -> Automaton:
        alphabet = sorted({byte for edges in self._children for byte in edges})
        symbols = np.zeros(256, np.int64)
        for symbol, byte in enumerate(alphabet, start=1):
            symbols[byte] = symbol
            if byte < 0x80:
                symbols[ord(chr(byte).upper())] = symbol
        width = len(alphabet) + 1
        table = np.zeros((len(self._children), width), np.int64)
        found = np.array(self._found, dtype=np.int64)
        queue = deque([(0, 0)])
        while queue:
            state, fallback = queue.popleft()
            if state:
                table[state] = table[fallback]
                # Never twice for one phrase: none is the end of another.
                found[state] |= found[fallback]
            for byte, child in self._children[state].items():
                symbol = symbols[byte]
                queue.append((child, int(table[state, symbol]) if state else 0))
                table[state, symbol] = child
        return Automaton(symbols, table.reshape(-1), found, np.array([width]))

    def _add(self, phrase: bytes, value: int) -> None:
        state = 0
        for byte in phrase:
            if byte not in self._children[state]:
                self._children[state][byte] = len(self._children)
                self._children.append({})
                self._found.append(0)
            state = self._children[state][byte]
        self._found[state] = value


def _spellings(phrase: str) -> list[str]:
    choices = [char + _KELVIN_SIGN if char == "k" else char for char in phrase]
    return ["".join(chars) for chars in product(*choices)]
