"""Runs of tokens that samples share with a long text.

Found by a rolling hash (Karp and Rabin 1987) and compared token by token.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from taojin.core.randomness import generator
from taojin.evaluation.audits.hash_tables import HashTable

_TOKENS_AT_ONCE = 1 << 20
_COMPARED_AT_ONCE = 1 << 22

Places = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Positions in the long text, and the number of the run that stands at each."""

Hasher = Callable[[NDArray[np.int64]], NDArray[np.uint64]]
"""``tokens -> hashes``, one of each run of a length."""
HashFamily = Callable[[Sequence[NDArray[np.int64]], int, int], Hasher]
"""``(samples, length, seed) -> hasher``."""


class Runs:
    """The distinct runs of one length of some samples.

    Attributes:
        length: Tokens a run.
        sample_of: Sample of each window, int64 ``(num_windows,)``; windows are all runs
            of all samples, in order.
        start_of: Where in its sample each window starts.
        run_of: Which distinct run each window is.
    """

    def __init__(
        self,
        samples: Sequence[NDArray[np.int64]],
        length: int,
        seed: int,
        family: HashFamily | None = None,
    ) -> None:
        """Hash all runs.

        Args:
            samples: Token ids, one dimension each.
            length: Tokens a run, at least one.
            seed: Of the hash function; no result depends on it.
            family: Makes hash functions; by default :class:`RollingHash`.
        """
        self.length = length
        counts = np.array([max(0, len(s) - length + 1) for s in samples], dtype=int)
        self.sample_of = np.repeat(np.arange(len(samples)), counts)
        firsts = np.repeat(np.cumsum(counts) - counts, counts)
        self.start_of = np.arange(len(self.sample_of)) - firsts
        self._stream = np.concatenate([np.empty(0, np.int64), *samples])
        sizes = np.array([len(s) for s in samples], dtype=int)
        bases = (np.cumsum(sizes) - sizes)[self.sample_of]
        self._place_of = bases + self.start_of
        self._hash(samples, seed, family or RollingHash)

    @property
    def num_runs(self) -> int:
        """Distinct runs."""
        return len(self._table.hashes)

    def places(
        self, text: NDArray[np.integer], *, everywhere: bool
    ) -> Iterator[Places]:
        """Find where the runs stand in a text; one pass.

        Args:
            text: Token ids; may be memory-mapped.
            everywhere: Yield all places; else at least one of every run that occurs.

        Yields:
            Places, chunk by chunk, of which there may be none.
        """
        if not self.num_runs:
            return
        for first in range(0, len(text) - self.length + 1, _TOKENS_AT_ONCE):
            chunk = text[first : first + _TOKENS_AT_ONCE + self.length - 1]
            chunk = np.asarray(chunk, dtype=np.int64)
            positions, runs = self._table.find(self._hasher(chunk))
            if not everywhere:
                # Common phrases stand in the training text thousands of times.
                runs, kept = np.unique(runs, return_index=True)
                positions = positions[kept]
            same = self._equal(chunk, positions, self._represented[runs])
            yield positions[same] + first, runs[same]

    def _hash(
        self, samples: Sequence[NDArray[np.int64]], seed: int, family: HashFamily
    ) -> None:
        """Number the distinct runs; redraw the function if two of them collide."""
        while True:
            self._hasher = family(samples, self.length, seed)
            hashes = np.concatenate(
                [np.empty(0, np.uint64), *(self._hasher(sample) for sample in samples)]
            )
            self._table = HashTable(hashes)
            _, firsts, self.run_of = np.unique(
                hashes, return_index=True, return_inverse=True
            )
            self._represented = self._place_of[firsts]
            represented = self._represented[self.run_of]
            others = np.flatnonzero(represented != self._place_of)
            places, wanted = self._place_of[others], represented[others]
            if self._equal(self._stream, places, wanted).all():
                return
            seed += 1

    def _equal(
        self,
        text: NDArray[np.int64],
        positions: NDArray[np.int64],
        places: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Whether the runs at positions of a text are those at places of samples."""
        same = np.zeros(len(positions), dtype=np.bool_)
        steps = np.arange(self.length)
        at_once = max(1, _COMPARED_AT_ONCE // self.length)
        for first in range(0, len(positions), at_once):
            part = slice(first, first + at_once)
            found = text[positions[part, None] + steps]
            wanted = self._stream[places[part, None] + steps]
            same[part] = (found == wanted).all(axis=1)
        return same


class RollingHash:
    """Hash every run of a length: a polynomial over random codes, modulo 2^64.

    Random codes for the token ids, because polynomials modulo a power of two have
    known collisions on structured input (Thue-Morse). Collisions cost time only.
    """

    def __init__(
        self, samples: Sequence[NDArray[np.int64]], length: int, seed: int
    ) -> None:
        random = generator(seed, "rolling hash")
        num_ids = max(
            (int(sample.max()) for sample in samples if len(sample)), default=0
        )
        # The last code stands for all ids that no sample has.
        size = num_ids + 2
        self._codes = random.integers(0, 1 << 64, size=size, dtype=np.uint64)
        base = int(random.integers(0, 1 << 63, dtype=np.uint64)) * 2 + 1
        self._base = np.uint64(base)
        self._inverse = np.uint64(pow(base, -1, 1 << 64))
        self._length = length
        self._rising = self._falling = np.empty(0, np.uint64)

    def __call__(self, tokens: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Return one hash a run: uint64, shape ``(max(0, len - length + 1),)``."""
        num_runs = len(tokens) - self._length + 1
        if num_runs <= 0:
            return np.empty(0, dtype=np.uint64)
        if len(self._rising) < len(tokens):
            self._rising = _powers(self._base, len(tokens))
            self._falling = _powers(self._inverse, len(tokens))
        codes = self._codes[np.minimum(tokens, len(self._codes) - 1)]
        codes *= self._rising[: len(codes)]
        sums = np.concatenate([[np.uint64(0)], np.cumsum(codes)])
        # A run at i weighs base^i too much.
        runs = sums[self._length :] - sums[:num_runs]
        runs *= self._falling[:num_runs]
        return runs


def _powers(base: np.uint64, count: int) -> NDArray[np.uint64]:
    """Return base^0, base^1, ... modulo 2^64."""
    factors = np.full(count, base)
    factors[0] = 1
    return np.multiply.accumulate(factors)
