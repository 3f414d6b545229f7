from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from taojin.core.errors import DataError
from taojin.training.semi_supervised.config import SemiSupervisedConfig
from taojin.training.semi_supervised.label_efficiency import (
    Rival,
    Setting,
    measure_label_efficiency,
)


def config(**settings: Any) -> SemiSupervisedConfig:
    curve = {
        "budgets_per_class": [2, 4, 8],
        "num_draws": 3,
        "strategies": ["random", "margin"],
        "num_calibration_labels": 20,
        "finetuned": {"budgets_per_class": []},
        **settings,
    }
    return SemiSupervisedConfig.model_validate(
        {"self_training": {"num_rounds": 3}, "label_efficiency": curve}
    )


def setting(rivals: dict[str, Rival] | None = None, **answers: Any) -> Setting:
    """Three noisy clusters: 60 train, 30 validation and 40 test examples each."""
    random = np.random.default_rng(0)
    splits = ["train"] * 60 + ["validation"] * 30 + ["test"] * 40
    rows = [
        (f"{label} {number}", label, split)
        for label in ("a", "b", "c")
        for number, split in enumerate(splits)
    ]
    examples = pd.DataFrame(rows, columns=["text", "label", "split"])
    centres = 2.0 * np.eye(3)[pd.factorize(examples["label"])[0]]
    features = centres + random.normal(0.0, 0.8, centres.shape)
    return Setting(examples, features, rivals or {}, answers)


def test_every_system_is_measured_at_every_budget():
    report = measure_label_efficiency(setting(), config())

    numbers = {
        name: [row["num_labels"] for row in rows]
        for name, rows in report["systems"].items()
    }
    assert numbers == {
        "supervised": [6, 12, 24, 180],
        "self_trained": [6, 12, 24],
        "random": [12, 24],
        "margin": [12, 24],
    }
    assert report["num_classes"] == 3
    assert (report["num_train"], report["num_test"]) == (180, 120)
    assert report["systems"]["supervised"][0]["num_draws"] == 3
    assert report["systems"]["supervised"][-1]["num_draws"] == 1


def test_the_same_seed_gives_the_same_report_and_nothing_changes():
    given = setting()
    before = given.examples.copy(), given.features.copy()

    first = measure_label_efficiency(given, config())
    second = measure_label_efficiency(given, config())

    assert first == second
    assert first != measure_label_efficiency(given, config(seed=1))
    pd.testing.assert_frame_equal(given.examples, before[0])
    np.testing.assert_array_equal(given.features, before[1])


def test_self_training_helps_where_few_labels_mislead():
    report = measure_label_efficiency(setting(), config(num_draws=8, strategies=[]))

    gain = next(
        row["difference"]
        for row in report["differences"]
        if (row["system"], row["num_labels"]) == ("self_trained", 6)
    )
    assert gain["low"] > 0.0
    facts = report["self_training"][0]
    assert facts["calibration_error"] < 0.1
    assert facts["pseudo_label_accuracy"] > 0.8


def test_rivals_learn_from_the_same_labels_and_never_see_test():
    seen: list[pd.DataFrame] = []

    def answer(known: pd.DataFrame, texts: Sequence[str]) -> list[str]:
        seen.append(known)
        return ["a"] * len(texts)

    given = setting({"rival": Rival(answer, (4,), num_draws=2, has_all_labels=True)})
    report = measure_label_efficiency(given, config())

    rows = report["systems"]["rival"]
    assert [(row["num_labels"], row["num_draws"]) for row in rows] == [
        (12, 2),
        (180, 1),
    ]
    assert rows[0]["accuracy"]["value"] == pytest.approx(1 / 3)
    asked = set(given.examples.loc[given.examples["split"] == "test", "text"])
    for known in seen:
        assert not asked & set(known["text"])
        assert set(known["split"]) == {"train", "validation"}
    assert [list(known["split"]).count("train") for known in seen] == [12, 12, 180]
    assert list(seen[0]["split"]).count("validation") == 20


def test_a_rival_may_learn_the_pseudo_labels_too():
    sizes: dict[bool, int] = {}

    def rival(*, pseudo: bool) -> Rival:
        def answer(known: pd.DataFrame, texts: Sequence[str]) -> list[str]:
            sizes[pseudo] = list(known["split"]).count("train")
            return ["a"] * len(texts)

        return Rival(answer, (2,), num_draws=1, learns_pseudo_labels=pseudo)

    measure_label_efficiency(
        setting({"plain": rival(pseudo=False), "taught": rival(pseudo=True)}), config()
    )

    assert sizes[False] == 6
    assert sizes[True] > 40


def test_answers_from_elsewhere_are_judged_with_all_labels():
    given = setting()
    right = list(given.examples.loc[given.examples["split"] == "test", "label"])
    given = setting(perfect=right)

    report = measure_label_efficiency(given, config())

    row = report["systems"]["perfect"][0]
    assert (row["num_labels"], row["accuracy"]["value"]) == (180, 1.0)


def test_budgets_beyond_the_labels_are_left_out():
    report = measure_label_efficiency(setting(), config(budgets_per_class=[4, 60, 100]))

    numbers = [row["num_labels"] for row in report["systems"]["supervised"]]
    assert numbers == [12, 180]


def test_labels_without_a_split_or_a_second_class_are_refused():
    given = setting()
    without = given.examples.assign(split="train")
    with pytest.raises(DataError, match="'validation', 'test'"):
        measure_label_efficiency(Setting(without, given.features, {}, {}), config())
    alike = given.examples.assign(label="a")
    with pytest.raises(DataError, match="1 labels"):
        measure_label_efficiency(Setting(alike, given.features, {}, {}), config())
