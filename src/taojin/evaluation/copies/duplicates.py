"""Near duplicates by perceptual hashes: of training items, and among themselves."""

import math

import numpy as np
from numpy.typing import NDArray

from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.core.randomness import generator
from taojin.evaluation.audits.results import (
    detectable_deviations,
    min_detectable_share,
)
from taojin.evaluation.copies.config import HashConfig
from taojin.evaluation.intervals import proportion
from taojin.evaluation.scores import Score, require_items
from taojin.media.hashes import HashTable

_FEWEST = 30
_BLOCK_PAIRS = 1 << 22

Hashes = NDArray[np.uint64]


def score_training_duplicates(
    generated: HashTable,
    training: HashTable,
    held_out: HashTable,
    config: HashConfig | None = None,
) -> Score:
    """Share of generated items that nearly repeat a training item.

    The null is the share of held-out real items that do: some pictures are alike
    without a copy. Wilson intervals, for these training items.

    Args:
        generated: Hashes of generated items.
        training: Of the items that the generator was trained on, best all of them.
        held_out: Of real items that it never saw.
        config: How many bits may differ.

    Raises:
        DataError: If the hashes differ in kind, or there are fewer than 30 items.
    """
    config = config or HashConfig()
    extractor = _require_same(generated, training, held_out)
    require_items("training_duplicate_share", len(generated), _FEWEST)
    require_items("training_duplicate_share", len(held_out), _FEWEST, "held-out")
    num_copies, num_real_copies = (
        int((_num_near(table.values, training.values, config.max_bits) > 0).sum())
        for table in (generated, held_out)
    )
    confidence = config.confidence
    null = proportion(num_real_copies, len(held_out), confidence)
    return Score(
        name="training_duplicate_share",
        axis="legality",
        better="lower",
        estimate=proportion(num_copies, len(generated), confidence),
        null=null,
        min_detectable=min_detectable_share(
            null.value, len(generated), len(held_out), confidence
        ),
        extractor=extractor,
        num_generated=len(generated),
        num_real=len(training) + len(held_out),
    )


def score_repetitions(
    generated: HashTable, real: HashTable, config: HashConfig | None = None
) -> Score:
    """Share of generated items that nearly repeat another generated one.

    It grows with the number of items, so the larger set is cut to the smaller, at
    random but whatever the order. Items that repeat each other are not independent,
    and resampling them would add repetitions; the variance is that of the jackknife,
    and the interval Wilson's for as many independent items as would have it.

    Args:
        generated: Hashes of generated items.
        real: Of real items; their share is the null.
        config: How many bits may differ.

    Raises:
        DataError: If the hashes differ in kind, or there are fewer than 30 items.
    """
    config = config or HashConfig()
    extractor = _require_same(generated, real)
    number = min(len(generated), len(real))
    require_items("repetition_share", len(generated), _FEWEST)
    require_items("repetition_share", len(real), _FEWEST, "real")
    (found, _), (null, error) = (
        _repetitions(_cut(table.values, number, config.seed), config)
        for table in (generated, real)
    )
    smallest = min_detectable_share(null.value, number, number, config.confidence)
    reach = detectable_deviations(config.confidence) * math.sqrt(2.0) * error
    return Score(
        name="repetition_share",
        axis="diversity",
        better="like_real",
        estimate=found,
        null=null,
        min_detectable=min(1.0, max(smallest, reach)),
        extractor=extractor,
        num_generated=number,
        num_real=number,
    )


def repetition_error(adjacent: NDArray[np.bool_]) -> float:
    """Standard error of the share of items with a neighbour; delete-one jackknife.

    Args:
        adjacent: ``[items, items]``, symmetric, which are near duplicates; the
            diagonal is false.
    """
    degrees = adjacent.sum(axis=1)
    # Without an item, those whose only neighbour it is have none.
    lonely = (adjacent & (degrees == 1)[:, None]).sum(axis=0)
    number = len(adjacent)
    without = ((degrees > 0).sum() - (degrees > 0) - lonely) / (number - 1)
    spread = ((without - without.mean()) ** 2).sum()
    return math.sqrt((number - 1) / number * spread)


def _repetitions(hashes: Hashes, config: HashConfig) -> tuple[Estimate, float]:
    number = len(hashes)
    adjacent = _near(hashes, hashes, config.max_bits)
    np.fill_diagonal(adjacent, val=False)
    num_found = int(adjacent.any(axis=1).sum())
    error = repetition_error(adjacent)
    share = num_found / number
    effective = number if error == 0.0 else share * (1.0 - share) / error**2
    effective = min(float(number), max(1.0, effective))
    shrunk = proportion(
        round(share * effective), max(1, round(effective)), config.confidence
    )
    estimate = Estimate(
        value=share,
        low=min(share, shrunk.low),
        high=max(share, shrunk.high),
        num_samples=number,
        confidence=config.confidence,
    )
    return estimate, error


def _cut(hashes: Hashes, number: int, seed: int) -> Hashes:
    if len(hashes) == number:
        return hashes
    draw = generator(seed, "repetitions").permutation(len(hashes))[:number]
    return np.sort(hashes)[draw]


def _num_near(items: Hashes, reference: Hashes, max_bits: int) -> NDArray[np.int64]:
    at_once = max(1, _BLOCK_PAIRS // len(reference))
    parts = [
        _near(items[start : start + at_once], reference, max_bits).sum(axis=1)
        for start in range(0, len(items), at_once)
    ]
    return np.concatenate(parts)


def _near(items: Hashes, reference: Hashes, max_bits: int) -> NDArray[np.bool_]:
    return np.bitwise_count(items[:, None] ^ reference[None, :]) <= max_bits


def _require_same(*tables: HashTable) -> str:
    kinds = list(dict.fromkeys(table.extractor for table in tables))
    if len(kinds) > 1:
        message = (
            f"hashes of {' and of '.join(kinds)} are not comparable; hash both sets in "
            "one way"
        )
        raise DataError(message)
    return kinds[0]
