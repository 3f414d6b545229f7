"""Features of texts without a model: n-grams of words and characters, projected.

In seconds, for any language; Chinese goes by characters. They see what texts are about
and how varied they are, and little of how they are written: of 500 news texts with all
words shuffled, or with typos, the fitted ones notice nothing, where the hidden states
of a small language model leave no doubt. For realism take those, where there is one.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.core.fingerprints import fingerprint_of, hash_bytes
from taojin.core.randomness import derive_seed, generator
from taojin.evaluation.features import FeatureTable
from taojin.evaluation.scores import require_items
from taojin.evaluation.words import split_words

_CHARACTER_ORDERS = (2, 3)
_ALGORITHM = 1
"""Grows when the same settings give other features."""


class NgramConfig(StageConfig):
    """Which n-grams, and how many features are made of them."""

    num_dims: int = Field(default=64, ge=1)
    """Features of a text."""
    num_buckets: int = Field(default=1 << 16, ge=256)
    """N-grams are hashed into so many."""
    max_chars: int = Field(default=10_000, ge=100)
    """Longer texts lose their end."""
    seed: int = Field(default=0, ge=0)


class NgramExtractor:
    """Sublinear counts of hashed n-grams, weighted, of equal length, and projected.

    A text with n-grams that no text of the reference has is shorter. The mean square
    of a feature is at most about 1, the scale that the kernel distance expects.

    Attributes:
        fingerprint: Hash of the settings and of what it was fitted on.
    """

    def __init__(
        self,
        config: NgramConfig,
        weights: NDArray[np.float64],
        projection: NDArray[np.float64],
    ) -> None:
        """Take what :meth:`fitted` or :meth:`unfitted` made.

        Args:
            config: N-grams.
            weights: Of buckets, ``[buckets]``.
            projection: ``[buckets, dims]``.
        """
        self._config = config
        self._weights = weights
        self._projection = projection
        self.fingerprint = fingerprint_of(
            "n-grams",
            _ALGORITHM,
            config,
            hash_bytes(np.ascontiguousarray(weights).tobytes()),
            hash_bytes(np.ascontiguousarray(projection).tobytes()),
        )

    @classmethod
    def fitted(
        cls, reference: Sequence[str], config: NgramConfig | None = None
    ) -> "NgramExtractor":
        """Learn weights and main directions from real texts, in any order.

        Rare n-grams weigh more (TF-IDF), and the projection is a truncated singular
        value decomposition (latent semantic analysis; Deerwester et al. 1990). Fit it
        on texts that are not compared, or the real ones look better than they are.

        Args:
            reference: Real texts, more of them than ``num_dims``.
            config: N-grams and features.

        Raises:
            DataError: If there are too few.
        """
        settings = config or NgramConfig()
        needed = settings.num_dims + 1
        require_items("text features", len(reference), needed, "real")
        counts = _counts(sorted(reference), settings)
        seen = np.bincount(counts.indices, minlength=settings.num_buckets)
        weights = np.log((1.0 + len(reference)) / (1.0 + seen)) + 1.0
        rows = _weighted(counts, weights)
        _, _, directions = randomized_svd(
            rows,
            n_components=settings.num_dims,
            random_state=derive_seed(settings.seed, "directions") % (1 << 31),
        )
        scale = np.sqrt(settings.num_dims)
        return cls(settings, weights, np.ascontiguousarray(directions.T) * scale)

    @classmethod
    def unfitted(cls, config: NgramConfig | None = None) -> "NgramExtractor":
        """Project at random, so that features depend on no reference.

        Distances of texts are kept up to noise (Johnson and Lindenstrauss 1984).
        """
        settings = config or NgramConfig()
        size = (settings.num_buckets, settings.num_dims)
        projection = generator(settings.seed, "projection").standard_normal(size)
        return cls(settings, np.ones(settings.num_buckets), projection)

    def extract(self, items: Sequence[str]) -> FeatureTable:
        """Features of texts, a row a text, in order; an empty text has zeros.

        Raises:
            DataError: If there is no text.
        """
        if not len(items):
            message = "there are no texts to extract features of; generate or read some"
            raise DataError(message)
        counts = _counts(items, self._config)
        rows = _weighted(counts, self._weights)
        return FeatureTable(rows @ self._projection, self.fingerprint)


def _counts(texts: Sequence[str], config: NgramConfig) -> sparse.csr_matrix:
    """Logarithms of 1 + counts, ``[texts, buckets]``."""
    # The stubs know neither functions that analyse nor that nothing may be divided.
    vectoriser = cast("Any", HashingVectorizer)(
        analyzer=lambda text: _ngrams(text[: config.max_chars]),
        n_features=config.num_buckets,
        alternate_sign=False,
        norm=None,
    )
    counts = vectoriser.transform(texts)
    counts.sort_indices()  # sums of a row must not depend on how it was read
    counts.data = np.log1p(counts.data)
    return counts


def _weighted(
    counts: sparse.csr_matrix, weights: NDArray[np.float64]
) -> sparse.csr_matrix:
    """Rows of length 1, or 0 where there is nothing."""
    return cast("sparse.csr_matrix", normalize(counts @ sparse.diags(weights)))


def _ngrams(text: str) -> list[str]:
    """N-grams of words and, with punctuation and case, of characters."""
    words = split_words(text)
    found = list(words)
    found += [" ".join(pair) for pair in pairwise(words)]
    characters = " ".join(text.split())
    for order in _CHARACTER_ORDERS:
        last = len(characters) - order + 1
        found += ["\t" + characters[start : start + order] for start in range(last)]
    return found
