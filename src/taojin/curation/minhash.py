"""Hashes by which copies are found: of the whole text, and MinHash of its shingles."""

from functools import cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.fingerprints import hash_bytes
from taojin.core.text_buffers import TextBuffers, batches, read_only
from taojin.curation.duplicates.config import MinHashConfig
from taojin.curation.kernels.characters import character_classes
from taojin.curation.kernels.minhash import (
    MERSENNE_PRIME,
    Units,
    find_minima,
    hash_bands,
    is_unspaced,
    split_characters,
)
from taojin.curation.kernels.simple_words import split_simple_words
from taojin.curation.kernels.simplify import lower_texts, simplify_texts


def exact_hashes(text: pa.ChunkedArray) -> pa.Array:
    """Hash each text in lower case with single spaces; 32 hexadecimal characters."""
    hashes: list[str] = []
    for batch in batches(text):
        data, offsets = lower_texts(batch)
        content = data.tobytes()
        hashes += (hash_bytes(content[a:b]) for a, b in pairwise(offsets.tolist()))
    return pa.array(hashes, pa.string())


def band_hashes(
    text: pa.ChunkedArray, config: MinHashConfig
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash the bands of each document's MinHash signature (Broder 1997).

    Texts are compared in lower case, without marks and punctuation, numbers alike.
    Of words, the signature is that of datatrove's MinHash with 64-bit XXH64 and the
    same settings: two documents share a band here if and only if they do there.

    Returns:
        Hashes of shape (num_documents, num_bands), and the number of shingles of
        each document. A document shorter than a shingle has none, and its hashes
        mean nothing.
    """
    bands = [np.zeros((0, config.num_bands), dtype=np.uint64)]
    counts = [np.zeros(0, dtype=np.int64)]
    for batch in batches(text):
        minima, num_shingles = signatures(batch, config)
        bands.append(hash_bands(minima, config.num_bands))
        counts.append(num_shingles)
    return np.concatenate(bands), np.concatenate(counts)


def signatures(
    texts: TextBuffers, config: MinHashConfig
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Find the MinHash signatures of one batch of texts.

    Returns:
        Minima of shape (num_texts, num_bands * num_rows), those of the first band
        first, and the number of shingles of each text. Where there are none, the
        minima have all bits set.
    """
    simple = simplify_texts(texts)
    factors, terms = _family(config.num_bands * config.num_rows, config.seed)
    in_characters = _takes_characters(simple, config)
    if in_characters.all():
        return _measure(split_characters(*simple), config.ngram_chars, factors, terms)
    spaced = _only(simple, ~in_characters)
    minima, counts = _measure(split_simple_words(spaced), config.ngram, factors, terms)
    if in_characters.any():
        units = split_characters(*_only(simple, in_characters))
        others = _measure(units, config.ngram_chars, factors, terms)
        minima[in_characters] = others[0][in_characters]
        counts[in_characters] = others[1][in_characters]
    return minima, counts


def _measure(
    units: Units, ngram: int, factors: NDArray[np.uint64], terms: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    counts = np.maximum(np.diff(units.offsets) - ngram + 1, 0)
    units = units._replace(data=read_only(units.data))
    return find_minima(units, ngram, factors, terms), counts


def _takes_characters(texts: TextBuffers, config: MinHashConfig) -> NDArray[np.bool_]:
    if config.unit == "auto":
        return is_unspaced(*texts, character_classes())
    return np.full(texts.num_texts, config.unit == "character")


def _only(texts: TextBuffers, chosen: NDArray[np.bool_]) -> TextBuffers:
    """Empty the texts that are not chosen."""
    if chosen.all():
        return texts
    sizes = np.diff(texts.offsets)
    data = texts.data[np.repeat(chosen, sizes)]
    offsets = np.zeros_like(texts.offsets)
    np.cumsum(np.where(chosen, sizes, 0), out=offsets[1:])
    return TextBuffers(data, offsets)


@cache
def _family(num_hashes: int, seed: int) -> tuple[NDArray[np.uint64], ...]:
    """Draw factors and terms as the reference does, whose generator never changes."""
    random = np.random.RandomState(seed)
    factors = random.randint(1, MERSENNE_PRIME, num_hashes, dtype=np.uint64)
    terms = random.randint(0, MERSENNE_PRIME, num_hashes, dtype=np.uint64)
    return factors, terms
