from typing import get_args

import numpy as np
import pytest

from taojin.training.semi_supervised.active_learning import (
    REASONS,
    Unlabelled,
    choose,
    margins,
)
from taojin.training.semi_supervised.config import ActiveLearningConfig, Strategy

PROBABILITIES = np.array(
    [[0.90, 0.05, 0.05], [0.48, 0.47, 0.05], [0.40, 0.30, 0.30], [0.70, 0.20, 0.10]]
)
FEATURES = np.array([[0.0, 1.0], [0.1, 1.0], [1.0, 0.0], [5.0, 0.0]])
LABELLED = np.array([[0.0, 1.0]])


def chosen(strategy: str, number: int = 4, seed: int = 0) -> list[int]:
    config = ActiveLearningConfig.model_validate(
        {"strategy": strategy, "shortlist_factor": 2, "seed": seed}
    )
    unlabelled = Unlabelled(FEATURES.copy(), PROBABILITIES.copy())
    return choose(unlabelled, LABELLED, number, config).places.tolist()


@pytest.mark.parametrize(
    ("strategy", "first"),
    [
        ("least_confidence", [2, 1, 3, 0]),
        ("margin", [1, 2, 3, 0]),
        ("entropy", [2, 1, 3, 0]),
        ("k_centre", [3, 2, 1, 0]),
    ],
)
def test_each_strategy_has_its_order(strategy, first):
    assert chosen(strategy) == first


@pytest.mark.parametrize("strategy", get_args(Strategy))
def test_nothing_is_chosen_twice_and_never_more_than_there_is(strategy):
    places = chosen(strategy, number=99)

    assert sorted(places) == [0, 1, 2, 3]


@pytest.mark.parametrize("strategy", get_args(Strategy))
def test_twins_can_all_be_chosen(strategy):
    unlabelled = Unlabelled(np.ones((5, 2)), np.full((5, 2), 0.5))
    config = ActiveLearningConfig.model_validate({"strategy": strategy})

    choice = choose(unlabelled, np.ones((1, 2)), 5, config)

    assert sorted(choice.places.tolist()) == [0, 1, 2, 3, 4]
    assert np.isfinite(choice.scores).all()


def test_a_close_call_that_is_unlike_the_labelled_comes_first():
    # 1 is the closest call but beside a labelled text; 2 is close and far.
    assert chosen("margin_k_centre", number=1) == [2]


def test_gradients_are_of_size_error_times_features():
    config = ActiveLearningConfig(strategy="badge")

    choice = choose(Unlabelled(FEATURES, PROBABILITIES), LABELLED, 1, config)

    error = np.array([-0.3, 0.2, 0.1])
    assert choice.places.tolist() == [3]
    assert choice.scores[0] == pytest.approx(np.linalg.norm(error) * 5.0)


@pytest.mark.parametrize("strategy", ["random", "badge"])
def test_the_seed_decides(strategy):
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 4))
    answers = random.dirichlet(np.ones(3), 60)

    def order(seed: int) -> list[int]:
        config = ActiveLearningConfig.model_validate(
            {"strategy": strategy, "seed": seed}
        )
        choice = choose(Unlabelled(features, answers), LABELLED, 20, config)
        return choice.places.tolist()

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_k_centre_begins_anywhere_without_labels():
    config = ActiveLearningConfig(strategy="k_centre")

    choice = choose(Unlabelled(FEATURES, PROBABILITIES), np.zeros((0, 2)), 2, config)

    assert choice.places.tolist() == [0, 3]
    assert np.isfinite(choice.scores).all()


def test_the_margin_is_the_lead_of_the_first_class():
    np.testing.assert_allclose(margins(PROBABILITIES), [0.85, 0.01, 0.1, 0.5])
    np.testing.assert_allclose(margins(np.ones((2, 1))), 1.0)


def test_every_strategy_has_its_reason():
    assert set(REASONS) == set(get_args(Strategy))
    assert len(set(REASONS.values())) == len(REASONS)
