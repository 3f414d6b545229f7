"""Hashes by which copies are found: of the whole text, and MinHash of its shingles."""

import re
import unicodedata
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.fingerprints import hash_bytes, hash_text
from taojin.core.randomness import generator
from taojin.curation.config import MinHashConfig
from taojin.curation.segments import Segments

_NOT_WORD = re.compile(r"[\W_]+")
_DIGIT = re.compile(r"\d")
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_STEP = np.uint64(0x9E3779B97F4A7C15)


def exact_hashes(text: pa.ChunkedArray) -> list[str]:
    """Hash each text in lower case with single spaces."""
    return [hash_text(" ".join(value.lower().split())) for value in text.to_pylist()]


def band_hashes(
    words: Segments, config: MinHashConfig
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash the bands of each document's MinHash signature (Broder 1997).

    Words are compared in lower case, without marks and punctuation, digits alike.
    The hash family is multiply-shift (Dietzfelbinger et al. 1997) over 64-bit keys.

    Returns:
        Hashes of shape (num_documents, num_bands), and the number of shingles of
        each document. A document shorter than a shingle is one shingle; one without
        words has none, and its hashes mean nothing.
    """
    keys, offsets = _shingle_keys(words, config.ngram)
    counts = np.diff(offsets)
    filled = np.flatnonzero(counts)
    signature = _signature(keys, offsets[:-1][filled], config)
    bands = np.zeros((words.num_documents, config.num_bands), dtype=np.uint64)
    if len(filled):
        grouped = signature.reshape(len(filled), config.num_bands, config.num_rows)
        bands[filled] = _combine(grouped)
    return bands, counts


def _shingle_keys(
    words: Segments, ngram: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    hashes, meant = _word_hashes(words.vocabulary)
    present = meant[words.ids]
    keys = hashes[words.ids[present]]
    documents = words.documents[present]
    num_words = np.bincount(documents, minlength=words.num_documents)
    ends = np.repeat(np.cumsum(num_words), num_words)
    starts = ends - np.repeat(num_words, num_words)
    position = np.arange(len(keys))
    # Documents shorter than a shingle keep their first position as their only one.
    chosen = np.flatnonzero((position + ngram <= ends) | (position == starts))
    shingles = np.zeros(len(chosen), dtype=np.uint64)
    for shift in range(ngram):
        at = chosen + shift
        inside = at < ends[chosen]
        word = np.where(inside, keys[np.minimum(at, len(keys) - 1)], 0)
        shingles = _mix(shingles * _STEP + word.astype(np.uint64))
    offsets = np.zeros(words.num_documents + 1, dtype=np.int64)
    num_shingles = np.bincount(documents[chosen], minlength=words.num_documents)
    np.cumsum(num_shingles, out=offsets[1:])
    return shingles, offsets


def _word_hashes(vocabulary: pa.Array) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Hash normalised words, the same in every process; mark those with content."""
    normal = [_normalise(word) for word in vocabulary.to_pylist()]
    hashes = [int(hash_bytes(word.encode())[:16], 16) for word in normal]
    return np.array(hashes, dtype=np.uint64), np.array([bool(w) for w in normal], bool)


def _normalise(word: str) -> str:
    lowered = word.lower()
    if not lowered.isascii():
        decomposed = unicodedata.normalize("NFKD", lowered)
        lowered = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _DIGIT.sub("0", _NOT_WORD.sub("", lowered))


def _signature(
    keys: NDArray[np.uint64], starts: NDArray[np.int64], config: MinHashConfig
) -> NDArray[np.uint64]:
    num_hashes = config.num_bands * config.num_rows
    random = generator(config.seed, "minhash")
    factors = random.integers(0, 2**64, size=num_hashes, dtype=np.uint64) | np.uint64(1)
    terms = random.integers(0, 2**64, size=num_hashes, dtype=np.uint64)
    signature = np.zeros((len(starts), num_hashes), dtype=np.uint64)
    if len(starts):
        for index, (factor, term) in enumerate(zip(factors, terms, strict=True)):
            signature[:, index] = np.minimum.reduceat(keys * factor + term, starts)
    return signature


def _combine(grouped: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Join the minima of a band, shape (documents, bands, rows), into one key."""
    joined = np.zeros(grouped.shape[:2], dtype=np.uint64)
    for row in range(grouped.shape[2]):
        joined = _mix(joined * _STEP + grouped[:, :, row])
    return joined


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finish a 64-bit hash (splitmix64, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * _MIX[0]
    values = (values ^ (values >> np.uint64(27))) * _MIX[1]
    return values ^ (values >> np.uint64(31))
