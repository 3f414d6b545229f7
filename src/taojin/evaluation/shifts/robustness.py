"""Every measure again under every shift, on the same items."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student_t

from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.core.randomness import derive_seed
from taojin.evaluation.comparison.corrections import adjust
from taojin.evaluation.comparison.paired import paired_difference
from taojin.evaluation.intervals import bootstrap_mean
from taojin.evaluation.scores import Score, require_comparable, require_items
from taojin.evaluation.shifts.contracts import Item, Shifts, item_key
from taojin.evaluation.shifts.drops import (
    Drop,
    Quantity,
    RobustnessConfig,
    require_quantity,
)

Measure = Callable[[list[Any]], Score | ArrayLike]
"""Gives one value an item, or one score of all items."""
_MIN_GROUP = 2
_POWER = 0.8


def robustness(
    measure: Measure,
    items: Sequence[Item],
    shifts: Shifts[Item],
    config: RobustnessConfig,
    quantity: Quantity | None = None,
) -> list[Drop]:
    """Measure again under each shift at each strength.

    Values of items are paired: the interval of a drop is a bootstrap over the items,
    each with its value before and after. A score says nothing of items, and a bootstrap
    would repeat them, which measures of neighbours and copies mistake for structure. It
    is taken again without each of some groups of items, the same before and after
    (delete-a-group jackknife, Kott 2001), and the interval is Student's. The order of
    the items makes no difference, if it makes none to the measure.

    Args:
        measure: What is taken of the items as they are, and shifted. Must not depend
            on chance.
        items: Texts, images or recordings; what the shifts take.
        shifts: By name.
        config: Strengths, intervals, correction.
        quantity: What the values of items are; not used with a score.

    Returns:
        One drop a shift and strength, shifts in the order given, strengths rising.

    Raises:
        ConfigurationError: If values of items come without a quantity.
        DataError: If there are too few items, a measure does not give one finite value
            an item, or the scores before and after are not comparable.
    """
    require_items("robustness", len(items), _MIN_GROUP, "measured")
    # Sorted by content, so that neither groups nor resamples know the order given.
    keyed = sorted((item_key(item), number) for number, item in enumerate(items))
    ordered = [items[number] for _, number in keyed]
    before = measure(ordered)
    found: list[Drop] = []
    if isinstance(before, Score):
        scored = _Scored(measure, before, config, _groups(keyed, config))
        base = scored.without_groups(ordered)
        for name, strength, shifted in _shifted(ordered, shifts, config):
            found.append(scored.drop(name, strength, shifted, base))
    else:
        named = require_quantity(quantity)
        values = _item_values(before, len(items), "as they are")
        for name, strength, shifted in _shifted(ordered, shifts, config):
            after = _item_values(measure(shifted), len(items), f"under {name}")
            found.append(_item_drop((name, strength), values, after, named, config))
    adjusted = adjust([drop.p_value for drop in found], config.correction)
    return [
        drop.decided(float(p_value))
        for drop, p_value in zip(found, adjusted, strict=True)
    ]


def _shifted(
    items: list[Item], shifts: Shifts[Item], config: RobustnessConfig
) -> Iterator[tuple[str, float, list[Item]]]:
    for name, shift in shifts.items():
        for strength in config.strengths:
            shifted = shift(items, strength, config.seed)
            if len(shifted) != len(items):
                message = (
                    f"shift {name} made {len(shifted)} items of {len(items)}; a shift "
                    "gives as many, in the same order"
                )
                raise DataError(message)
            yield name, strength, shifted


def _item_values(
    values: Score | ArrayLike, num_items: int, when: str
) -> NDArray[np.float64]:
    if isinstance(values, Score):
        message = f"the measure gave a score of the items {when}, and values before"
        raise DataError(message)
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (num_items,):
        message = (
            f"the measure gave values of shape {array.shape} for {num_items} items "
            f"{when}; needed is one an item, or a score"
        )
        raise DataError(message)
    return array


def _item_drop(
    which: tuple[str, float],
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    quantity: Quantity,
    config: RobustnessConfig,
) -> Drop:
    sign = quantity.sign()
    found = paired_difference(sign * before, sign * after, config.intervals)
    return Drop(
        shift=which[0],
        strength=which[1],
        before=bootstrap_mean(np.sort(before), config.intervals),
        after=bootstrap_mean(np.sort(after), config.intervals),
        score=Score(
            name=f"{quantity.name}_drop",
            axis=quantity.axis,
            better="lower",
            estimate=found.estimate,
            min_detectable=found.min_detectable,
            extractor=quantity.extractor,
            num_generated=len(before),
        ),
        p_value=found.p_value,
    )


def _groups(
    keyed: Sequence[tuple[str, int]], config: RobustnessConfig
) -> NDArray[np.int64]:
    """Deal items to groups as even as can be, by their content alone."""
    require_items(
        "robustness of a score", len(keyed), _MIN_GROUP * config.num_groups, "measured"
    )
    draws = [derive_seed(config.seed, "robustness_groups", key) for key, _ in keyed]
    groups = np.empty(len(keyed), dtype=np.int64)
    groups[np.argsort(draws, kind="stable")] = np.arange(len(keyed)) % config.num_groups
    return groups


@dataclass(frozen=True)
class _Scored:
    measure: Measure
    before: Score
    config: RobustnessConfig
    groups: NDArray[np.int64]

    def without_groups(self, items: list[Any]) -> NDArray[np.float64]:
        """Take the score without each group; more is better: [groups]."""
        return np.array(
            [
                self._goodness(
                    [
                        item
                        for item, own in zip(items, self.groups, strict=True)
                        if own != group
                    ]
                )
                for group in range(self.config.num_groups)
            ]
        )

    def drop(
        self,
        name: str,
        strength: float,
        shifted: list[Any],
        base: NDArray[np.float64],
    ) -> Drop:
        """Compare the score of shifted items with that of the items as they are."""
        after = self._score(shifted)
        value = self._turned(self.before) - self._turned(after)
        parts = base - self.without_groups(shifted)
        num_groups = len(parts)
        spread = np.square(parts - parts.mean()).sum()
        error = float(np.sqrt(spread * (num_groups - 1) / num_groups))
        confidence = self.config.intervals.confidence
        freedom = num_groups - 1
        reach = float(student_t.ppf((1.0 + confidence) / 2.0, freedom))
        power = float(student_t.ppf(_POWER, freedom))
        estimate = Estimate(
            value=value,
            low=value - reach * error,
            high=value + reach * error,
            num_samples=len(shifted),
            confidence=confidence,
        )
        return Drop(
            shift=name,
            strength=strength,
            before=self.before.estimate,
            after=after.estimate,
            score=self.before.model_copy(
                update={
                    "name": f"{self.before.name}_drop",
                    "better": "lower",
                    "estimate": estimate,
                    "null": None,
                    "min_detectable": (reach + power) * error,
                }
            ),
            p_value=_student_p_value(value, error, freedom),
        )

    def _goodness(self, items: list[Any]) -> float:
        return self._turned(self._score(items))

    def _score(self, items: list[Any]) -> Score:
        score = self.measure(items)
        if not isinstance(score, Score):
            message = (
                f"the measure gave values, and the score {self.before.name} before"
            )
            raise DataError(message)
        require_comparable(self.before, score)
        return score

    def _turned(self, score: Score) -> float:
        if score.better == "like_real":
            if self.before.null is None:
                message = (
                    f"{score.name} wants to be like that of real items, and the score "
                    "says nothing of those; measure its null"
                )
                raise DataError(message)
            return -abs(score.estimate.value - self.before.null.value)
        return (
            score.estimate.value if score.better == "higher" else -score.estimate.value
        )


def _student_p_value(value: float, error: float, freedom: int) -> float:
    if error == 0.0:
        return 1.0 if value == 0.0 else 0.0
    return float(2.0 * student_t.sf(abs(value) / error, freedom))
