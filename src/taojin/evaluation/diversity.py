"""Diversity of generated text, beside the same measure of real text.

Both measures depend on length, so both sides are cut to the same number of words
and compared at the same number of texts.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.core.randomness import generator
from taojin.evaluation.intervals import IntervalConfig, bootstrap_mean
from taojin.evaluation.words import split_words

_ORDERS = (1, 2, 3)
_BLEU_ORDERS = (1, 2, 3, 4)
_BLEU_EPSILON = 0.1
"""Stands for no match: method 1 of Chen and Cherry 2014."""

Words = Sequence[str]


class DiversityConfig(StageConfig):
    """Size of the compared texts."""

    words_per_text: int = Field(default=50, ge=5)
    """Texts are cut to so many words. If too few of the generated texts are so
    long, the longest cut that enough of them reach is taken, and reported."""
    min_texts: int = Field(default=8, ge=4)
    """Fewest texts on either side."""
    texts_per_window: int = Field(default=4, ge=2)
    """distinct-n is counted over so many texts together, so that texts that say the
    same count as repetition, yet the value does not depend on how many there are."""
    max_texts: int = Field(default=500, ge=4)
    """Compare at most so many texts of each side; self-BLEU grows with the square."""


def measure_diversity(
    generated: Sequence[str],
    reference: Sequence[str],
    config: DiversityConfig,
    intervals: IntervalConfig,
) -> dict[str, Any]:
    """Measure distinct-1 to -3 and self-BLEU-4 of generated and of real text.

    The order in which texts are given makes no difference.

    Args:
        generated: Samples, without their prompts.
        reference: Held-out real texts.
        config: Length and number of texts.
        intervals: Coverage, resamples, seed.

    Returns:
        JSON-able: ``distinct_1``, ``distinct_2``, ``distinct_3``, ``self_bleu_4``,
        each with an estimate for ``generated`` and ``reference``; ``num_texts`` of
        each side; ``words_per_text``; ``num_too_short`` of each side.

    Raises:
        DataError: If either side has too few texts of even the shortest usable
            length; the message says how many are needed.
    """
    sides = {
        "generated": [split_words(text) for text in generated],
        "reference": [split_words(text) for text in reference],
    }
    length = _common_length(sides, config)
    usable = {side: _cut(texts, length) for side, texts in sides.items()}
    num_texts = min(config.max_texts, *(len(texts) for texts in usable.values()))
    chosen = {
        side: _sample(texts, num_texts, intervals.seed)
        for side, texts in usable.items()
    }
    report: dict[str, Any] = {
        f"distinct_{order}": {
            side: distinct_n(
                texts, order, config.texts_per_window, intervals
            ).model_dump()
            for side, texts in chosen.items()
        }
        for order in _ORDERS
    }
    report["self_bleu_4"] = {
        side: self_bleu_4(texts, intervals).model_dump()
        for side, texts in chosen.items()
    }
    report["num_texts"] = num_texts
    report["words_per_text"] = length
    report["num_too_short"] = {
        side: len(sides[side]) - len(usable[side]) for side in sides
    }
    return report


def distinct_n(
    texts: Sequence[Words], order: int, texts_per_window: int, config: IntervalConfig
) -> Estimate:
    """Estimate the share of n-grams in a window of texts that differ; 1 is all.

    After Li et al. 2016, on windows of fixed size: the share falls with the amount
    of text, so that without them only equal amounts compare. N-grams do not cross
    from text to text. The interval is a bootstrap over windows.

    Raises:
        DataError: If the texts fill fewer than two windows.
    """
    starts = range(0, len(texts) - texts_per_window + 1, texts_per_window)
    shares = []
    for start in starts:
        window = texts[start : start + texts_per_window]
        grams = [gram for words in window for gram in _grams(words, order)]
        shares.append(len(set(grams)) / len(grams) if grams else 0.0)
    return bootstrap_mean(np.array(shares), config)


def self_bleu_4(texts: Sequence[Words], config: IntervalConfig) -> Estimate:
    """Estimate the BLEU-4 of each text against all others; 1 is all the same.

    After Zhu et al. 2018 (Texygen). High is *not* diverse. Method-1 smoothing. The
    interval is a bootstrap over texts as hypotheses, with the others held fixed.

    Raises:
        DataError: If there are fewer than two texts.
    """
    lengths = np.array([len(words) for words in texts])
    log_scores = np.zeros(len(texts))
    for order in _BLEU_ORDERS:
        counts = [Counter(_grams(words, order)) for words in texts]
        tops = _two_largest_counts(counts)
        for index, own in enumerate(counts):
            matches = sum(
                min(count, _largest_elsewhere(tops[gram], index))
                for gram, count in own.items()
            )
            total = max(1, sum(own.values()))
            log_scores[index] += np.log(max(matches, _BLEU_EPSILON) / total)
    penalties = np.array([_brevity(lengths, index) for index in range(len(texts))])
    scores = penalties * np.exp(log_scores / len(_BLEU_ORDERS))
    return bootstrap_mean(scores, config)


def _common_length(sides: dict[str, list[list[str]]], config: DiversityConfig) -> int:
    """Find the longest cut, at most the wanted one, that enough texts reach."""
    needed = max(config.min_texts, 2 * config.texts_per_window)
    lengths = {}
    for side, texts in sides.items():
        sizes = sorted((len(words) for words in texts), reverse=True)
        lengths[side] = sizes[needed - 1] if len(sizes) >= needed else 0
    shortest = max(_BLEU_ORDERS)
    for side, length in lengths.items():
        if length < shortest:
            message = (
                f"diversity needs at least {needed} {side} texts of at least {shortest} "
                f"words; {sum(len(words) >= shortest for words in sides[side])} of "
                f"{len(sides[side])} are so long: generate more, or longer"
            )
            raise DataError(message)
    return min(config.words_per_text, *lengths.values())


def _cut(texts: Iterable[list[str]], length: int) -> list[tuple[str, ...]]:
    return [tuple(words[:length]) for words in texts if len(words) >= length]


def _sample(
    texts: list[tuple[str, ...]], size: int, seed: int
) -> list[tuple[str, ...]]:
    # Sorted first: the sample, and what shares a window, must not depend on the
    # order of the texts.
    order = generator(seed, "diversity").permutation(len(texts))[:size]
    ranked = sorted(texts)
    return [ranked[index] for index in order]


def _grams(words: Words, order: int) -> Iterable[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(order)), strict=False)


def _two_largest_counts(
    counts: Sequence[Counter[tuple[str, ...]]],
) -> dict[tuple[str, ...], tuple[int, int, int]]:
    """Return for each n-gram: largest count in a text, that text, next largest."""
    tops: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for index, own in enumerate(counts):
        for gram, count in own.items():
            best, owner, second = tops.get(gram, (0, -1, 0))
            if count > best:
                tops[gram] = (count, index, best)
            elif count > second:
                tops[gram] = (best, owner, count)
    return tops


def _largest_elsewhere(top: tuple[int, int, int], index: int) -> int:
    best, owner, second = top
    return second if owner == index else best


def _brevity(lengths: np.ndarray, index: int) -> float:
    others = np.delete(lengths, index)
    if not len(others) or not lengths[index]:
        return 0.0
    distances = np.abs(others - lengths[index])
    closest = others[distances == distances.min()].min()
    return float(np.exp(min(0.0, 1.0 - closest / lengths[index])))
