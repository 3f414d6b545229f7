"""The label efficiency curve: what was measured, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from taojin.training.semi_supervised.crossed_intervals import crossed_mean

SUPERVISED = "supervised"
"""The student on labels drawn at random: what the others are compared with."""
SELF_TRAINED = "self_trained"

_COMPARED_WITH = {"finetuned_self_trained": "finetuned", "finetuned": "from_scratch"}
"""What a system is compared with, where it is not the supervised student."""
_MIN_POINTS = 2


@dataclass
class Curve:
    """Right and wrong answers by system and number of labels.

    Attributes:
        num_classes: Classes there are.
        num_train: Train examples, whose labels are the most there can be.
        num_validation: Validation examples.
        num_test: Test examples.
    """

    num_classes: int
    num_train: int
    num_validation: int
    num_test: int
    _right: dict[str, dict[int, list[np.ndarray]]] = field(default_factory=dict)
    _notes: dict[int, list[Mapping[str, float | None]]] = field(default_factory=dict)

    def add(self, system: str, num_labels: int, right: np.ndarray) -> None:
        """Add the answers of one draw: true for each test example that is right."""
        draws = self._right.setdefault(system, {}).setdefault(num_labels, [])
        draws.append(np.asarray(right, dtype=np.float64))

    def note(self, num_labels: int, facts: Mapping[str, float | None]) -> None:
        """Add what self-training did in one draw."""
        self._notes.setdefault(num_labels, []).append(facts)

    @property
    def systems(self) -> tuple[str, ...]:
        """Names of what was measured, in the order in which they came."""
        return tuple(self._right)

    def right(self, system: str) -> dict[int, np.ndarray]:
        """Answers ``[draws, examples]`` by number of labels, ascending."""
        return {
            number: np.stack(draws)
            for number, draws in sorted(self._right.get(system, {}).items())
        }

    def notes(self) -> dict[int, list[Mapping[str, float | None]]]:
        """What self-training did, by number of labels, ascending."""
        return dict(sorted(self._notes.items()))


def summarise(curve: Curve, confidence: float) -> dict[str, Any]:
    """Turn answers into accuracies with intervals, and compare them in pairs.

    Returns:
        ``num_classes``, ``num_train``, ``num_validation``, ``num_test``;
        ``systems``: by name, rows with ``num_labels``, ``num_draws``, ``accuracy``
        (an estimate) and ``equal_to_labels``, how many labels drawn at random the
        supervised student needs to be as good (null if it was never that good or
        always);
        ``differences``: rows with ``system``, ``against``, ``num_labels``,
        ``num_draws`` and ``difference``, an estimate over the same draws and
        examples;
        ``self_training``: means over the draws by ``num_labels``.
    """
    reference = [
        (number, float(right.mean()))
        for number, right in curve.right(SUPERVISED).items()
    ]
    return {
        "num_classes": curve.num_classes,
        "num_train": curve.num_train,
        "num_validation": curve.num_validation,
        "num_test": curve.num_test,
        "systems": {
            system: [
                {
                    "num_labels": number,
                    "num_draws": len(right),
                    "accuracy": crossed_mean(right, confidence).model_dump(),
                    "equal_to_labels": _equal_to(float(right.mean()), reference),
                }
                for number, right in curve.right(system).items()
            ]
            for system in curve.systems
        },
        "differences": _differences(curve, confidence),
        "self_training": [
            {"num_labels": number, **_means(facts)}
            for number, facts in curve.notes().items()
        ],
    }


def _differences(curve: Curve, confidence: float) -> list[dict[str, Any]]:
    rows = []
    for system in curve.systems:
        against = _COMPARED_WITH.get(system, SUPERVISED)
        others = curve.right(against)
        if system == against:
            continue
        for number, right in curve.right(system).items():
            if number not in others:
                continue
            # The first draws are the same ones, whoever took more.
            count = min(len(right), len(others[number]))
            difference = right[:count] - others[number][:count]
            rows.append(
                {
                    "system": system,
                    "against": against,
                    "num_labels": number,
                    "num_draws": count,
                    "difference": crossed_mean(
                        difference, confidence, lowest=-1.0
                    ).model_dump(),
                }
            )
    return rows


def _equal_to(accuracy: float, reference: list[tuple[int, float]]) -> float | None:
    """Where the reference reaches an accuracy, straight between points over log n."""
    if len(reference) < _MIN_POINTS:
        return None
    numbers = np.log([number for number, _ in reference])
    # Chance may make a curve fall; what was reached with fewer labels stays reached.
    reached = np.maximum.accumulate([value for _, value in reference])
    if not reached[0] <= accuracy <= reached[-1]:
        return None
    after = int(np.searchsorted(reached, accuracy, side="left"))
    if after == 0:
        return float(np.exp(numbers[0]))
    gap = reached[after] - reached[after - 1]
    part = (accuracy - reached[after - 1]) / gap
    return float(np.exp(numbers[after - 1] + part * np.diff(numbers)[after - 1]))


def _means(facts: list[Mapping[str, float | None]]) -> dict[str, float | None]:
    columns: dict[str, float | None] = {}
    for name in facts[0]:
        values = [value for row in facts if (value := row[name]) is not None]
        columns[name] = float(np.mean(values)) if values else None
    return columns
