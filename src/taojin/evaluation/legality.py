"""What samples may not contain: copies of training text, personal data."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.core.randomness import generator
from taojin.evaluation.intervals import proportion

_TOKENS_AT_ONCE = 1 << 20


class LegalityConfig(StageConfig):
    """What counts as a copy."""

    min_copy_tokens: int = Field(default=50, ge=2)
    """A run of so many tokens that also stands in the training text is a copy."""
    seed: int = Field(default=0, ge=0)
    """Seeds the hash function; the result does not depend on it."""


class PersonalSpan(Protocol):
    """A place in a text that holds personal data."""

    @property
    def kind(self) -> str:
        """A stable word: what was found."""
        ...


FindPersonalData = Callable[[str], Iterable[PersonalSpan]]


def audit_copies(
    samples: Sequence[np.ndarray],
    train_tokens: np.ndarray,
    config: LegalityConfig,
    confidence: float = 0.95,
) -> dict[str, Any]:
    """Look for samples that repeat training text word for word.

    Every run of tokens of the samples is looked up in the whole training text by a
    rolling hash (Karp and Rabin 1987), and compared token by token on a hit. One
    pass over the training text a looked-up length; memory does not grow with it.

    Args:
        samples: Token ids of each sample, prompt left out; one dimension each.
        train_tokens: Token ids of the training text; may be memory-mapped.
        config: What counts as a copy.
        confidence: Coverage of the interval.

    Returns:
        JSON-able: ``verbatim_copy_rate``, the share of samples with a copy among
        those long enough to have one (``num_long_enough``), with a Clopper-Pearson
        interval; ``num_copies``; ``longest_copy_tokens``, the longest run of any
        sample in the training text, however short; ``min_copy_tokens``.
    """
    arrays = [np.asarray(sample, dtype=np.int64) for sample in samples]
    length = config.min_copy_tokens
    num_long_enough = sum(len(sample) >= length for sample in arrays)
    copied = set(_copying_samples(arrays, train_tokens, length, config.seed))
    rate = proportion(len(copied), num_long_enough, confidence, "clopper_pearson")
    return {
        "verbatim_copy_rate": rate.model_dump(),
        "num_copies": len(copied),
        "num_long_enough": num_long_enough,
        "longest_copy_tokens": _longest_copy(arrays, train_tokens, config.seed),
        "min_copy_tokens": length,
    }


def audit_personal_data(
    texts: Sequence[str], find: FindPersonalData, confidence: float = 0.95
) -> dict[str, Any]:
    """Look for personal data in samples.

    Args:
        texts: The samples, prompt left out.
        find: Finds personal data in a text.
        confidence: Coverage of the interval.

    Returns:
        JSON-able: ``personal_data_rate``, the share of samples with any, with a
        Clopper-Pearson interval; ``personal_data``, ``kind`` and ``num_found``.
    """
    found = [[span.kind for span in find(text)] for text in texts]
    kinds = Counter(kind for own in found for kind in own)
    num_leaking = sum(bool(own) for own in found)
    rate = proportion(num_leaking, len(texts), confidence, "clopper_pearson")
    return {
        "personal_data_rate": rate.model_dump(),
        "personal_data": [
            {"kind": kind, "num_found": count} for kind, count in sorted(kinds.items())
        ],
    }


def _longest_copy(samples: list[np.ndarray], train: np.ndarray, seed: int) -> int:
    """Search by halving: a run of n tokens in the training text contains one of n-1."""
    low, high = 0, max((len(sample) for sample in samples), default=0)
    while low < high:
        middle = (low + high + 1) // 2
        found = next(_copying_samples(samples, train, middle, seed), None)
        low, high = (low, middle - 1) if found is None else (middle, high)
    return low


def _copying_samples(
    samples: list[np.ndarray], train: np.ndarray, length: int, seed: int
) -> Iterator[int]:
    """Yield samples that share a run of ``length`` tokens with the training text.

    As soon as each is found, perhaps several times.
    """
    places = [
        (index, start)
        for index, sample in enumerate(samples)
        for start in range(len(sample) - length + 1)
    ]
    if not places:
        return
    hasher = _RollingHash(samples, length, seed)
    hashes = np.concatenate([hasher(sample) for sample in samples])
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    owners = [places[number] for number in order]
    for chunk in _overlapping_chunks(train, length):
        for position, first, last in _hits(hasher(chunk), hashes):
            run = chunk[position : position + length]
            for index, start in owners[first:last]:
                if np.array_equal(samples[index][start : start + length], run):
                    yield index


class _RollingHash:
    """Hash every run of a length: a polynomial over random codes, modulo 2^64.

    Random codes for the token ids, because polynomials modulo a power of two have
    known collisions on structured input (Thue-Morse). Collisions cost time only.
    """

    def __init__(self, samples: Iterable[np.ndarray], length: int, seed: int) -> None:
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

    def __call__(self, tokens: np.ndarray) -> np.ndarray:
        """Return one hash a run: uint64, shape ``(max(0, len - length + 1),)``."""
        num_runs = len(tokens) - self._length + 1
        if num_runs <= 0:
            return np.empty(0, dtype=np.uint64)
        codes = self._codes[np.minimum(tokens, len(self._codes) - 1)]
        weighted = np.cumsum(codes * _powers(self._base, len(codes)))
        sums = np.concatenate([[np.uint64(0)], weighted])
        # A run at i weighs base^i too much.
        runs = sums[self._length :] - sums[:num_runs]
        return runs * _powers(self._inverse, num_runs)


def _powers(base: np.uint64, count: int) -> np.ndarray:
    """Return base^0, base^1, ... modulo 2^64."""
    factors = np.full(count, base)
    factors[0] = 1
    return np.multiply.accumulate(factors)


def _overlapping_chunks(train: np.ndarray, length: int) -> Iterator[np.ndarray]:
    for start in range(0, len(train) - length + 1, _TOKENS_AT_ONCE):
        chunk = train[start : start + _TOKENS_AT_ONCE + length - 1]
        yield np.asarray(chunk, dtype=np.int64)


def _hits(found: np.ndarray, wanted: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Yield where wanted hashes stand: each once, at its first position.

    Yields:
        Position in ``found``; first place, and one past the last, in ``wanted``,
        which is sorted.
    """
    places = np.searchsorted(wanted, found)
    known = places < len(wanted)
    known[known] = wanted[places[known]] == found[known]
    positions = np.flatnonzero(known)
    # Common phrases stand in the training text thousands of times.
    hashes, firsts = np.unique(found[positions], return_index=True)
    stops = np.searchsorted(wanted, hashes, side="right")
    for position, stop in zip(positions[firsts], stops, strict=True):
        yield int(position), int(places[position]), int(stop)


def require_samples(texts: Sequence[str]) -> None:
    """Check that there is something to judge.

    Raises:
        DataError: If there is no sample, or every sample is empty.
    """
    if not any(text.strip() for text in texts):
        message = (
            f"evaluation: {len(texts)} samples hold no text; raise "
            "generation.max_new_tokens or train longer"
        )
        raise DataError(message)
