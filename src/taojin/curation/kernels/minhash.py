"""MinHash signatures of runs of words or characters (Broder 1997).

The family of hash functions is datatrove's: XXH64 of a shingle, then one affine map
modulo the Mersenne prime 2^61 - 1 a function, of which the least value is kept.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import kernel, lean_kernel
from taojin.curation.kernels.characters import ALPHA, UNSPACED, decode_at
from taojin.curation.kernels.hashing import finish
from taojin.curation.kernels.xxh64 import xxh64

MERSENNE_PRIME = (1 << 61) - 1

_PRIME = np.uint64(MERSENNE_PRIME)
_PRIME_BITS = np.uint64(61)
_LARGEST = np.uint64(0xFFFFFFFFFFFFFFFF)
_NO_SEED = np.uint64(0)
_BLANK = 0x20
_STEP = np.uint64(0x9E3779B97F4A7C15)


class Units(NamedTuple):
    """What shingles are made of.

    Attributes:
        data: Bytes; those from the start of a unit to the end of a later one are the
            shingle of all units in between.
        offsets: Units of document d are ``offsets[d]`` to ``offsets[d + 1]``.
        starts: First byte of each unit.
        ends: Byte after the last of each unit.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


@kernel
def split_characters(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> Units:
    """Take each character but spaces as a unit, with nothing in between."""
    packed = np.empty(len(data), dtype=np.uint8)
    starts = np.empty(len(data), dtype=np.int64)
    ends = np.empty(len(data), dtype=np.int64)
    new_offsets = np.zeros_like(offsets)
    size, count = 0, 0
    for document in range(len(offsets) - 1):
        position = offsets[document]
        while position < offsets[document + 1]:
            _, length = decode_at(data, position, offsets[document + 1])
            if data[position] != _BLANK:
                starts[count] = size
                for step in range(length):
                    packed[size + step] = data[position + step]
                size += length
                ends[count] = size
                count += 1
            position += length
        new_offsets[document + 1] = count
    return Units(packed[:size], new_offsets, starts[:count], ends[:count])


@kernel
def is_unspaced(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], classes: NDArray[np.uint16]
) -> NDArray[np.bool_]:
    """Mark documents that are mostly in scripts without spaces between words.

    A character of those says about as much as three letters of others, so a quarter
    of the letters makes half of the content.
    """
    marked = np.zeros(len(offsets) - 1, dtype=np.bool_)
    for document in range(len(marked)):
        num_letters, num_unspaced = 0, 0
        position = offsets[document]
        bits = np.uint8(0)
        for byte in data[position : offsets[document + 1]]:
            bits |= byte
        if bits < 0x80:
            continue  # ASCII, as most are
        while position < offsets[document + 1]:
            code, length = decode_at(data, position, offsets[document + 1])
            position += length
            if classes[code] & ALPHA:
                num_letters += 1
                num_unspaced += (classes[code] & UNSPACED) != 0
        marked[document] = num_unspaced > 0 and 4 * num_unspaced >= num_letters
    return marked


@kernel
def find_minima(
    units: Units,
    ngram: int,
    factors: NDArray[np.uint64],
    terms: NDArray[np.uint64],
) -> NDArray[np.uint64]:
    """Find the signature of each document.

    Args:
        units: Words or characters of the documents.
        ngram: Units a shingle.
        factors: Of the affine maps; any number of them.
        terms: As many.

    Returns:
        Least values, shape (num_documents, num_hashes); all bits are set where a
        document is shorter than a shingle.
    """
    num_documents = len(units.offsets) - 1
    minima = np.full((num_documents, len(factors)), _LARGEST, dtype=np.uint64)
    for document in range(num_documents):
        row = minima[document]
        end = units.offsets[document + 1] - ngram + 1
        shingle = units.offsets[document]
        # Four at a time: each minimum is then loaded and stored once for four.
        while shingle < end:
            last = end - 1
            _keep_least(
                row,
                factors,
                terms,
                _hash_shingle(units, shingle, ngram),
                _hash_shingle(units, min(shingle + 1, last), ngram),
                _hash_shingle(units, min(shingle + 2, last), ngram),
                _hash_shingle(units, min(shingle + 3, last), ngram),
            )
            shingle += 4
    return minima


@kernel
def hash_bands(minima: NDArray[np.uint64], num_bands: int) -> NDArray[np.uint64]:
    """Join the minima of each band into one key, equal where all of them are equal.

    The keys are finished as in splitmix64 (Steele et al. 2014).

    Args:
        minima: Shape (num_documents, num_hashes).
        num_bands: Divides ``num_hashes``.

    Returns:
        Shape (num_documents, num_bands).
    """
    num_rows = minima.shape[1] // num_bands
    keys = np.zeros((len(minima), num_bands), dtype=np.uint64)
    for document in range(len(minima)):
        for band in range(num_bands):
            key = np.uint64(0)
            for row in range(num_rows):
                key = finish(key * _STEP + minima[document, band * num_rows + row])
            keys[document, band] = key
    return keys


@lean_kernel
def _hash_shingle(units: Units, first: int, ngram: int) -> np.uint64:
    end = units.ends[first + ngram - 1]
    return xxh64(units.data, units.starts[first], end, _NO_SEED)


@lean_kernel
def _keep_least(
    minima: NDArray[np.uint64],
    factors: NDArray[np.uint64],
    terms: NDArray[np.uint64],
    first: np.uint64,
    second: np.uint64,
    third: np.uint64,
    fourth: np.uint64,
) -> None:
    """Lower each minimum to the least of it and of four mapped hashes."""
    for index in range(len(minima)):
        factor, term = factors[index], terms[index]
        one = min(_reduce(first * factor + term), _reduce(second * factor + term))
        two = min(_reduce(third * factor + term), _reduce(fourth * factor + term))
        minima[index] = min(minima[index], one, two)


@lean_kernel
def _reduce(value: np.uint64) -> np.uint64:
    """Take a 64-bit number modulo 2^61 - 1, without a division or a branch."""
    folded = (value & _PRIME) + (value >> _PRIME_BITS)
    return min(folded, folded - _PRIME)  # below the prime, the difference wraps
