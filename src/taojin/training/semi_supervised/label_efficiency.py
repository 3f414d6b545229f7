"""Label efficiency: accuracy on test against the number of labels, by experiment.

The labels of the train split are hidden and given back few at a time. Whatever
system is measured, it starts from the same labels in the same draw.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from taojin.core.errors import DataError
from taojin.core.progress import track
from taojin.core.randomness import derive_seed, generator
from taojin.training.semi_supervised.active_learning import Unlabelled, choose
from taojin.training.semi_supervised.calibration import (
    expected_calibration_error,
    fit_temperature,
    probabilities,
)
from taojin.training.semi_supervised.config import (
    ActiveLearningConfig,
    SemiSupervisedConfig,
)
from taojin.training.semi_supervised.curve import (
    SELF_TRAINED,
    SUPERVISED,
    Curve,
    summarise,
)
from taojin.training.semi_supervised.self_training import SelfTrained, self_train
from taojin.training.semi_supervised.student import Known, Student

Answer = Callable[[pd.DataFrame, Sequence[str]], Sequence[str]]
"""From ``text``, ``label``, ``split`` (``train``, ``validation``) and texts to labels."""

_MIN_CLASSES = 2


@dataclass(frozen=True)
class Rival:
    """Another system to measure on the same labels.

    Attributes:
        answer: Trains and predicts.
        budgets_per_class: Where it is measured; None for every budget.
        num_draws: On how many of the draws; None for all.
        learns_pseudo_labels: It is given those of self-training besides.
        has_all_labels: It is measured with all labels too, once.
    """

    answer: Answer
    budgets_per_class: tuple[int, ...] | None = None
    num_draws: int | None = None
    learns_pseudo_labels: bool = False
    has_all_labels: bool = False


@dataclass(frozen=True)
class Setting:
    """What is measured on.

    Attributes:
        examples: ``text``, ``label``, ``split``.
        features: One row an example, learnt without labels.
        rivals: By name.
        answers_with_all: Of systems that were trained on all labels elsewhere: by
            name, one label a test example, in order.
    """

    examples: pd.DataFrame
    features: np.ndarray
    rivals: Mapping[str, Rival]
    answers_with_all: Mapping[str, Sequence[str]]


def measure_label_efficiency(
    setting: Setting, config: SemiSupervisedConfig
) -> dict[str, Any]:
    """Measure what labels are worth, and what self-training and choosing them add.

    A draw takes the first budget alike from every class, and the further labels at
    random, which is what active learning has to beat from the same start. A few
    validation labels, drawn anew in each draw, only calibrate; test labels only judge.

    Args:
        setting: Data and rivals; not changed.
        config: The student, self-training, budgets, draws and strategies.

    Returns:
        What :func:`.curve.summarise` says, ``num_calibration_labels`` at most and
        the ``confidence`` of the intervals.

    Raises:
        DataError: If a split has no examples, or the labels are fewer than two.
    """
    measured = _Measurement(setting, config)
    settings = config.label_efficiency
    for draw in track(range(settings.num_draws), "drawing labels", settings.num_draws):
        measured.take(draw)
    measured.take_all()
    return {
        **summarise(measured.curve, settings.confidence),
        "num_calibration_labels": settings.num_calibration_labels,
        "confidence": settings.confidence,
    }


class _Measurement:
    """The systems, trained and judged draw by draw."""

    def __init__(self, setting: Setting, learning: SemiSupervisedConfig) -> None:
        config = learning.label_efficiency
        examples = setting.examples
        labels = sorted({str(label) for label in examples["label"]})
        number = {label: index for index, label in enumerate(labels)}
        self._labels = np.array(labels, dtype=object)
        self._classes = np.array([number[str(name)] for name in examples["label"]], int)
        self._rows = {
            split: np.flatnonzero((examples["split"] == split).to_numpy())
            for split in ("train", "validation", "test")
        }
        self._require_examples()
        self._setting, self._config, self._learning = setting, config, learning
        self._texts = [str(examples["text"].iloc[row]) for row in self._rows["test"]]
        num_train = len(self._rows["train"])
        self._budgets = [
            budget
            for budget in config.budgets_per_class
            if budget * len(labels) < num_train
        ]
        self.curve = Curve(
            num_classes=len(labels),
            num_train=num_train,
            num_validation=len(self._rows["validation"]),
            num_test=len(self._rows["test"]),
        )

    def take(self, draw: int) -> None:
        """Measure every system on one draw of the labels."""
        random = generator(self._config.seed, "labels", draw)
        order = self._order(random)
        held_out = random.permutation(self._rows["validation"])
        calibration = self._known(held_out[: self._config.num_calibration_labels])
        for budget in self._budgets:
            rows = order[: budget * len(self._labels)]
            student = self._fitted(rows)
            self._judge(SUPERVISED, len(rows), self._answers(student))
            trained = self._self_trained(rows, calibration, student)
            self._rival_answers(draw, budget, rows, calibration.rows, trained)
        for strategy in self._config.strategies:
            self._choose(strategy, draw, order, calibration)

    def take_all(self) -> None:
        """Measure with all labels whatever is to be measured so."""
        rows = self._rows["train"]
        self._judge(SUPERVISED, len(rows), self._answers(self._fitted(rows)))
        frame = self._frame(rows, self._rows["validation"])
        for name, rival in self._setting.rivals.items():
            if rival.has_all_labels:
                self._judge_labels(name, len(rows), rival.answer(frame, self._texts))
        for name, answers in self._setting.answers_with_all.items():
            self._judge_labels(name, len(rows), answers)

    def _require_examples(self) -> None:
        empty = [split for split, rows in self._rows.items() if not len(rows)]
        if empty or len(self._labels) < _MIN_CLASSES:
            message = (
                f"label efficiency needs two labels and examples in every split; of "
                f"{len(self._labels)} labels the splits {empty} have none"
            )
            raise DataError(message)

    def _order(self, random: np.random.Generator) -> np.ndarray:
        """Train rows: the same number of each class first, then any."""
        shuffled = random.permutation(self._rows["train"])
        start = self._budgets[0] if self._budgets else 1
        first = self._per_class(shuffled, start)
        return np.concatenate([first, shuffled[~np.isin(shuffled, first)]])

    def _per_class(self, rows: np.ndarray, number: int) -> np.ndarray:
        """The first rows of each class, in the order of the rows."""
        classes = self._classes[rows]
        places = [np.flatnonzero(classes == n)[:number] for n in np.unique(classes)]
        return rows[np.sort(np.concatenate(places))]

    def _calibration_rows(self, budget: int, random: np.random.Generator) -> np.ndarray:
        return self._per_class(random.permutation(self._rows["validation"]), budget)

    def _known(self, rows: np.ndarray) -> Known:
        return Known(rows, self._classes[rows])

    def _pool(self, rows: np.ndarray) -> np.ndarray:
        return np.setdiff1d(self._rows["train"], rows)

    def _fitted(self, rows: np.ndarray) -> Student:
        student = Student(len(self._labels), self._learning.student)
        return student.fit(self._setting.features[rows], self._classes[rows])

    def _answers(self, student: Student) -> np.ndarray:
        return student.predict(self._setting.features[self._rows["test"]])

    def _judge(self, system: str, num_labels: int, answers: np.ndarray) -> None:
        right = answers == self._classes[self._rows["test"]]
        self.curve.add(system, num_labels, right)

    def _judge_labels(
        self, system: str, num_labels: int, answers: Sequence[str]
    ) -> None:
        names = self._labels[self._classes[self._rows["test"]]]
        right = [str(a) == b for a, b in zip(answers, names, strict=True)]
        self.curve.add(system, num_labels, np.array(right))

    def _self_trained(
        self, rows: np.ndarray, calibration: Known, student: Student
    ) -> SelfTrained:
        features, test = self._setting.features, self._rows["test"]
        pool = self._pool(rows)
        trained = self_train(
            features, self._known(rows), pool, calibration, len(self._labels),
            self._learning.self_training, self._learning.student,
        )  # fmt: skip
        self._judge(SELF_TRAINED, len(rows), self._answers(trained.student))
        held_out = student.logits(features[calibration.rows])
        temperature = fit_temperature(held_out, calibration.classes)
        logits, true = student.logits(features[test]), self._classes[test]
        taken = trained.pseudo_labels
        is_right = taken.classes == self._classes[taken.rows]
        self.curve.note(
            len(rows),
            {
                "num_pool": len(pool),
                "num_calibration_labels": len(calibration.rows),
                "temperature": temperature,
                "calibration_error_raw": expected_calibration_error(
                    probabilities(logits), true
                ),
                "calibration_error": expected_calibration_error(
                    probabilities(logits, temperature), true
                ),
                "num_pseudo_labels": len(taken.rows),
                "pseudo_label_confidence": _mean(taken.confidences),
                "pseudo_label_accuracy": _mean(is_right),
            },
        )
        return trained

    def _rival_answers(
        self,
        draw: int,
        budget: int,
        rows: np.ndarray,
        calibration: np.ndarray,
        trained: SelfTrained,
    ) -> None:
        for name, rival in self._setting.rivals.items():
            budgets, draws = rival.budgets_per_class, rival.num_draws
            if budgets is not None and budget not in budgets:
                continue
            if draws is not None and draw >= draws:
                continue
            frame = self._frame(rows, calibration)
            if rival.learns_pseudo_labels:
                taken = trained.pseudo_labels
                pseudo = self._setting.examples.iloc[taken.rows][["text", "split"]]
                pseudo = pseudo.assign(label=self._labels[taken.classes])
                frame = pd.concat([frame, pseudo], ignore_index=True)
            self._judge_labels(name, len(rows), rival.answer(frame, self._texts))

    def _frame(self, train: np.ndarray, validation: np.ndarray) -> pd.DataFrame:
        rows = np.concatenate([train, validation])
        frame = self._setting.examples.iloc[rows][["text", "label", "split"]]
        return frame.reset_index(drop=True)

    def _choose(
        self,
        strategy: str,
        draw: int,
        order: np.ndarray,
        calibration: Known,
    ) -> None:
        """Label by a strategy from the first budget on; judge at every budget."""
        num_classes, features = len(self._labels), self._setting.features
        rows = order[: self._budgets[0] * num_classes] if self._budgets else order[:0]
        for before, budget in zip(self._budgets, self._budgets[1:], strict=False):
            step = -(-(budget - before) * num_classes // self._config.picks_per_budget)
            while len(rows) < budget * num_classes:
                student, pool = self._fitted(rows), self._pool(rows)
                temperature = fit_temperature(
                    student.logits(features[calibration.rows]), calibration.classes
                )
                answers = probabilities(student.logits(features[pool]), temperature)
                chosen = choose(
                    Unlabelled(features[pool], answers),
                    features[rows],
                    min(step, budget * num_classes - len(rows)),
                    self._strategy(strategy, draw, len(rows)),
                )
                rows = np.concatenate([rows, pool[chosen.places]])
            answers_on_test = self._answers(self._fitted(rows))
            self._judge(strategy, len(rows), answers_on_test)

    def _strategy(self, name: str, draw: int, num_known: int) -> ActiveLearningConfig:
        settings = self._learning.active_learning
        seed = derive_seed(self._config.seed, "picks", draw, num_known)
        return settings.model_copy(update={"strategy": name, "seed": seed})


def _mean(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if len(values) else None
