"""Texts as weighted n-grams of words and characters."""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion


def ngram_vectoriser(max_features: int) -> FeatureUnion:
    """TF-IDF of word and character n-grams, not fitted yet.

    Args:
        max_features: Most frequent word n-grams kept, and as many of characters.
    """
    words = TfidfVectorizer(
        ngram_range=(1, 2),
        # Single characters count: they are words in Chinese and names in code.
        token_pattern=r"\w+",  # noqa: S106
        sublinear_tf=True,
        max_features=max_features,
    )
    characters = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(2, 5),
        sublinear_tf=True,
        max_features=max_features,
    )
    return FeatureUnion([("words", words), ("characters", characters)])
