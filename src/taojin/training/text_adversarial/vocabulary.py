"""A vocabulary of whole words, for short sentences of a narrow domain."""

from collections import Counter
from collections.abc import Sequence

from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

from taojin.core.errors import EmptyStageError
from taojin.models.encoding import END_OF_DOCUMENT

UNKNOWN = "<|unknown|>"
"""Stands for every word that is not in the vocabulary."""


def word_tokenizer(sentences: Sequence[str], min_count: int = 1) -> str:
    """Make a tokenizer of the words of some sentences.

    Words are what stands between spaces, so punctuation that is to be a token of its
    own has spaces around it; decoded texts have them, too. The same sentences in
    another order give the same vocabulary.

    Args:
        sentences: Words with single spaces between them.
        min_count: Rarer words become :data:`UNKNOWN`.

    Returns:
        The ``tokenizer.json`` of the Hugging Face format.

    Raises:
        EmptyStageError: If no word is left.
    """
    counts = Counter(word for sentence in sentences for word in sentence.split())
    kept = [word for word, count in counts.items() if count >= min_count]
    if not kept:
        message = (
            f"{len(sentences)} sentences have no word that occurs {min_count} times; "
            "give more sentences, or lower min_count"
        )
        raise EmptyStageError(message)
    words = sorted(kept, key=lambda word: (-counts[word], word))
    special = [END_OF_DOCUMENT, UNKNOWN]
    ordinary = [word for word in words if word not in special]
    ids = {word: number for number, word in enumerate([*special, *ordinary])}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in special]
    )
    tokenizer.encode_special_tokens = True
    return tokenizer.to_str()
